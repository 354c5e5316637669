'use strict';
/*
 * tables.js - messages and handlers as tables that can be sorted and filtered; lanes and breakers.
 */

const RESORT_MS = 5000; /* rows change places no more often than this */
const ROWS_SHOWN = 250;
const BREAKERS_SHOWN = 100; /* those that are not closed first */
const ROW_SHARE = 5; /* of the rows that nobody sees, one in so many is brought up to date a time */

/* columns: {title, hint, text(entry), tip(entry), value(entry), number, level(entry), cell(entry)};
 * `value` sorts; `cell` makes a node once instead of a text. */
class Table {
    constructor(place, columns, sortBy, ascending, empty) {
        this.columns = columns;
        this.sortBy = sortBy;
        this.ascending = ascending;
        this.rows = new Map();
        this.order = [];
        this.sorted = 0;
        this.filter = () => true;
        this.heads = columns.map((column, index) => this.head(column, index));
        this.body = el('tbody', {});
        this.empty = el('p', {class: 'empty'}, empty);
        this.more = el('p', {class: 'empty', hidden: true});
        this.node = el('table', {}, el('thead', {}, el('tr', {}, ...this.heads)), this.body);
        this.place = place;
        this.turn = 0;
        place.append(this.node, this.empty, this.more);
        this.seen = [0, ROWS_SHOWN];
        const scrolled = () => {
            this.look();
            this.refresh(false);
        };

        place.addEventListener('scroll', scrolled, {passive: true});
        document.addEventListener('scroll', scrolled, {passive: true});
    }

    /* First and last row that can be seen; rows are equally high. Asked before anything is changed,
     * for then the browser knows it without laying out the page anew. */
    look() {
        this.seen = this.range();
    }

    range() {
        const box = this.place.getBoundingClientRect();
        const height = this.body.firstChild ? this.body.firstChild.offsetHeight : 0;
        const first = (Math.max(0, -box.top) + this.place.scrollTop) / height - 3;

        if (!(height > 0) || box.bottom < 0 || box.top > innerHeight)
            return [1, 0];
        return [first, first + Math.min(box.height, innerHeight) / height + 6];
    }

    /* Brings rows up to date: those that can be seen, and a share of the others in turn. */
    refresh(others) {
        const [first, last] = this.seen;

        this.turn += others ? 1 : 0;
        (this.shown || []).forEach((row, index) => {
            if ((index >= first && index <= last) ||
                (others && (index + this.turn) % ROW_SHARE === 0))
                this.update(row);
        });
    }

    head(column, index) {
        const way = el('span', {class: 'way', 'aria-hidden': 'true'});
        const button = el('button', {type: 'button', onclick: () => this.sort(index)},
            column.number ? way : null, column.title, column.number ? null : way);

        return el('th', {scope: 'col', class: column.number ? 'num' : null, tip: column.hint &&
            (() => column.hint)}, button);
    }

    sort(index) {
        this.ascending = index === this.sortBy ? !this.ascending : !this.columns[index].number;
        this.sortBy = index;
        this.sorted = 0;
        this.draw(this.entries);
    }

    /* Rows under somebody's hand stay where they are. */
    held() {
        return this.place.matches(':hover') || (this.place.contains(document.activeElement) &&
            document.activeElement !== this.place);
    }

    row(entry) {
        const cells = this.columns.map((column, index) => {
            const cell = el(index === 0 ? 'th' : 'td', {class: column.number ? 'num' : null,
                scope: index === 0 ? 'row' : null});

            if (column.cell)
                cell.append(column.cell(entry));
            if (column.tip)
                cell.tip = () => column.tip(row.entry);
            return cell;
        });
        const row = {cells, node: el('tr', {}, ...cells), entry};

        return row;
    }

