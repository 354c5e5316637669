// A session that ends with a C++ scope, by any way out of it (C++11 to C++20).
//
// covers: E3
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

extern "C" {
#include <cmocka.h>
}

#include <bus/session.hpp>

namespace
{

struct diary {
    std::vector<std::string> ends;
};

void on_end(void *context, bus *, bus_session, bus_session_reason, const bus_error *why)
{
    static_cast<diary *>(context)->ends.push_back(why != nullptr ? why->text : "");
}

bus *open_bus()
{
    bus_options options = {};
    bus *made = nullptr;

    options.polled = true;
    assert_int_equal(bus_open(&made, &options), BUS_OK);
    assert_int_equal(bus_start(made), BUS_OK);
    return made;
}

void close_bus(bus *made)
{
    struct bus_stats stats;

    assert_int_equal(bus_stats(made, &stats), BUS_OK);
    assert_int_equal(stats.active_sessions, 0);
    assert_int_equal(bus_stop(made, 0, nullptr), BUS_OK);
    assert_int_equal(bus_close(&made), BUS_OK);
}

busgen::session open_in(bus *made, diary &diary, const char *id = nullptr)
{
    bus_session_options options = {};

    options.id = id;
    busgen::session session(made, &options);

    assert_true(static_cast<bool>(session));
    assert_int_equal(session.status(), BUS_OK);
    assert_int_equal(bus_session_on_end(made, session.handle(), on_end, &diary), BUS_OK);
    return session;
}

void it_ends_with_its_scope(void **)
{
    bus *made = open_bus();
    diary diary;
    bus_session handle;

    {
        busgen::session session = open_in(made, diary, "one");
        bus_session_options options = {};
        bus_session found;

        handle = session.handle();
        assert_int_equal(bus_session_find(made, "one", &found), BUS_OK);
        assert_int_equal(found.index, handle.index);
        options.id = "one";
        busgen::session second(made, &options);

        assert_false(static_cast<bool>(second));
        assert_int_equal(second.status(), BUS_ERR_ALREADY_REGISTERED);
        assert_int_equal(second.handle().index, 0);
        assert_true(diary.ends.empty());
    }
    assert_int_equal(diary.ends.size(), 1);
    assert_string_equal(diary.ends[0].c_str(), "");
    assert_null(bus_session_state(made, handle));
    close_bus(made);
}

void fail_inside(bus *made, diary &diary)
{
    busgen::session session = open_in(made, diary);

    throw std::runtime_error("no luck");
}

// An object that is made and destroyed while another exception is on its way ends well.
struct last_words {
    bus *made;
    diary &own;

    ~last_words()
    {
        busgen::session session = open_in(made, own);
    }
};

void an_exception_is_an_error(void **)
{
    bus *made = open_bus();
    diary diary, inner;
    bool caught = false;

    try {
        last_words words = {made, inner};

        fail_inside(made, diary);
    } catch (const std::runtime_error &) {
        caught = true;
    }
    assert_true(caught);
    assert_int_equal(diary.ends.size(), 1);
    assert_string_equal(diary.ends[0].c_str(), "an exception left the session's scope");
    assert_int_equal(inner.ends.size(), 1);
    assert_string_equal(inner.ends[0].c_str(), "");
    close_bus(made);
}

void it_moves_and_is_let_go(void **)
{
    bus *made = open_bus();
    diary a, b;
    bus_error why = {};
    bus_session handle;

    {
        busgen::session nothing;
        busgen::session one = open_in(made, a);
        busgen::session two = open_in(made, b);

        assert_false(static_cast<bool>(nothing));
        assert_int_equal(nothing.status(), BUS_ERR_STATE);
        assert_int_equal(nothing.end(), BUS_OK);
        handle = two.handle();
        one = std::move(two); // ends the first
        assert_int_equal(a.ends.size(), 1);
        assert_int_equal(one.handle().index, handle.index);
        nothing = std::move(one);
        assert_true(b.ends.empty());
        handle = nothing.release();
    }
    assert_true(b.ends.empty());
    why.text = "later";
    assert_int_equal(bus_session_end(made, handle, &why), BUS_OK);
    assert_int_equal(b.ends.size(), 1);
    assert_string_equal(b.ends[0].c_str(), "later");
    {
        busgen::session early = open_in(made, a);

        assert_int_equal(early.end(&why), BUS_OK);
        assert_string_equal(a.ends[1].c_str(), "later");
        assert_false(static_cast<bool>(early));
    }
    assert_int_equal(a.ends.size(), 2);
    close_bus(made);
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(it_ends_with_its_scope),
        cmocka_unit_test(an_exception_is_an_error),
        cmocka_unit_test(it_moves_and_is_let_go),
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
