'use strict';
/*
 * model.js - what the page knows: the last answer of /status, and the last five minutes of each
 * figure. All rings have the same length and are written together, one place for each answer, so
 * that the page's memory is bounded by the number of message types and handlers.
 *
 * The bus gives counters; rates are differences. A counter that went down was begun anew by a
 * program that started again: what it shows then was counted since.
 */

const HISTORY = 301;          /* answers kept: five minutes at one a second */
const HISTORY_MS = 300000;
const HISTORY_FIRST_MS = 60000; /* charts of a page just opened show a minute */
const SMOOTH_MS = 4500;       /* rates in figures are means of about five seconds */
const MINUTE_MS = 60000;
const HANDLERS_KEPT = 1000;

class History {
    constructor() {
        this.count = 0;                       /* answers so far */
        this.times = new Float64Array(HISTORY); /* ms, of the page's own steady scale */
        this.walls = new Float64Array(HISTORY); /* ms since 1970 */
        this.broken = new Uint8Array(HISTORY);  /* nothing is known of the time before this one */
        this.lastWall = 0;
        this.fresh = false; /* the program has started again since the answer before */
    }

    /* A new answer; `wall`: the bus's clock, `steady`: the page's. */
    step(wall, steady, broken) {
        const previous = this.count > 0 ? this.at(this.times, 0) : 0;
        let passed = wall - this.lastWall;

        /* The bus's clock says best when it counted, unless somebody set it. */
        if (!(passed > 0 && passed < 3 * (steady - this.lastSteady) + 1000))
            passed = steady - this.lastSteady;
        if (this.count === 0)
            passed = 0;
        this.lastWall = wall;
        this.lastSteady = steady;
        const place = this.count++ % HISTORY;

        this.times[place] = previous + Math.max(passed, this.count > 1 ? 1 : 0);
        this.walls[place] = wall;
        this.broken[place] = broken ? 1 : 0;
        this.back5 = this.back(SMOOTH_MS);
        this.back60 = this.back(MINUTE_MS);
    }

    /* What charts show: what is known, at least a minute, at most five. */
    get span() {
        const age = this.count > 0 ? this.at(this.times, 0) - this.at(this.times, this.kept - 1)
            : 0;

        return Math.min(HISTORY_MS, Math.max(HISTORY_FIRST_MS, age));
    }

    get kept() {
        return Math.min(this.count, HISTORY);
    }

    at(ring, back) {
        return ring[(this.count - 1 - back) % HISTORY];
    }

    /* How many answers ago it was at least `ms` ago; the oldest if none was. */
    back(ms) {
        const now = this.at(this.times, 0);
        let back = 0;

        while (back + 1 < this.kept && now - this.at(this.times, back) < ms)
            back++;
        return back;
    }
}

/* What one counter has counted since the page was opened. */
class Counter {
    constructor(history) {
        this.history = history;
        this.born = history.count; /* the answer that showed it first */
        this.ring = new Float64Array(HISTORY);
        this.last = null;
        this.total = 0;
    }

    push(value) {
        if (this.last !== null)
            this.total += value >= this.last && !this.history.fresh ? value - this.last : value;
        this.last = value;
        this.ring[(this.history.count - 1) % HISTORY] = this.total;
    }

    oldest(back) {
        return Math.max(0, Math.min(back, this.history.count - this.born, this.history.kept - 1));
    }

    /* Counted within the last `back` answers. */
    since(back) {
        return this.total - this.history.at(this.ring, this.oldest(back));
    }

    /* A second, over the last `back` answers. NaN: not known yet. */
    rate(back) {
        const from = this.oldest(back);
        const passed = this.history.at(this.history.times, 0) -
            this.history.at(this.history.times, from);

        return from > 0 && passed > 0 ? this.since(from) * 1000 / passed : NaN;
    }

    /* The rate between the answer `back` ones ago and the one before it. NaN: not known. */
    step(back) {
        const history = this.history;

        if (back + 1 > this.oldest(HISTORY) || history.at(history.broken, back))
            return NaN;
        return (history.at(this.ring, back) - history.at(this.ring, back + 1)) * 1000 /
            (history.at(history.times, back) - history.at(history.times, back + 1));
    }
}

/* A value that goes up and down. */
class Gauge {
    constructor(history) {
        this.history = history;
        this.born = history.count;
        this.ring = new Float64Array(HISTORY);
    }

    push(value) {
        this.ring[(this.history.count - 1) % HISTORY] = value;
    }

    step(back) {
        return back <= this.history.count - this.born && back < this.history.kept
            ? this.history.at(this.ring, back) : NaN;
    }
}