    update(row) {
        const {entry} = row;

        for (let i = 0; i < this.columns.length; i++) {
            const column = this.columns[i];

            if (column.text)
                setText(row.cells[i], column.text(entry));
            if (column.level)
                setAttribute(row.cells[i], 'data-level', column.level(entry));
        }
    }

    arrange(list) {
        const now = performance.now();
        const same = list.length === this.order.length;

        if (same && this.sorted > 0 && (now - this.sorted < RESORT_MS || this.held())) {
            const places = new Map(this.order.map((key, index) => [key, index]));

            if (list.every((entry) => places.has(entry.key || entry.name)))
                return list.sort((a, b) => places.get(a.key || a.name) -
                    places.get(b.key || b.name));
        }
        const value = this.columns[this.sortBy].value;
        const sign = this.ascending ? 1 : -1;
        const keys = new Map(list.map((entry) => [entry, value(entry)]));

        this.sorted = now;
        list.sort((a, b) => {
            const left = keys.get(a);
            const right = keys.get(b);

            if (left !== right)
                return (left < right || right !== right ? -1 : 1) * sign;
            return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
        });
        this.order = list.map((entry) => entry.key || entry.name);
        return list;
    }

    draw(entries) {
        this.entries = entries;
        const list = this.arrange([...entries].filter(this.filter));
        const keep = new Set();

        this.shown = [];
        for (const entry of list.slice(0, ROWS_SHOWN)) {
            const key = entry.key || entry.name;
            let row = this.rows.get(key);

            if (!row) {
                this.rows.set(key, row = this.row(entry));
                this.update(row);
            }
            row.entry = entry;
            this.shown.push(row);
            keep.add(key);
        }
        for (const key of this.rows.keys())
            if (!keep.has(key))
                this.rows.delete(key);
        setChildren(this.body, this.shown.map((row) => row.node));
        this.refresh(true);
        this.heads.forEach((head, index) => setAttribute(head, 'aria-sort', index !== this.sortBy
            ? null : this.ascending ? 'ascending' : 'descending'));
        this.node.hidden = list.length === 0;
        this.empty.hidden = list.length > 0;
        this.more.hidden = list.length <= ROWS_SHOWN;
        setText(this.more, 'and ' + exact(list.length - ROWS_SHOWN) + ' more: use the filter');
        return list.length;
    }
}

/* A name that opens what is known about the message. */
function messageButton(name, text) {
    return el('button', {type: 'button', class: 'name', onclick: () => page.detail.open(name),
        tip: () => name}, text);
}

function kindMark(kind) {
    return el('span', {class: 'kind ' + (kind === 'command' ? 'command' : 'event')},
        kind === 'command' ? 'cmd' : 'evt');
}

function rateColumn(model, title, field, hint, bad) {
    const rate = (entry) => entry[field].rate(model.history.back5);

    return {title, hint, number: true, text: (entry) => rateNumber(rate(entry)),
        value: (entry) => rate(entry) || 0,
        tip: (entry) => exact(Math.round((rate(entry) || 0) * 100) / 100) + ' a second; ' +
            exact(entry[field].last) + ' since the start',
        level: (entry) => (rate(entry) > 0 ? (bad || null) : 'calm')};
}

function totalColumn(title, hint, value, bad) {
    return {title, hint, number: true, text: (entry) => short(value(entry)), value,
        tip: (entry) => exact(value(entry)), level: (entry) => (value(entry) > 0 ? bad || null :
            'calm')};
}

function timeColumn(title, field) {
    return {title, number: true, hint: 'how long handlers ran; one run in some is timed',
        text: (entry) => (entry.now.timed > 0 ? nanoseconds(entry.now[field]) : NONE),
        value: (entry) => (entry.now.timed > 0 ? entry.now[field] : -1),
        tip: (entry) => (entry.now.timed > 0 ? exact(entry.now[field]) + ' ns, of ' +
            plural(entry.now.timed, 'timed run') : 'no run was timed yet'),
        level: (entry) => (entry.now.timed > 0 ? null : 'calm')};
}

