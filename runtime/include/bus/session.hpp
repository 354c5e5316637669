// bus/session.hpp - a session that ends with a C++ scope (C++11 and later); see bus/session.h.
//
//     bool serve(struct bus *bus, client &client)
//     {
//         bus_session_options options = {};
//         options.id = client.name();
//         busgen::session session(bus, &options);
//
//         if (!session)
//             return complain(bus_last_error());
//         ...
//         return true;
//     } // it ends here; where an exception leaves the scope, with an error that says so
//
// Ownership: the object owns the session, it can be moved and not copied. The bus must outlive it.
// Threads: one object is used by one thread at a time; its handle() by any.
#ifndef BUS_SESSION_HPP
#define BUS_SESSION_HPP

#include <bus/session.h>

#include <exception>

namespace busgen
{

class session
{
  public:
    // Owns nothing.
    session() noexcept = default;

    // Opens one, as bus_session_open_with; `options` may be null. Throws nothing: look at status().
    explicit session(struct bus *bus, const bus_session_options *options = nullptr) noexcept
        : status_(bus_session_open_with(bus, options, &handle_))
    {
        if (status_ == BUS_OK)
            bus_ = bus;
    }

    session(const session &) = delete;
    session &operator=(const session &) = delete;

    session(session &&other) noexcept
        : bus_(other.bus_), handle_(other.handle_), status_(other.status_),
          exceptions_(other.exceptions_)
    {
        other.bus_ = nullptr;
    }

    // Ends the one that it has.
    session &operator=(session &&other) noexcept
    {
        if (this != &other) {
            end();
            bus_ = other.bus_;
            handle_ = other.handle_;
            status_ = other.status_;
            exceptions_ = other.exceptions_;
            other.bus_ = nullptr;
        }
        return *this;
    }

    ~session()
    {
        bus_error why = bus_error();

        why.severity = BUS_SEVERITY_HIGH;
        why.text = "an exception left the session's scope";
        end(exceptions() > exceptions_ ? &why : nullptr);
    }

    // It has a session. That may have ended on its own (idle, bus_session_end): status of the calls
    // that use it.
    explicit operator bool() const noexcept
    {
        return bus_ != nullptr;
    }

    // What opening it returned; BUS_ERR_STATE for one that was never opened.
    bus_status status() const noexcept
    {
        return status_;
    }

    // For bus_handler_options and bus_message_options; zero where it has none.
    bus_session handle() const noexcept
    {
        return bus_ != nullptr ? handle_ : bus_session();
    }

    // Ends it now, as bus_session_end. BUS_OK where there is nothing to end.
    bus_status end(const bus_error *why = nullptr) noexcept
    {
        struct bus *bus = bus_;

        bus_ = nullptr;
        return bus != nullptr ? bus_session_end(bus, handle_, why) : BUS_OK;
    }

    // The session goes on without this object; returns its handle.
    bus_session release() noexcept
    {
        bus_session handle = this->handle();

        bus_ = nullptr;
        return handle;
    }

  private:
    // That are on their way through this thread. Before C++17 only whether there are any.
    static int exceptions() noexcept
    {
#if defined(__cpp_lib_uncaught_exceptions) || __cplusplus >= 201703L
        return std::uncaught_exceptions();
#else
        return std::uncaught_exception() ? 1 : 0;
#endif
    }

    struct bus *bus_ = nullptr;
    bus_session handle_ = bus_session();
    bus_status status_ = BUS_ERR_STATE;
    int exceptions_ = exceptions();
};

} // namespace busgen

#endif
