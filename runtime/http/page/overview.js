'use strict';
/*
 * overview.js - the first screen: is the bus well, and if not why; how much it does.
 */

const STATE_WORDS = {healthy: 'Healthy', degraded: 'Degraded', critical: 'Critical'};

const RESTART_SHOWN_MS = 600000;

/* As /readyz says it: started, not stopping, store (if any) not broken. */
function isReady(status) {
    return status.state === 'running' && !(status.store && status.store.condition === 'broken');
}

class Overview {
    constructor(model) {
        this.model = model;
        this.facts = new Map();
        this.findings = new Map();
        this.makeTiles();
    }

    makeTiles() {
        const {history, totals, waiting, slowest} = this.model;
        const tile = (id, title, series, text, exactText, note) => {
            const value = el('strong', {class: 'figure', id: 'tile-' + id});
            const unit = el('span', {class: 'unit'});
            const under = el('span', {class: 'under'});
            const chart = new Chart(history, series, exactText, title + ', as time goes by');

            byId('tiles').append(el('article', {class: 'card tile', id: 'card-' + id},
                el('h3', {}, title), el('p', {class: 'value'}, value, unit), chart.node, under));
            return {value, unit, under, chart, text, note, series};
        };
        const perSecond = (rate) => exact(Math.round(rate * 100) / 100) + ' /s';

        this.tiles = {
            accepted: tile('accepted', 'Accepted', [{of: totals.accepted}], rateNumber, perSecond),
            processed: tile('processed', 'Processed', [{of: totals.processed}], rateNumber,
                perSecond),
            failed: tile('failed', 'Failed', [{of: totals.failed, class: 'bad'}], rateNumber,
                perSecond),
            lost: tile('lost', 'Dropped or refused', [{of: totals.lost, class: 'bad'}], rateNumber,
                perSecond),
            waiting: tile('waiting', 'Waiting', [{of: waiting}], short,
                (value) => exact(value) + ' messages'),
            slowest: tile('slowest', 'Slowest handler, p99', [{of: slowest}], nanoseconds,
                (value) => nanoseconds(value)),
        };
    }

    drawTiles() {
        const {history, totals, waiting, slowest} = this.model;

        for (const name of ['accepted', 'processed', 'failed', 'lost']) {
            const tile = this.tiles[name];
            const rate = totals[name].rate(history.back5);

            setText(tile.value, rateNumber(rate));
            setText(tile.unit, '/s');
            tile.value.tip = () => exact(Math.round(rate * 1000) / 1000) + ' a second, mean of 5 s';
            if (!this.model.status)
                continue;
            const all = totals[name].last;

            setText(tile.under, short(all) + ' since start');
            tile.under.tip = () => exact(all) + ' since the bus was opened';
            setAttribute(tile.value.closest('.tile'), 'data-level',
                name === 'failed' || name === 'lost' ? (rate > 0 ? 'bad' : 'calm') : 'plain');
        }
        const held = waiting.step(0);
        const p99 = slowest.step(0);

        setText(this.tiles.waiting.value, short(held));
        this.tiles.waiting.value.tip = () => exact(held) + ' messages: in lanes, to be tried ' +
            'again, for an answer';
        setText(this.tiles.waiting.under, 'in lanes and to be tried again');
        const [number, unit] = nanoseconds(p99).split(GAP);

        setText(this.tiles.slowest.value, number);
        setText(this.tiles.slowest.unit, unit || '');
        setText(this.tiles.slowest.under, this.model.slowestName
            ? this.model.brief(this.model.slowestName) : 'nothing timed in the last minute');
        setText(byId('rates-title'), 'Rates, the last ' + (history.span <= HISTORY_FIRST_MS
            ? 'minute' : span(history.span)));
        for (const name in this.tiles)
            this.tiles[name].chart.draw();
    }

    /* A definition in a list that is made once and then only changed. */
    fact(list, name, text, tip, level) {
        const key = list.id + name;
        let entry = this.facts.get(key);

        if (!entry) {
            entry = {value: el('dd', {})};
            entry.node = el('div', {}, el('dt', {}, name), entry.value);
            this.facts.set(key, entry);
            list.append(entry.node);
        }
        setText(entry.value, text);
        setAttribute(entry.value, 'class', level || null);
        entry.value.tip = tip;
    }

