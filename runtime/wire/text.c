/*
 * text.c - values as text, the same in every locale and time zone: what print, the JSON codec and
 * logs share.
 */
#include "layout.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void bus_uuid_text(struct bus_uuid uuid, char text[BUS_UUID_TEXT_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    size_t at = 0;

    if (text == NULL)
        return;
    for (int byte = 0; byte < 16; byte++) {
        uint64_t value = (byte < 8 ? uuid.high : uuid.low) >> (56 - 8 * (byte % 8));

        if (byte == 4 || byte == 6 || byte == 8 || byte == 10)
            text[at++] = '-';
        text[at++] = digits[value >> 4 & 15];
        text[at++] = digits[value & 15];
    }
    text[at] = '\0';
}

/* Days since 1970 to year, month, day of the proleptic Gregorian calendar, with years that begin in
 * March so that the leap day comes last (Hinnant, "chrono-compatible low-level date algorithms").
 */
static void civil(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
    int64_t shifted = days + 719468;
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    uint64_t of_era = (uint64_t)(shifted - era * 146097);
    uint64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    uint64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    uint64_t march_month = (5 * of_year + 2) / 153;

    *day = (unsigned)(of_year - (153 * march_month + 2) / 5 + 1);
    *month = (unsigned)(march_month < 10 ? march_month + 3 : march_month - 9);
    *year = (int64_t)year_of_era + era * 400 + (*month <= 2);
}

void bus_time_text(int64_t time_ns, char text[BUS_TIME_TEXT_SIZE])
{
    const int64_t second = 1000000000;
    int64_t seconds = time_ns / second;
    int64_t rest = time_ns % second;
    int64_t days;
    int64_t of_day;
    int64_t year;
    unsigned month;
    unsigned day;
    int size;

    if (rest < 0) {
        rest += second;
        seconds--;
    }
    days = seconds / 86400;
    of_day = seconds % 86400;
    if (of_day < 0) {
        of_day += 86400;
        days--;
    }
    civil(days, &year, &month, &day);
    size = snprintf(text, BUS_TIME_TEXT_SIZE, "%04d-%02u-%02uT%02d:%02d:%02d", (int)year, month,
                    day, (int)(of_day / 3600), (int)(of_day / 60 % 60), (int)(of_day % 60));
    if (rest != 0) {
        size += snprintf(text + size, BUS_TIME_TEXT_SIZE - (size_t)size, ".%09d", (int)rest);
        while (text[size - 1] == '0')
            size--;
    }
    text[size] = 'Z';
    text[size + 1] = '\0';
}

void bus_duration_text(int64_t duration_ns, char text[BUS_DURATION_TEXT_SIZE])
{
    static const struct {
        int64_t size;
        const char *name;
    } units[] = {{INT64_C(3600000000000), "h"}, {INT64_C(60000000000), "m"},
                 {INT64_C(1000000000), "s"},    {INT64_C(1000000), "ms"},
                 {INT64_C(1000), "us"},         {1, "ns"}};
    size_t unit = 0;

    if (duration_ns == 0)
        unit = 2;
    while (duration_ns % units[unit].size != 0)
        unit++;
    snprintf(text, BUS_DURATION_TEXT_SIZE, "%" PRId64 "%s", duration_ns / units[unit].size,
             units[unit].name);
}

/* The C library writes the locale's decimal point, perhaps several bytes of it. */
static void make_point(char *text)
{
    char *from = text;
    char *to = text;
    bool point = false;

    for (; *from != '\0'; from++) {
        if ((*from >= '0' && *from <= '9') || *from == '-' || *from == '+' || *from == 'e') {
            *to++ = *from;
        } else if (!point) {
            *to++ = '.';
            point = true;
        }
    }
    *to = '\0';
}

void bus_number_text(double value, bool single, char text[BUS_NUMBER_TEXT_SIZE])
{
    int digits = single ? 6 : 15;
    const int most = single ? 9 : 17;

    if (isnan(value)) {
        memcpy(text, "nan", 4);
        return;
    }
    if (isinf(value)) {
        memcpy(text, value < 0 ? "-inf" : "inf", value < 0 ? 5 : 4);
        return;
    }
    for (;; digits++) {
        double back;

        snprintf(text, BUS_NUMBER_TEXT_SIZE, "%.*g", digits, value);
        back = strtod(text, NULL);
        if (digits == most ||
            (single ? (float)back == (float)value : back >= value && back <= value))
            break;
    }
    make_point(text);
}
