#include "report.h"

#include <inttypes.h>

enum { BAR_SIZE = 40, UPGRADES_SHOWN = 12, DAYS_SHOWN = 14 };

/* Year, month and day of a number of days since 1970-01-01, as "2026-05-09". */
static const char *date(int64_t number, char out[16])
{
    int64_t shifted = number + 719468;
    int64_t era = shifted / 146097;
    int64_t day_of_era = shifted % 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153; /* from March */
    int64_t year = year_of_era + era * 400 + (month >= 10);

    snprintf(out, 16, "%04u-%02u-%02u", (unsigned)year % 10000u,
             (unsigned)(month < 10 ? month + 3 : month - 9) % 100u,
             (unsigned)(day_of_year - (153 * month + 2) / 5 + 1) % 100u);
    return out;
}

static void days_print(FILE *out, const struct calendar *calendar)
{
    size_t first = calendar->day_count > DAYS_SHOWN ? calendar->day_count - DAYS_SHOWN : 0;
    char buffer[16];

    fprintf(out, "\nBy day\n  %-10s %9s %9s %9s %10s %9s\n", "", "installed", "upgraded", "removed",
            "configured", "triggers");
    if (first > 0)
        fprintf(out, "  (%zu earlier days)\n", first);
    for (size_t i = first; i < calendar->day_count; i++) {
        const uint64_t *actions = calendar->days[i].actions;

        fprintf(out, "  %s %9" PRIu64 " %9" PRIu64, date(calendar->days[i].number, buffer),
                actions[PACKAGES_ACTION_INSTALL], actions[PACKAGES_ACTION_UPGRADE]);
        fprintf(out, " %9" PRIu64 " %10" PRIu64 " %9" PRIu64 "\n",
                actions[PACKAGES_ACTION_REMOVE] + actions[PACKAGES_ACTION_PURGE] +
                    actions[PACKAGES_ACTION_DISAPPEAR],
                actions[PACKAGES_ACTION_CONFIGURE], actions[PACKAGES_ACTION_TRIGPROC]);
    }
}

static void hours_print(FILE *out, const struct calendar *calendar)
{
    uint64_t most = 0;

    for (int hour = 0; hour < HOURS; hour++)
        if (calendar->hours[hour] > most)
            most = calendar->hours[hour];
    if (most == 0)
        return;
    fprintf(out, "\nBy hour of the day\n");
    for (int hour = 0; hour < HOURS; hour++) {
        int bar = (int)((calendar->hours[hour] * BAR_SIZE + most - 1) / most);

        if (calendar->hours[hour] > 0)
            fprintf(out, "  %02d:00 %7" PRIu64 " %.*s\n", hour, calendar->hours[hour], bar,
                    "****************************************");
    }
}

static void slowest_print(FILE *out, const struct ranking *ranking)
{
    if (ranking->slowest_count == 0)
        return;
    fprintf(
        out,
        "\nSlowest from half-installed to installed (of %" PRIu64 ", %" PRIu64 " s on average)\n",
        ranking->installed, (ranking->total_ns / ranking->installed + BUS_SECOND / 2) / BUS_SECOND);
    for (size_t i = 0; i < ranking->slowest_count; i++)
        fprintf(out, "  %6" PRId64 " s  %s\n", ranking->slowest[i].took_ns / (int64_t)BUS_SECOND,
                ranking->slowest[i].package);
}

static void upgrades_print(FILE *out, const struct upgrades *upgrades, bool all)
{
    size_t first = !all && upgrades->count > UPGRADES_SHOWN ? upgrades->count - UPGRADES_SHOWN : 0;

    if (upgrades->count == 0)
        return;
    fprintf(out, "\nUpgrades (%zu)\n", upgrades->count);
    if (first > 0)
        fprintf(out, "  (%zu earlier ones; --all prints them)\n", first);
    for (size_t i = first; i < upgrades->count; i++)
        fprintf(out, "  %-36s %s -> %s\n", upgrades->list[i].package, upgrades->list[i].from,
                upgrades->list[i].to);
}

static void malformed_print(FILE *out, const struct calendar *calendar)
{
    if (calendar->malformed == 0)
        return;
    fprintf(out, "\nLines without a known shape: %" PRIu64 "\n", calendar->malformed);
    for (uint64_t i = 0; i < calendar->malformed && i < COMPLAINTS_MAX; i++)
        fprintf(out, "  line %6" PRIu64 "  %s\n", calendar->complaints[i].number,
                calendar->complaints[i].reason);
    if (calendar->malformed > COMPLAINTS_MAX)
        fprintf(out, "  and %" PRIu64 " more\n", calendar->malformed - COMPLAINTS_MAX);
}

void report_print(FILE *out, const struct components *components, bool all)
{
    const struct calendar *calendar = &components->calendar;

    fprintf(out,
            "Runs of dpkg: %" PRIu64 ", packages installed or upgraded: %" PRIu64
            ", unfinished: %zu\n",
            calendar->runs, components->ranking.installed, components->stopwatch.running_count);
    fprintf(out, "Changed configuration files: %" PRIu64 " kept, %" PRIu64 " replaced\n",
            calendar->conffiles_kept, calendar->conffiles_replaced);
    days_print(out, calendar);
    hours_print(out, calendar);
    slowest_print(out, &components->ranking);
    upgrades_print(out, &components->upgrades, all);
    malformed_print(out, calendar);
}
