'use strict';
/*
 * letters.js - dead letters and the schedule: lists, and what may be done with them. Actions are
 * served on the Unix socket alone; a page that came over TCP says how to get there.
 */

const LETTERS_PAGE = 20;
const SCHEDULE_PAGE = 100;
const LIST_AGAIN_MS = 2000; /* lists are asked no more often than this */
const FAILED_AGAIN_MS = 10000;
const REASONS = ['failed', 'breaker_open', 'overflow', 'no_room', 'expired', 'handler_gone'];
const CATEGORIES = ['processing', 'connection', 'serialization', 'queue', 'timeout', 'auth',
    'resource', 'config'];

class RequestError extends Error {}

/* Text of an answer that says no: {"error", "advice"}, or whatever there is. */
async function refusal(response) {
    let text = 'the program answered ' + response.status;

    try {
        const body = await response.json();

        text = (body.error || text) + (body.advice ? ': ' + body.advice : '');
    } catch { /* no JSON: the number must do */ }
    return new RequestError(text);
}

async function getJson(url, ms) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), ms || 5000);

    try {
        const response = await fetch(url, {signal: stop.signal, cache: 'no-store'});

        if (!response.ok)
            throw await refusal(response);
        return await response.json();
    } finally {
        clearTimeout(timer);
    }
}

async function post(url, body, signal) {
    const response = await fetch(url, {method: 'POST', body: JSON.stringify(body), signal,
        headers: {'Content-Type': 'application/json', 'X-Busgen': '1'}});

    if (!response.ok)
        throw await refusal(response);
    return response;
}

/* Calls `fn` for each line of an answer in JSON lines, as they come. */
async function eachLine(response, fn) {
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    let rest = '';

    for (;;) {
        const {value, done} = await reader.read();
        const lines = (rest + (done ? '' : decoder.decode(value, {stream: true}))).split('\n');

        rest = done ? '' : lines.pop();
        for (const line of lines)
            if (line.trim())
                fn(JSON.parse(line));
        if (done)
            return;
    }
}

/* Asks before something that cannot be undone. Resolves to true when it was wanted. */
function confirmed(title, text, yes) {
    const dialog = byId('confirm');

    setText(byId('confirm-title'), title);
    setText(byId('confirm-text'), text);
    setText(byId('confirm-yes'), yes);
    return new Promise((resolve) => {
        const end = (answer) => {
            byId('confirm-yes').onclick = byId('confirm-no').onclick = dialog.onclose = null;
            dialog.close();
            resolve(answer);
        };

        byId('confirm-yes').onclick = () => end(true);
        byId('confirm-no').onclick = () => end(false);
        /* The event comes late: the dialog may have been opened again for the next question. */
        dialog.onclose = () => {
            if (!dialog.open)
                end(false);
        };
        dialog.showModal();
        byId('confirm-no').focus();
    });
}

function toast(text, level) {
    const node = byId('toast');

    node.textContent = text;
    node.setAttribute('data-level', level || 'ok');
    node.classList.add('shown');
    clearTimeout(toast.timer);
    toast.timer = setTimeout(() => node.classList.remove('shown'), level === 'bad' ? 12000 : 5000);
}

/* Letters of one key keep their order: behind one that fails the others stay. */
function behindText(line) {
    return line.behind > 0 ? ', ' + exact(line.behind) + ' stayed behind an older one of their key'
        : '';
}

/* A command to be copied. */
function commandLine(text) {
    const code = el('code', {}, text);
    const copy = async () => {
        try {
            await navigator.clipboard.writeText(text);
            toast('Copied.');
        } catch {
            getSelection().selectAllChildren(code); /* no clipboard here: it is selected instead */
        }
    };

    return el('span', {class: 'copy'}, code, el('button', {type: 'button', onclick: copy}, 'Copy'));
}