class Tables {
    constructor(model) {
        this.model = model;
        this.makeMessages();
        this.makeHandlers();
        this.lanes = new Map();
        this.breakers = new Map();
    }

    makeMessages() {
        const model = this.model;
        const find = byId('messages-find');
        const used = byId('messages-used');
        const redraw = () => this.drawMessages();

        this.messages = new Table(byId('message-table'), [
            {title: 'Message', value: (entry) => entry.name, cell: (entry) => el('span', {},
                kindMark(entry.now.kind), messageButton(entry.name,
                    model.brief(entry.name)))},
            {title: 'Priority', text: (entry) => entry.now.priority,
                value: (entry) => ['critical', 'high', 'normal', 'low', 'idle'].indexOf(
                    entry.now.priority)},
            rateColumn(model, 'In /s', 'accepted', 'accepted a second'),
            rateColumn(model, 'Done /s', 'processed', 'handled without a fault, a second'),
            rateColumn(model, 'Failed /s', 'failed', 'failed for good, a second', 'bad'),
            totalColumn('Accepted', 'since the start', (entry) => entry.now.accepted),
            totalColumn('Failed', 'since the start', (entry) => entry.now.failed, 'bad'),
            totalColumn('Lost', 'dropped or expired since the start', (entry) => lostOf(entry.now),
                'bad'),
            totalColumn('Refused', 'never accepted: full, throttled, closed or invalid',
                (entry) => refusedOf(entry.now), 'warn'),
            totalColumn('Waiting', 'in lanes, to be tried again, for an answer',
                (entry) => entry.now.held),
            timeColumn('p50', 'p50_ns'), timeColumn('p99', 'p99_ns'), timeColumn('max', 'max_ns'),
        ], 2, false, 'No message of this name.');
        this.messages.filter = (entry) => (!used.checked || entry.now.accepted > 0) &&
            (entry.name + ' ' + entry.now.kind + ' ' + entry.now.priority).toLowerCase()
                .includes(find.value.trim().toLowerCase());
        find.addEventListener('input', redraw);
        used.addEventListener('change', redraw);
    }

    makeHandlers() {
        const model = this.model;
        const find = byId('handlers-find');

        this.handlers = new Table(byId('handler-table'), [
            {title: 'Handler', value: (entry) => entry.name,
                text: (entry) => model.brief(entry.name) + (entry.now.sessions > 1
                    ? ' ×' + entry.now.sessions : ''),
                tip: (entry) => entry.name + (entry.now.sessions > 0 ? '\nin ' +
                    plural(entry.now.sessions, 'session') : '')},
            {title: 'of', value: (entry) => entry.message, tip: (entry) => entry.message,
                text: (entry) => model.brief(entry.message)},
            rateColumn(model, 'Runs /s', 'runs'),
            rateColumn(model, 'Failing /s', 'failures', null, 'bad'),
            totalColumn('Runs', 'since it was registered', (entry) => entry.now.runs),
            totalColumn('Failures', 'since it was registered', (entry) => entry.now.failures,
                'bad'),
            totalColumn('In a row', 'failures since its last success',
                (entry) => entry.now.consecutive, 'bad'),
            {title: 'Last failure', value: (entry) => entry.now.last_failure_ms,
                text: (entry) => (entry.now.last_failure_ms > 0 ? span(this.model.status.now_ms -
                    entry.now.last_failure_ms) + ' ago' : NONE),
                tip: (entry) => (entry.now.last_failure_ms > 0 ? fullTime(
                    entry.now.last_failure_ms) : 'it has not failed')},
            {title: 'Last error', value: (entry) => entry.now.last_error || '',
                text: (entry) => entry.now.last_error || '', tip: (entry) => entry.now.last_error},
        ], 3, false, 'No handler of this name.');
        this.handlers.filter = (entry) => (entry.name + ' ' + entry.message + ' ' +
            (entry.now.last_error || '')).toLowerCase().includes(find.value.trim().toLowerCase());
        find.addEventListener('input', () => this.drawHandlers());
    }