    drawVerdict() {
        const {status} = this.model;
        const {health} = status;
        const level = levelOf(health.state);
        const ready = isReady(status);

        setState(level, STATE_WORDS[health.state] || health.state);
        setText(byId('state-line'), (ready ? 'Ready' : 'Not ready: the bus is ' + (status.state ===
            'running' ? 'without its store' : status.state)) + ' · running for ' +
            span(status.uptime_ms));
        const list = byId('facts');
        const rate = (name, value, good, tip) => this.fact(list, name, percent(value), tip,
            good ? null : 'bad');

        rate('Success', health.success_rate, health.success_rate > 0.95,
            () => 'messages that were processed, of those that ended within the last minute: ' +
                exact(health.success_rate * 100) + ' %');
        rate('Runs failing', health.error_rate, health.error_rate < 0.05,
            () => 'runs of handlers that failed, of all within the last minute: ' +
                exact(health.error_rate * 100) + ' %');
        rate('Recovered', health.recovery_rate, true,
            () => 'deliveries that succeeded after a failure, of those tried again: ' +
                exact(health.recovery_rate * 100) + ' %');
        this.fact(list, 'Errors a minute', exact(Math.round(health.errors_per_minute)),
            () => exact(health.errors) + ' errors since the start');
        this.fact(list, 'Dead letters', exact(status.dead_letters.waiting),
            () => bytesText(status.dead_letters.bytes) + ' kept; ' +
                exact(status.dead_letters.added) + ' came in all',
            status.dead_letters.waiting > 0 ? 'warn' : null);
    }

    /* What the page itself has noticed within the last minute, beside the bus's own reasons. */
    noticed() {
        const {history, status, messages, handlers, totals} = this.model;
        const found = [];
        const failing = [...handlers.values()]
            .map((handler) => ({handler, count: handler.failures.since(history.back60)}))
            .filter((one) => one.count > 0 || status.now_ms - one.handler.now.last_failure_ms <
                MINUTE_MS).sort((a, b) => b.count - a.count);

        if (status.now_ms - this.model.restartedWall < RESTART_SHOWN_MS)
            found.push({level: 'warn', href: '#program', title: 'Started again at ' +
                clock(this.model.restartedWall), text: 'process ' + status.pid});
        for (const {handler, count} of failing.slice(0, 3)) {
            const runs = handler.runs.since(history.back60);

            /* Before the page was opened it saw no runs, but the bus knows when one failed last. */
            found.push({level: count * 2 > runs || handler.now.consecutive > 2 ? 'bad' : 'warn',
                href: '#handlers', title: this.model.brief(handler.name) +
                (count > 0 ? ': ' + exact(count) + ' of ' + plural(runs, 'run') + ' failed' :
                    ' failed ' + span(status.now_ms - handler.now.last_failure_ms) + ' ago') + (
                handler.now.consecutive > 1 ? ', ' + exact(handler.now.consecutive) + ' in a row'
                    : ''),
            text: handler.now.last_error || ''});
        }
        if (failing.length > 3)
            found.push({level: 'bad', href: '#handlers', title: 'and ' +
                plural(failing.length - 3, 'more handler') + ' failing', text: ''});
        for (const [what, field] of [['dropped', 'lost'], ['refused', 'refused']]) {
            const list = [...messages.values()]
                .map((message) => ({message, count: message[field].since(history.back60)}))
                .filter((one) => one.count > 0).sort((a, b) => b.count - a.count);

            if (list.length > 0)
                found.push({level: 'warn', href: '#messages', title: plural(list.reduce(
                    (sum, one) => sum + one.count, 0), 'message') + ' ' + what, text: list.slice(
                    0, 3).map((one) => this.model.brief(one.message.name)).join(', ') +
                    (list.length > 3 ? ' and others' : '')});
        }
        const letters = totals.letters.since(history.back60);

        if (letters > 0)
            found.push({level: 'warn', href: '#letters', title: plural(letters, 'new dead letter'),
                text: exact(status.dead_letters.waiting) + ' wait in all'});
        if (status.dead_letters.refused > 0)
            found.push({level: 'bad', href: '#letters', title: plural(status.dead_letters.refused,
                'dead letter') + ' refused since the start',
            text: 'there was no room to keep them'});
        if (status.log && status.log.lost > 0)
            found.push({level: 'warn', href: '#program', title: plural(status.log.lost,
                'log line') + ' lost since the start', text: status.log.text || ''});
        return found;
    }