/* A text as one word of a shell. */
function quoted(text) {
    return /^[\w@%+=:,./-]+$/.test(text) ? text : "'" + text.replace(/'/g, "'\\''") + "'";
}

function busadm(status, ...words) {
    return ['busadm', ...(status.socket ? ['--socket', status.socket] : []), ...words]
        .map(quoted).join(' ');
}

class Letters {
    constructor(model) {
        this.model = model;
        this.nodes = new Map();
        this.pages = [0];
        this.asked = 0;
        this.pause = 0; /* ask no earlier */
        this.busy = false;
        for (const reason of REASONS)
            byId('f-reason').append(el('option', {value: reason}, reason.replace('_', ' ')));
        for (const category of CATEGORIES)
            byId('f-category').append(el('option', {value: category}, category));
        byId('letters-form').addEventListener('input', () => this.changed());
        byId('letters-form').addEventListener('submit', (event) => event.preventDefault());
        byId('letters-first').addEventListener('click', () => this.turn([0]));
        byId('letters-next').addEventListener('click', () => this.turn([...this.pages, this.last]));
        byId('replay-all').addEventListener('click', () => this.replay(this.filter(true), true));
        byId('purge-all').addEventListener('click', () => this.purgeAll());
    }

    changed() {
        clearTimeout(this.typing);
        this.typing = setTimeout(() => this.turn([0]), 250);
    }

    turn(pages) {
        this.pages = pages;
        this.stamp = null;
        this.pause = 0;
        this.poll();
    }

    /* What the form says; `all`: an empty one says so. */
    filter(all) {
        const filter = {};

        for (const name of ['message', 'handler', 'reason', 'category'])
            if (byId('f-' + name).value.trim())
                filter[name] = byId('f-' + name).value.trim();
        return all && Object.keys(filter).length === 0 ? {all: true} : filter;
    }

    /* Asks for the list when something has changed. */
    async poll() {
        const figures = JSON.stringify(this.model.status && this.model.status.dead_letters);
        const now = performance.now();

        if (this.busy || figures === this.stamp || now < this.pause ||
            (this.stamp && now - this.asked < LIST_AGAIN_MS))
            return;
        this.busy = true;
        this.stamp = figures;
        this.asked = now;
        try {
            const query = new URLSearchParams({...this.filter(false), limit: LETTERS_PAGE,
                after: this.pages[this.pages.length - 1]});
            const list = await getJson('dead-letters?' + query);

            if (list.letters.length === 0 && this.pages.length > 1) {
                this.pages.pop(); /* those of this page are gone */
                this.stamp = null;
            } else {
                this.show(list);
            }
        } catch (error) {
            this.stamp = null;
            this.pause = now + FAILED_AGAIN_MS;
            if (error instanceof RequestError)
                toast('Dead letters: ' + error.message, 'bad');
        } finally {
            this.busy = false;
        }
    }

    show(list) {
        const {letters, more} = list;
        const keep = new Set(letters.map((letter) => letter.number));

        for (const letter of letters) {
            const text = JSON.stringify(letter) + this.model.status.admin;
            const known = this.nodes.get(letter.number);

            if (known && known.text === text)
                continue;
            const node = this.make(letter);

            node.open = Boolean(known && known.node.open);
            this.nodes.set(letter.number, {node, text});
        }
        for (const number of this.nodes.keys())
            if (!keep.has(number))
                this.nodes.delete(number);
        const nodes = letters.map((letter) => this.nodes.get(letter.number).node);

        if (nodes.length === 0)
            nodes.push(el('p', {class: 'empty'}, Object.keys(this.filter(false)).length > 0
                ? 'No dead letter matches.' : 'No dead letters. All that failed was tried again ' +
                'with success, or nothing failed.'));
        setChildren(byId('letter-list'), nodes);
        this.last = letters.length > 0 ? letters[letters.length - 1].number : 0;
        byId('letter-pager').hidden = this.pages.length === 1 && !more;
        byId('letters-first').disabled = this.pages.length === 1;
        byId('letters-next').disabled = !more;
        setText(byId('letters-place'), letters.length > 0 ? 'page ' + this.pages.length +
            ': letters ' + letters[0].number + ' to ' + this.last + (more ? ', and more' : '')
            : '');
    }

    make(letter) {
        const {status} = this.model;
        const severe = letter.severity === 'critical' || letter.severity === 'high';
        const fact = (name, value) => (value === '' || value === null || value === undefined ? null
            : el('div', {}, el('dt', {}, name), el('dd', {}, String(value))));
        const actions = status.admin ? [
            el('button', {type: 'button', onclick: () => this.replay({number: letter.number})},
                'Replay'),
            el('button', {type: 'button', class: 'danger', onclick: () => this.purgeOne(letter)},
                'Purge')]
            : [commandLine(busadm(status, 'dead-letters', 'replay', String(letter.number)))];

        return el('details', {class: 'letter', 'data-number': letter.number},
            el('summary', {}, el('span', {class: 'number'}, '#' + letter.number),
                el('b', {}, this.model.brief(letter.message)),
                el('span', {class: 'pill ' + (severe ? 'bad' : 'warn')},
                    letter.reason.replace('_', ' ')),
                el('span', {class: 'text'}, letter.text || ''),
                el('span', {class: 'under when', tip: () => fullTime(letter.last_ms)},
                    clock(letter.last_ms))),
            el('dl', {class: 'grid'}, fact('message', letter.message),
                fact('handler', letter.handler), fact('reason', letter.reason.replace('_', ' ')),
                fact('error', letter.category + ' ' + letter.code + ', ' + letter.severity + ', ' +
                    (letter.transient ? 'transient' : 'permanent')),
                fact('attempts', letter.attempts), fact('replayed and stayed', letter.replays),
                fact('first failed', fullTime(letter.first_ms)),
                fact('last failed', fullTime(letter.last_ms)),
                fact('session', letter.session), fact('size', bytesText(letter.size)),
                fact('schema', 'version ' + letter.schema_version + (letter.schema_fingerprint
                    ? ', ' + letter.schema_fingerprint : '')),
                fact('message id', letter.id), fact('trace', letter.trace_id)),
            letter.text ? el('p', {class: 'text whole'}, letter.text) : null,
            typeof letter.content === 'string' ? el('pre', {}, letter.content) : null,
            el('div', {class: 'row'}, ...actions));
    }

    /* Runs letters again and shows how far it is. */
    async replay(filter, many) {
        const place = byId('replay-progress');
        const bar = el('progress', {max: '1', value: '0', 'aria-label': 'Replay'});
        const text = el('span', {}, 'Replaying …');
        /* Whoever stops reading ends it. */
        const stop = new AbortController();

        this.working(true);
        place.replaceChildren(bar, text, el('button', {type: 'button',
            onclick: () => stop.abort()}, 'Stop'));
        place.hidden = false;
        try {
            let end = null;

            await eachLine(await post('dead-letters/replay', filter, stop.signal), (line) => {
                const total = line.replayed + line.failed + line.left;

                if (line.error)
                    throw new RequestError(line.error);
                bar.value = total > 0 ? (line.replayed + line.failed) / total : 1;
                text.textContent = exact(line.replayed) + ' succeeded, ' + exact(line.failed) +
                    ' failed again' + (line.left > 0 ? ', ' + exact(line.left) + ' left' : '') +
                    behindText(line);
                end = line.done ? line : end;
            });
            if (!end)
                throw new RequestError('the answer ended early; look at the list for what remains');
            toast(many || end.failed === 0 ? plural(end.replayed, 'letter') + ' replayed' +
                (end.failed > 0 ? ', ' + exact(end.failed) + ' failed again' : '') +
                behindText(end) + '.'
                : 'It failed again and stays.', end.failed > 0 ? 'warn' : 'ok');
        } catch (error) {
            if (stop.signal.aborted)
                toast('Replay stopped: ' + text.textContent + '.', 'warn');
            else
                toast('Replay: ' + error.message, 'bad');
        }
        this.working(false);
        place.hidden = true;
        this.stamp = null;
        this.poll();
    }

    async purge(filter) {
        this.working(true);
        try {
            const answer = await (await post('dead-letters/purge', filter)).json();

            toast(plural(answer.purged, 'letter') + ' purged.');
        } catch (error) {
            toast('Purge: ' + error.message, 'bad');
        }
        this.working(false);
        this.stamp = null;
        this.poll();
    }

    async purgeOne(letter) {
        if (await confirmed('Purge letter ' + letter.number + '?', letter.message +
            ' is thrown away for good. This cannot be undone.', 'Purge'))
            this.purge({first: letter.number, last: letter.number});
    }

    async purgeAll() {
        const filter = this.filter(true);
        const which = filter.all ? 'all ' + plural(this.model.status.dead_letters.waiting,
            'dead letter') : 'every dead letter with ' + Object.entries(filter).map(
            ([name, value]) => name + ' “' + value + '”').join(' and ');

        if (await confirmed('Purge ' + (filter.all ? 'all dead letters?' : 'these dead letters?'),
            'This throws away ' + which + ', on other pages too. It cannot be undone.',
            'Purge ' + (filter.all ? 'all' : 'them')))
            this.purge(filter);
    }

    working(is) {
        this.isWorking = is;
        this.drawActions();
    }

    drawActions() {
        const {status} = this.model;

        for (const id of ['replay-all', 'purge-all']) {
            const filtered = Object.keys(this.filter(false)).length > 0;

            byId(id).disabled = !status || !status.admin || this.isWorking ||
                status.dead_letters.waiting === 0;
            setText(byId(id), (id === 'replay-all' ? 'Replay ' : 'Purge ') + (filtered
                ? 'what matches' : 'all'));
        }
    }

    draw() {
        const {status} = this.model;
        const figures = status.dead_letters;
        const badge = byId('nav-letters');

        setText(byId('letters-sum'), figures.waiting === 0 ? 'none' : exact(figures.waiting) +
            ' waiting, ' + bytesText(figures.bytes) + ' · ' + exact(figures.replayed) +
            ' replayed, ' + exact(figures.purged) + ' purged, ' + exact(figures.evicted) +
            ' evicted since the start');
        badge.hidden = figures.waiting === 0;
        setText(badge, short(figures.waiting));
        this.drawActions();
        this.drawNote();
        this.drawNames();
        this.poll();
    }

    /* How to get to where actions are allowed. */
    drawNote() {
        const {status} = this.model;
        const key = status.admin + ' ' + status.socket;
        const note = byId('admin-note');

        if (key === this.noteKey)
            return;
        this.noteKey = key;
        note.hidden = status.admin;
        if (status.admin)
            return;
        const host = location.hostname === '127.0.0.1' || location.hostname === 'localhost' ||
            location.hostname === '[::1]' ? 'HOST' : location.hostname;

        note.replaceChildren(...(status.socket ? [
            el('p', {}, 'Here you can only look. Replay, purge and cancel need the Unix socket ' +
                'of the program: forward it and open http://localhost:9464/,'),
            commandLine('ssh -L 9464:' + quoted(status.socket) + ' ' + host),
            el('p', {}, 'or use the command line there:'),
            commandLine(busadm(status, 'dead-letters', 'list'))] : [
            el('p', {}, 'Here you can only look: this program has no Unix socket for ' +
                'administration (socket_path of bus_http_options).')]));
    }

    drawNames() {
        const {messages, handlers} = this.model;
        const key = messages.size + ' ' + handlers.size;

        if (key === this.namesKey)
            return;
        this.namesKey = key;
        byId('message-names').replaceChildren(...[...messages.keys()].map((name) =>
            el('option', {value: name})));
        byId('handler-names').replaceChildren(...[...new Set([...handlers.values()].map(
            (handler) => handler.name))].map((name) => el('option', {value: name})));
    }
}

class Schedule {
    constructor(model) {
        this.model = model;
        this.asked = -Infinity;
        this.rows = [];
    }

    async poll() {
        const figures = JSON.stringify(this.model.status.schedule) + this.model.status.admin;
        const now = performance.now();

        if (this.busy || (figures === this.stamp && now - this.asked < 15000) ||
            now - this.asked < LIST_AGAIN_MS)
            return;
        this.busy = true;
        this.asked = now;
        try {
            this.show(await getJson('schedule?limit=' + SCHEDULE_PAGE));
            this.stamp = figures;
        } catch (error) {
            this.asked = now + FAILED_AGAIN_MS;
            if (error instanceof RequestError)
                toast('Schedule: ' + error.message, 'bad');
        } finally {
            this.busy = false;
        }
    }

    show(list) {
        const text = JSON.stringify(list) + this.model.status.admin;

        if (text === this.text)
            return;
        this.text = text;
        this.rows = list.scheduled.map((entry) => this.row(entry));
        const heads = ['Message', 'Due', 'Again', 'Session', 'Size', 'Id', ''];

        byId('schedule-list').replaceChildren(list.scheduled.length === 0
            ? el('p', {class: 'empty'}, 'Nothing is scheduled.')
            : el('div', {class: 'scroll', tabindex: '0', role: 'region',
                'aria-label': 'Schedule, table'}, el('table', {}, el('thead', {}, el('tr', {},
                ...heads.map((head) => el('th', {scope: 'col'}, head)))), el('tbody', {},
                ...this.rows.map((row) => row.node)))));
        if (list.more)
            byId('schedule-list').append(el('p', {class: 'empty'}, 'and more: ',
                commandLine(busadm(this.model.status, 'schedule', 'list'))));
        this.drawTimes();
    }

    row(entry) {
        const {status} = this.model;
        const due = el('td', {class: 'num left', tip: () => fullTime(entry.due_ms)});
        const again = entry.every_ms > 0 ? 'every ' + (entry.every_ms < 1000 ? entry.every_ms +
            ' ms' : span(entry.every_ms)) : entry.at ? 'at ' + entry.at : 'once';

        return {entry, due, node: el('tr', {}, el('th', {scope: 'row', tip: entry.content ? () =>
            entry.content : () => entry.message}, this.model.brief(entry.message)), due,
        el('td', {}, again),
        el('td', {}, entry.session || NONE), el('td', {class: 'num left'}, bytesText(entry.size)),
        el('td', {class: 'num left'}, entry.id), el('td', {}, el('button', {type: 'button',
            class: 'danger', disabled: !status.admin, onclick: () => this.cancel(entry)},
        'Cancel')))};
    }

    async cancel(entry) {
        if (!await confirmed('Cancel this one?', entry.message + ', due ' + clock(entry.due_ms) +
            ', will not be published.', 'Cancel it'))
            return;
        try {
            await post('schedule/cancel', {id: entry.id});
            toast('Cancelled.');
        } catch (error) {
            toast('Cancel: ' + error.message, 'bad');
        }
        this.stamp = null;
        this.asked = -Infinity;
        this.poll();
    }

    drawTimes() {
        const now = this.model.status.now_ms;

        for (const row of this.rows) {
            const left = row.entry.due_ms - now;

            setText(row.due, left > 0 ? 'in ' + span(left + 999) : 'now');
        }
    }

    draw() {
        const {schedule} = this.model.status;

        setText(byId('schedule-sum'), exact(schedule.waiting) + ' waiting · ' +
            exact(schedule.published) + ' published' + (schedule.missed > 0 ? ', ' +
            exact(schedule.missed) + ' missed' : '') + (schedule.full > 0 ? ', ' +
            exact(schedule.full) + ' found no room' : '') + ' since the start');
        this.drawTimes();
        this.poll();
    }
}