    drawMessages() {
        const count = this.messages.draw(this.model.messages.values());
        const all = this.model.messages.size;

        setText(byId('messages-sum'), count === all ? exact(all) : exact(count) + ' of ' +
            exact(all));
    }

    drawHandlers() {
        const count = this.handlers.draw(this.model.handlers.values());
        const all = this.model.handlers.size;

        const more = this.model.status.more_handlers || 0;

        setText(byId('handlers-sum'), (count === all ? exact(all) : exact(count) + ' of ' +
            exact(all)) + (more > 0 ? ', and ' + exact(more) + ' that are not told' : ''));
    }

    drawLanes() {
        const {status} = this.model;
        const full = status.backpressure;

        setText(byId('lanes-hint'), full > 0 ? 'Back-pressure: ' + plural(full, 'lane') +
            ' of ' + plural(status.workers, 'worker') +
            ' nearly full; publishers wait or are refused.'
            : 'No back-pressure. A lane is nearly full from 80 % on.');
        setAttribute(byId('lanes-hint'), 'data-level', full > 0 ? 'warn' : null);
        setChildren(byId('lane-list'), status.lanes.map((lane) => this.lane(lane)));
    }

    lane(lane) {
        const share = lane.capacity > 0 ? lane.size / lane.capacity : 0;
        let entry = this.lanes.get(lane.lane);

        if (!entry) {
            entry = {fill: el('span', {class: 'fill'}), size: el('span', {class: 'num'})};
            entry.bar = el('div', {class: 'bar', role: 'meter', 'aria-label': lane.lane,
                'aria-valuemin': '0'}, entry.fill, el('span', {class: 'limit'}));
            entry.node = el('div', {class: 'lane'}, el('span', {class: 'lane-name'}, lane.lane),
                entry.bar, entry.size);
            this.lanes.set(lane.lane, entry);
        }
        entry.fill.style.width = (Math.min(1, share) * 100).toFixed(1) + '%';
        setAttribute(entry.node, 'data-level', share >= 0.95 ? 'bad' : share >= 0.8 ? 'warn'
            : null);
        setAttribute(entry.bar, 'aria-valuenow', String(lane.size));
        setAttribute(entry.bar, 'aria-valuemax', String(lane.capacity));
        setText(entry.size, short(lane.size) + ' / ' + short(lane.capacity));
        entry.node.tip = () => lane.lane + ': ' + exact(lane.size) + ' of ' + exact(lane.capacity) +
            ' messages, ' + (share * 100).toFixed(1) + ' %';
        return entry.node;
    }

    drawBreakers() {
        const {status} = this.model;
        const rank = {open: 0, half_open: 1, closed: 2};
        const list = [...status.breakers].sort((a, b) => rank[a.state] - rank[b.state] ||
            (a.name < b.name ? -1 : 1));
        const open = list.filter((one) => one.state !== 'closed').length;

        setText(byId('breakers-hint'), list.length === 0
            ? 'No message of this bus has declared a breaker.' : open === 0
                ? 'All closed: everything may pass.' : exact(open) + ' of ' + exact(list.length) +
                ' not closed.');
        setAttribute(byId('breakers-hint'), 'data-level', open > 0 ? 'warn' : null);
        setChildren(byId('breaker-list'), list.slice(0, BREAKERS_SHOWN)
            .map((one) => this.breaker(one)));
    }