    drawWhy() {
        const {status} = this.model;
        const list = status.health.reasons.map((reason) => ({
            level: levelOf(reason.state), title: reason.text, text: '',
            href: reasonPlace(reason.text)}));

        for (const one of this.noticed())
            list.push({...one, last: true});
        if (list.length === 0)
            list.push({level: 'ok', title: 'Nothing needs attention.', text: '', href: null});
        const nodes = list.map((one, index) => this.finding(one, index));

        setText(byId('why-title'), status.health.reasons.length > 0 ? 'Why' :
            list[0].level === 'ok' ? 'Within the last minute' : 'Noticed in the last minute');
        setChildren(byId('why'), nodes);
    }

    finding(one, index) {
        let entry = this.findings.get(index);

        if (!entry) {
            entry = {title: el('a', {}), text: el('span', {class: 'under'}),
                use: svg('use', {})};
            entry.node = el('li', {}, svg('svg', {class: 'mark', 'aria-hidden': 'true'}, entry.use),
                el('div', {}, entry.title, entry.text));
            this.findings.set(index, entry);
        }
        setAttribute(entry.use, 'href', '#i-' + one.level);
        setAttribute(entry.node, 'class', one.level + (one.last ? ' noticed' : ''));
        setAttribute(entry.title, 'href', one.href);
        setText(entry.title, one.title);
        setText(entry.text, one.text);
        return entry.node;
    }

    draw() {
        this.drawVerdict();
        this.drawWhy();
        this.drawTiles();
        this.drawProgram();
    }

    drawProgram() {
        const {status} = this.model;
        const list = byId('program-facts');
        const fact = (name, text, tip, level) => this.fact(list, name, text, tip, level);

        fact('Bus', status.bus);
        fact('Process', String(status.pid));
        fact('State', status.state);
        fact('Running for', span(status.uptime_ms), () => 'since ' +
            fullTime(status.now_ms - status.uptime_ms));
        fact('Workers', exact(status.workers));
        fact('Publishing threads', exact(status.threads));
        fact('Sessions', exact(status.sessions));
        fact('Handlers', exact(status.registered_handlers));
        fact('Memory', bytesText(status.memory_bytes), () => exact(status.memory_bytes) + ' bytes');
        fact('Pool', status.pool_bytes > 0 ? bytesText(status.pool_used_bytes) + ' of ' +
            bytesText(status.pool_bytes) : 'none', () => exact(status.pool_used_bytes) + ' of ' +
            exact(status.pool_bytes) + ' bytes used by large and held messages',
        status.pool_bytes > 0 && status.pool_used_bytes > 0.8 * status.pool_bytes ? 'warn' : null);
        this.drawKeeping(fact, status);
        fact('Busgen', status.busgen);
    }

    drawKeeping(fact, status) {
        const {store, log} = status;

        fact('Store', store ? store.condition + (store.text ? ': ' + store.text : '') : 'none',
            null, store && store.condition !== 'fine' ? 'bad' : null);
        fact('In the store', store ? plural(store.events, 'event') + ', ' +
            plural(store.letters, 'letter') + ', ' + exact(store.scheduled) + ' scheduled' : NONE);
        fact('Log', log ? (log.failing ? 'failing: ' + log.text : plural(log.lines, 'line')) + (
            log.lost > 0 ? ', ' + exact(log.lost) + ' lost' : '') : 'none', null,
        log && (log.failing || log.lost > 0) ? 'bad' : null);
    }
}

/* Where on this page more is to be seen about a reason; null: nowhere. */
function reasonPlace(text) {
    const places = [[/breaker/, '#breakers'], [/lane/, '#lanes'], [/letter/, '#letters'],
        [/stuck|handler/, '#handlers'], [/store|log|durable/, '#program'],
        [/success|message/, '#messages'], [/error/, '#errors']];

    for (const [pattern, place] of places)
        if (pattern.test(text))
            return place;
    return null;
}

/* The state in all places that show it: heading, header, title, icon. */
function setState(level, word) {
    const colours = {ok: '#1a8f4f', warn: '#d08700', bad: '#d0342c', wait: '#7a838d'};
    const name = (page.model.status && page.model.status.bus) || 'Busgen';

    setAttribute(document.body, 'data-state', level);
    for (const id of ['mark', 'top-mark'])
        setAttribute(byId(id).firstElementChild, 'href', '#i-' + level);
    setText(byId('state-word'), word);
    setText(byId('top-word'), word);
    setText(byId('bus'), name);
    const title = (level === 'ok' ? '' : word + ' · ') + name;

    if (document.title !== title)
        document.title = title;
    setAttribute(byId('icon'), 'href', 'data:image/svg+xml,' + encodeURIComponent(
        `<svg xmlns="${SVG}" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="${
            colours[level]}"/></svg>`));
}
