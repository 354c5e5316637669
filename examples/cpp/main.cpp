// thermostat - Busgen from C++17. The generated header is C and C++: messages are plain structs
// that are filled by name, handlers are functions that get the object as their context.
#include "home.bus.h"

#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <string_view>

namespace
{

std::string_view view(bus_string text)
{
    return {text.data, text.size};
}

bus_string text(std::string_view view)
{
    return bus_str(view.data(), view.size());
}

// The component `thermostat` of home.bus. It is serial: no two of its handlers run at once.
class Thermostat
{
  public:
    explicit Thermostat(std::initializer_list<std::string> rooms)
    {
        for (const std::string &room : rooms)
            targets_[room] = 17.0f;
    }

    bus_verdict set_mode(const home_set_mode &request, bus_delivery *delivery)
    {
        auto target = targets_.find(view(request.room));

        if (target == targets_.end())
            return home_set_mode_fail_unknown_room(delivery);
        target->second = request.mode == HOME_MODE_COMFORT ? 21.0f
                         : request.mode == HOME_MODE_ECO   ? 17.0f
                                                           : 5.0f;
        home_set_mode_ok ok{};
        ok.target_celsius = target->second;
        return home_set_mode_return(delivery, &ok);
    }

    bus_verdict on_measured(const home_temperature_measured &event, bus_delivery *delivery)
    {
        auto target = targets_.find(view(event.room));

        if (target == targets_.end())
            return BUS_DONE;
        home_heating_switched switched{};
        switched.room = event.room;
        switched.on = event.celsius < target->second;
        bool accepted =
            bus_accepted(home_heating_switched_publish(bus_delivery_bus(delivery), &switched));
        return accepted ? BUS_DONE : BUS_RETRY;
    }

  private:
    std::map<std::string, float, std::less<>> targets_;
};

// What C calls: the context is the object.
bus_verdict set_mode(void *context, const home_set_mode *request, bus_delivery *delivery)
{
    return static_cast<Thermostat *>(context)->set_mode(*request, delivery);
}

bus_verdict on_measured(void *context, const home_temperature_measured *event,
                        bus_delivery *delivery)
{
    return static_cast<Thermostat *>(context)->on_measured(*event, delivery);
}

bus_verdict on_switched(void *, const home_heating_switched *event, bus_delivery *)
{
    std::string room{view(event->room)};

    std::printf("%-8s heating %s\n", room.c_str(), event->on ? "on" : "off");
    return BUS_DONE;
}

int fail(const char *what)
{
    std::fprintf(stderr, "thermostat: %s: %s\n", what, bus_last_error());
    return 1;
}

// Executes set_mode and prints the answer.
bool change_mode(struct bus *bus, std::string_view room, home_mode mode)
{
    home_set_mode request{};
    home_set_mode_result result{};

    request.room = text(room);
    request.mode = mode;
    if (home_set_mode_execute(bus, &request, &result) != BUS_ANSWERED)
        return false;
    std::string name{room};
    if (result.answer == HOME_SET_MODE_OK)
        std::printf("%-8s target %.1f\n", name.c_str(),
                    static_cast<double>(result.ok.target_celsius));
    else
        std::printf("%-8s is not a room of this house\n", name.c_str());
    return true;
}

int run(struct bus *bus, Thermostat &thermostat)
{
    home_thermostat handlers{};

    handlers.set_mode = set_mode;
    handlers.on_temperature_measured = on_measured;
    if (home_thermostat_attach(bus, &handlers, &thermostat) != BUS_OK ||
        home_heating_switched_subscribe(bus, on_switched, nullptr, nullptr) != BUS_OK)
        return fail("attach");
    if (bus_start(bus) != BUS_OK)
        return fail("start");
    if (!change_mode(bus, "bath", HOME_MODE_COMFORT) || !change_mode(bus, "cellar", HOME_MODE_ECO))
        return fail("set_mode");
    for (float celsius : {18.0f, 22.0f}) {
        for (const char *room : {"kitchen", "bath"}) {
            home_temperature_measured measured{};
            measured.room = bus_cstr(room);
            measured.celsius = celsius;
            if (!bus_accepted(home_temperature_measured_publish(bus, &measured)))
                return fail("publish");
        }
    }
    // Delivers what is queued.
    return bus_stop(bus, 5 * BUS_SECOND, nullptr) == BUS_OK ? 0 : fail("stop");
}

} // namespace

int main(int argc, char **argv)
{
    if (argc > 1) {
        bool help = std::strcmp(argv[1], "--help") == 0 || std::strcmp(argv[1], "-h") == 0;

        std::fprintf(help ? stdout : stderr, "Usage: thermostat\n"
                                             "Two rooms, heated from C++; takes no arguments.\n");
        return help ? 0 : 2;
    }
    Thermostat thermostat{"kitchen", "bath"}; // lives longer than the bus that calls it
    struct bus *bus = nullptr;
    bus_options options{};

    options.workers = 2;
    options.schema = &home_schema;
    if (bus_open(&bus, &options) != BUS_OK)
        return fail("open");
    int status = run(bus, thermostat);
    bus_close(&bus);
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
        std::perror("thermostat: cannot write");
        return 2;
    }
    return status;
}