    breaker(breaker) {
        const levels = {closed: 'ok', open: 'bad', half_open: 'warn'};
        const words = {closed: 'closed', open: 'open', half_open: 'half-open'};
        let entry = this.breakers.get(breaker.name);

        if (!entry) {
            entry = {use: svg('use', {}), state: el('b', {}), since: el('span', {class: 'under'}),
                count: el('span', {class: 'under'})};
            entry.node = el('div', {class: 'breaker', 'data-breaker': breaker.name},
                svg('svg', {class: 'mark', 'aria-hidden': 'true'}, entry.use),
                el('span', {class: 'breaker-name', tip: () => breaker.name},
                    this.model.brief(breaker.name)), entry.state, entry.since, entry.count);
            this.breakers.set(breaker.name, entry);
        }
        setAttribute(entry.use, 'href', '#i-' + (levels[breaker.state] || 'wait'));
        setAttribute(entry.node, 'data-level', levels[breaker.state] || 'wait');
        setText(entry.state, words[breaker.state] || breaker.state);
        setText(entry.since, 'for ' + span(breaker.for_ms));
        setText(entry.count, 'opened ' + short(breaker.opened) + ' ×, refused ' +
            short(breaker.refused));
        entry.node.tip = () => breaker.name + (breaker.shared ? ' (shared by several messages)'
            : '') + '\n' + words[breaker.state] + ' since ' + clock(this.model.status.now_ms -
            breaker.for_ms) + '\n' + plural(breaker.failures, 'failure') + ' in its window, ' +
            'opened ' + plural(breaker.opened, 'time') + ', refused ' +
            plural(breaker.refused, 'run');
        return entry.node;
    }

    look() {
        this.messages.look();
        this.handlers.look();
    }

    draw() {
        this.drawLanes();
        this.drawBreakers();
        this.drawMessages();
        this.drawHandlers();
    }
}

/* All that is known of one message, in a dialog; it goes on moving while it is open. */
class Detail {
    constructor(model) {
        this.model = model;
        this.dialog = byId('detail');
        byId('detail-close').addEventListener('click', () => this.dialog.close());
        this.dialog.addEventListener('close', () => {
            if (!this.dialog.open) /* else it was opened again before this event came */
                this.entry = null;
        });
    }

    open(name) {
        const entry = this.model.messages.get(name);

        if (!entry)
            return;
        const perSecond = (rate) => exact(Math.round(rate * 100) / 100) + ' /s';

        this.entry = entry;
        this.facts = new Map();
        this.list = el('dl', {class: 'grid'});
        this.chart = new Chart(this.model.history, [{of: entry.accepted, name: 'accepted'},
            {of: entry.failed, name: 'failed', class: 'bad'}], perSecond,
        'Accepted and failed', 90);
        this.most = el('span', {class: 'under'});
        setText(byId('detail-title'), name);
        byId('detail-body').replaceChildren(this.chart.node, this.most, this.list);
        this.draw();
        if (!this.dialog.open)
            this.dialog.showModal();
    }

    fact(name, text) {
        let value = this.facts.get(name);

        if (!value) {
            this.facts.set(name, value = el('dd', {}));
            this.list.append(el('div', {}, el('dt', {}, name), value));
        }
        setText(value, text);
    }

    draw() {
        if (!this.entry)
            return;
        const {now} = this.entry;

        this.chart.draw();
        setText(this.most, 'the last ' + span(this.model.history.span) + '; ' +
            rateText(this.entry.accepted.rate(this.model.history.back5)) + ' now, at most ' +
            rateText(this.chart.most));
        this.fact('kind', now.kind);
        this.fact('priority', now.priority);
        for (const field of ['accepted', 'processed', 'failed', 'dropped', 'expired', 'replaced',
            'cancelled', 'held', 'running', 'filtered', 'rejected', 'throttled', 'closed',
            'invalid', 'calls', 'calls_failed', 'calls_late', 'timed'])
            this.fact(field.replace('_', ' '), exact(now[field]));
        for (const field of ['p50_ns', 'p95_ns', 'p99_ns', 'max_ns'])
            this.fact(field.slice(0, -3), now.timed > 0 ? nanoseconds(now[field]) : NONE);
    }
}