/* Never accepted, for whatever reason but a filter that somebody installed. */
function refusedOf(message) {
    return message.rejected + message.throttled + message.closed + message.invalid;
}

/* Accepted and never handled. */
function lostOf(message) {
    return message.dropped + message.expired;
}

class Model {
    constructor() {
        this.history = new History();
        this.messages = new Map();
        this.handlers = new Map();
        this.totals = {};
        for (const name of ['accepted', 'processed', 'failed', 'lost', 'letters'])
            this.totals[name] = new Counter(this.history);
        this.waiting = new Gauge(this.history);
        this.slowest = new Gauge(this.history);
        this.slowestName = '';
        this.status = null;
        this.prefix = '';
        this.broken = false; /* an answer failed to come since the last one */
    }

    /* Takes over an answer of /status. */
    take(status) {
        const before = this.status;

        this.restarted = before !== null &&
            (before.pid !== status.pid || status.uptime_ms + 1000 < before.uptime_ms);
        this.history.fresh = this.restarted;
        if (this.restarted)
            this.restartedWall = status.now_ms - status.uptime_ms;
        this.status = status;
        this.history.step(status.now_ms, performance.now(), this.broken);
        this.broken = false;
        this.takeMessages(status.messages);
        this.prefix = this.findPrefix();
        this.takeHandlers(status.handlers);
        this.totals.letters.push(status.dead_letters.added);
    }

    takeMessages(list) {
        const sum = {accepted: 0, processed: 0, failed: 0, lost: 0};
        let held = 0;
        let slowest = 0;
        const seen = this.history.count;

        this.slowestName = '';
        for (const message of list) {
            let entry = this.messages.get(message.name);

            if (!entry) {
                entry = {name: message.name};
                for (const name of ['accepted', 'processed', 'failed', 'lost', 'refused'])
                    entry[name] = new Counter(this.history);
                this.messages.set(message.name, entry);
            }
            entry.now = message;
            entry.seen = seen;
            entry.accepted.push(message.accepted);
            entry.processed.push(message.processed);
            entry.failed.push(message.failed);
            entry.lost.push(lostOf(message));
            entry.refused.push(refusedOf(message));
            sum.accepted += message.accepted;
            sum.processed += message.processed;
            sum.failed += message.failed;
            sum.lost += lostOf(message) + refusedOf(message);
            held += message.held;
            const ended = entry.processed.since(this.history.back60) +
                entry.failed.since(this.history.back60);

            /* A page just opened does not know yet what moves. */
            if (message.timed > 0 && message.p99_ns > slowest &&
                (ended > 0 || this.history.kept < 5)) {
                slowest = message.p99_ns;
                this.slowestName = message.name;
            }
        }
        for (const [name, entry] of this.messages)
            if (entry.seen !== seen)
                this.messages.delete(name);
        for (const name in sum)
            this.totals[name].push(sum[name]);
        this.waiting.push(held);
        this.slowest.push(slowest > 0 ? slowest : NaN);
    }

    /* A message may have a handler for each session; those of one name count together. */
    takeHandlers(list) {
        const seen = this.history.count;
        const sums = new Map();

        for (const handler of list) {
            const key = handler.name + '\n' + handler.message;
            const sum = sums.get(key);

            if (!sum) {
                if (sums.size < HANDLERS_KEPT)
                    sums.set(key, {...handler, sessions: handler.session ? 1 : 0});
                continue;
            }
            sum.sessions += handler.session ? 1 : 0;
            sum.runs += handler.runs;
            sum.failures += handler.failures;
            sum.consecutive = Math.max(sum.consecutive, handler.consecutive);
            if (handler.last_failure_ms > sum.last_failure_ms) {
                sum.last_failure_ms = handler.last_failure_ms;
                sum.last_error = handler.last_error;
            }
        }
        for (const [key, now] of sums) {
            let entry = this.handlers.get(key);

            if (!entry) {
                entry = {key, name: now.name, message: now.message,
                    runs: new Counter(this.history), failures: new Counter(this.history)};
                this.handlers.set(key, entry);
            }
            entry.now = now;
            entry.seen = seen;
            entry.runs.push(now.runs);
            entry.failures.push(now.failures);
        }
        for (const [key, entry] of this.handlers)
            if (entry.seen !== seen)
                this.handlers.delete(key);
    }

    /* A name without what all names of the bus begin with ("shop."). */
    brief(name) {
        return name.startsWith(this.prefix) ? name.slice(this.prefix.length) : name;
    }

    findPrefix() {
        const found = new Set();

        for (const name of this.messages.keys())
            if (!name.startsWith('bus_system.'))
                found.add(name.slice(0, name.indexOf('.') + 1));
        return found.size === 1 ? found.values().next().value : '';
    }
}
