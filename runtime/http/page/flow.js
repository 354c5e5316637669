'use strict';
/*
 * flow.js - the picture of who sends what to whom, with rates on its arrows. The shape comes from
 * /graph (components, what they hear and what they emit) and from handlers that were registered
 * alone; it is laid out anew only when the shape, the filter or the set of messages shown changes.
 *
 * The bus counts a message when it is published, not by whom: an arrow out of a component shows the
 * message's rate, and says so when others may publish it too. Arrows into components show runs of
 * that component's handler.
 */

const FLOW_ALL = 40;    /* with so many messages or fewer all are shown */
const FLOW_MOST = 60;   /* else those that are used most */
const FLOW_COMPACT = 26;    /* with more they stand closer */
const FLOW_GROWS_MS = 10000; /* messages are taken in no more often than this */
const ALONE = '\nalone';
const GRAPH_AGAIN_MS = 60000;
const GRAPH_FIRST_MS = 5000; /* where it could not be told yet */

class Flow {
    constructor(model) {
        this.model = model;
        this.graph = null;
        this.asked = -Infinity;
        this.visible = new Set();
        this.scale = 0;
        this.measure = document.createElement('canvas').getContext('2d');
        byId('flow-find').addEventListener('input', () => this.rebuild());
        byId('flow-show').addEventListener('change', () => this.rebuild());
        byId('flow-in').addEventListener('click', () => this.zoom(this.scale * 1.2));
        byId('flow-out').addEventListener('click', () => this.zoom(this.scale / 1.2));
        byId('flow-fit').addEventListener('click', () => this.zoom(this.fitting()));
    }

    /* Whether /graph is to be asked: at first, when somebody came or went, and now and then. */
    wants() {
        const shape = this.model.handlers.size + ' ' + this.model.messages.size;

        const age = performance.now() - this.asked;

        return this.graph ? this.model.restarted || shape !== this.shape || age > GRAPH_AGAIN_MS
            : age > GRAPH_FIRST_MS;
    }

    take(graph) {
        const text = JSON.stringify(graph) + [...this.model.handlers.keys()].join();

        this.asked = performance.now();
        this.shape = this.model.handlers.size + ' ' + this.model.messages.size;
        if (text === this.text)
            return;
        this.text = text;
        this.graph = graph;
        this.rebuild();
    }

    /* ---- what is shown ---- */

    /* Components with what they hear and emit; those registered alone as one more. */
    parties() {
        const list = this.graph.components.map((component) => ({name: component.name,
            concurrent: component.concurrent,
            hears: [...new Set([...component.handles, ...component.listens])],
            emits: [...new Set(component.emits)], handlers: new Map()}));
        const alone = {name: ALONE, concurrent: false, hears: [], emits: [], handlers: new Map()};

        for (const handler of this.model.handlers.values()) {
            const owner = list.find((one) => one.hears.includes(handler.message) && (
                handler.name.startsWith(one.name + '.') || handler.name.includes('.' + one.name +
                '.'))) || alone;

            if (owner === alone && !alone.hears.includes(handler.message))
                alone.hears.push(handler.message);
            if (!owner.handlers.has(handler.message))
                owner.handlers.set(handler.message, []);
            owner.handlers.get(handler.message).push(handler.key);
        }
        return alone.hears.length > 0 ? [...list, alone] : list;
    }

    used(name) {
        const entry = this.model.messages.get(name);

        return entry && entry.now.accepted > 0;
    }

    moving(name) {
        const entry = this.model.messages.get(name);

        return entry && (entry.accepted.since(HISTORY) > 0 || entry.now.held > 0);
    }

    chosen() {
        const mode = byId('flow-show').value;
        const names = this.graph.messages.map((message) => message.name);
        const own = names.filter((name) => this.used(name) || !name.startsWith('bus_system.'));

        if (mode === 'all')
            return names;
        if (mode === 'used')
            return names.filter((name) => this.used(name));
        if (mode === 'moving')
            return names.filter((name) => this.moving(name));
        if (own.length <= FLOW_ALL)
            return own;
        const weight = (name) => {
            const {now} = this.model.messages.get(name);

            return now.failed > 0 ? now.failed * 1e15 : now.accepted;
        };

        const used = own.filter((name) => this.used(name));

        return used.length === 0 ? own.slice(0, FLOW_ALL)
            : used.sort((a, b) => weight(b) - weight(a)).slice(0, FLOW_MOST);
    }

    rebuild() {
        if (!this.graph)
            return;
        const find = byId('flow-find').value.trim().toLowerCase();
        const all = this.parties();
        let names = new Set(this.chosen());
        let parties = all;

        if (find) {
            const found = all.filter((one) => one.name.toLowerCase().includes(find));
            const near = new Set(found.flatMap((one) => [...one.hears, ...one.emits]));

            names = new Set([...names].filter((name) => near.has(name) ||
                name.toLowerCase().includes(find)));
            parties = all.filter((one) => found.includes(one) ||
                [...one.hears, ...one.emits].some((name) => names.has(name) &&
                    name.toLowerCase().includes(find)));
        } else if (names.size < this.graph.messages.length) {
            parties = all.filter((one) => one.hears.length + one.emits.length === 0 ||
                [...one.hears, ...one.emits].some((name) => names.has(name)));
        }
        this.visible = names;
        this.build(names, parties, all);
        const hidden = this.graph.messages.length - names.size;

        setText(byId('flow-hint'), plural(parties.length, 'component') + ', ' +
            (hidden === 0 ? plural(names.size, 'message') : exact(names.size) + ' of ' +
            plural(this.graph.messages.length, 'message') + (find ? '' : '; ' + exact(hidden) +
            ' that move less are not drawn')) + '. Arrows show messages or runs a second; ' +
            'point at one for more, or open a message.');
    }

    /* ---- the picture ---- */

    nameOf(name) {
        return name === ALONE ? 'registered alone' : this.model.brief(name);
    }

    textWidth(text, bold) {
        this.measure.font = (bold ? '600 ' : '') + '13px ' + getComputedStyle(document.body)
            .fontFamily;
        return this.measure.measureText(text).width;
    }

    cut(text, width, bold) {
        if (this.textWidth(text, bold) <= width)
            return text;
        let end = text.length;

        while (end > 1 && this.textWidth(text.slice(0, end) + '…', bold) > width)
            end--;
        return text.slice(0, end) + '…';
    }

    build(names, parties, all) {
        const compact = names.size > FLOW_COMPACT;
        const infos = new Map(this.graph.messages.map((message) => [message.name, message]));
        const heard = new Map();
        const emitted = new Map(); /* by how many components, shown or not */
        const nodes = [];
        const edges = [];

        for (const party of parties) {
            const into = party.hears.filter((name) => names.has(name));
            const out = party.emits.filter((name) => names.has(name));
            const title = this.cut(this.nameOf(party.name), 170, true);

            nodes.push({id: 'c:' + party.name, party, title, ports: true,
                width: Math.max(96, Math.ceil(this.textWidth(title, true)) + 28),
                height: PORT_TOP + PORT * (Math.max(into.length, out.length, 1) - 1) + 14});
            for (const name of into) {
                edges.push({id: 'h:' + party.name + '\n' + name, from: 'm:' + name,
                    to: 'c:' + party.name, message: name, keys: party.handlers.get(name) || []});
                heard.set(name, true);
            }
            for (const name of out) {
                edges.push({id: 'e:' + party.name + '\n' + name, from: 'c:' + party.name,
                    to: 'm:' + name, message: name});
            }
        }
        for (const party of all)
            for (const name of party.emits)
                emitted.set(name, (emitted.get(name) || 0) + 1);
        for (const name of names) {
            const info = infos.get(name);
            const title = this.cut(this.nameOf(name), 190, false);
            const wide = Math.ceil(this.textWidth(title, false)) + 30 +
                (info.durable ? 14 : 0);

            nodes.push({id: 'm:' + name, message: name, info, title, compact, width: Math.max(
                compact ? 90 : 104, wide), height: compact ? 24 : 38, outside: !emitted.has(name),
            unheard: !heard.has(name)});
        }
        for (const edge of edges)
            edge.emitters = emitted.get(edge.message) || 0;
        this.nodes = nodes;
        this.edges = edges;
        this.place();
    }

    place() {
        const {nodes, edges} = this;
        /* What flows together stands together from the beginning. */
        const size = layoutGraph(nodes, edges);
        const outside = nodes.filter((node) => node.outside);
        const first = nodes.filter((node) => node.layer === 0);
        const shift = outside.length > 0 ? 124 : 12;
        const widest = Math.max(0, ...first.map((node) => node.width));

        this.width = size.width + shift + 64;
        this.height = size.height + 28;
        this.svg = svg('svg', {class: 'flow', role: 'group', viewBox: `0 0 ${this.width} ${
            this.height}`, 'aria-label': 'Components and messages'});
        const root = svg('g', {transform: `translate(${shift} 14)`});

        if (outside.length > 0)
            this.drawOutside(root, outside, widest);
        for (const edge of edges)
            this.drawEdge(root, edge);
        for (const node of nodes)
            this.drawNode(root, node);
        this.svg.append(root);
        byId('flow-canvas').replaceChildren(nodes.length > 0 ? this.svg
            : el('p', {class: 'empty'}, 'Nothing to draw: no message matches.'));
        /* All of it, down to what can still be read; below that it scrolls. */
        this.zoom(Math.min(1.1, Math.max(0.55, this.fitting())));
        this.draw();
    }

    /* A bar at the left for whoever publishes without being a component, and its arrows. */
    drawOutside(root, outside) {
        const top = Math.min(...outside.map((node) => node.y));
        const bottom = Math.max(...outside.map((node) => node.y + node.height));
        const middleY = (top + bottom) / 2;

        root.append(svg('g', {class: 'outside', tip: () => 'Publishers that are no component: ' +
            'the program itself, schedules, other threads'},
        svg('rect', {x: -112, y: top, width: 26, height: bottom - top, rx: 6}),
        svg('text', {x: -95, y: middleY, transform: `rotate(-90 -95 ${middleY})`,
            'text-anchor': 'middle'}, bottom - top > 120 ? 'publishers outside' : 'outside')));
        for (const node of outside) {
            const edge = {id: 'o:' + node.message, message: node.message, to: node.id, from: null,
                outside: true, start: {x: -86, y: middle(node)}, end: {x: node.x, y: middle(node)},
                path: `M-86 ${middle(node)}H${node.x - 5}`};

            this.edges.push(edge);
        }
    }

    drawEdge(root, edge) {
        const {x, y} = edge.end;
        const into = edge.keys !== undefined || edge.outside;

        edge.line = svg('path', {class: 'arrow', d: edge.path});
        edge.touch = svg('path', {class: 'touch', d: edge.path, tip: () => this.edgeTip(edge)});
        edge.tip = svg('path', {class: 'tip', d: `M${x - 8} ${y - 4.5}L${x} ${y}L${x - 8} ${
            y + 4.5}Z`});
        edge.label = svg('text', into ? {x: x - 11, y: y - 5, class: 'rate', 'text-anchor': 'end'}
            : {x: edge.start.x + 5, y: edge.start.y - 5, class: 'rate'});
        edge.group = svg('g', {class: 'edge'}, edge.line, edge.tip, edge.label, edge.touch);
        root.append(edge.group);
    }

    drawNode(root, node) {
        const {x, y, width, height} = node;
        const isMessage = node.message !== undefined;
        const command = isMessage && node.info.kind === 'command';
        const nose = Math.min(10, height / 3);
        const shape = command
            ? svg('path', {class: 'shape', d: `M${x} ${y + 3}q0 -3 3 -3H${x + width - nose}L${
                x + width} ${y + height / 2}L${x + width - nose} ${y + height}H${
                x + 3}q-3 0 -3 -3Z`})
            : svg('rect', {class: 'shape', x, y, width, height, rx: isMessage ? height / 2 : 5});

        node.rate = svg('text', {class: 'sub', x: x + 14, y: y + 30});
        node.group = svg('g', {class: 'node ' + (isMessage ? (command ? 'command' : 'event')
            : 'component'), tabindex: '0', role: 'button', 'aria-label': (isMessage
            ? node.info.kind + ' ' : 'component ') + (node.message || this.nameOf(node.party.name)),
        tip: () => this.nodeTip(node), onclick: () => this.press(node),
        onkeydown: (event) => {
            if (event.key === 'Enter' || event.key === ' ') {
                event.preventDefault();
                this.press(node);
            }
        }, onpointerenter: () => this.light(node), onpointerleave: () => this.light(null),
        onfocus: () => this.light(node), onblur: () => this.light(null)}, shape,
        node.party && node.party.concurrent ? svg('rect', {class: 'second', x: x + 3, y: y + 3,
            width: width - 6, height: height - 6, rx: 3}) : null,
        svg('text', {class: 'title', x: x + 14, y: y + (isMessage ? (node.compact ? 16.5 : 16.5)
            : 18)}, node.title),
        isMessage && !node.compact ? node.rate : null,
        isMessage && node.info.durable ? svg('path', {class: 'durable', d: `M${x + width - 24} ${
            y + 10}h9m-9 3h9m-9 3h9`}) : null);
        root.append(node.group);
    }

    press(node) {
        if (node.message !== undefined)
            page.detail.open(node.message);
        else
            this.light(node);
    }

    /* Shows one node with its neighbours, the rest pale. */
    light(node) {
        const near = new Set();

        if (node)
            for (const edge of this.edges)
                if (edge.from === node.id || edge.to === node.id)
                    near.add(edge).add(edge.from).add(edge.to);
        for (const edge of this.edges)
            edge.group.classList.toggle('pale', node !== null && !near.has(edge));
        for (const other of this.nodes)
            other.group.classList.toggle('pale', node !== null && other !== node &&
                !near.has(other.id));
    }

    fitting() {
        return (byId('flow-canvas').clientWidth - 2) / this.width;
    }

    zoom(scale) {
        this.scale = Math.min(2, Math.max(0.25, scale));
        this.svg.setAttribute('width', Math.floor(this.width * this.scale));
        this.svg.setAttribute('height', Math.floor(this.height * this.scale));
    }

    /* ---- figures ---- */

    rates(edge) {
        const back = this.model.history.back5;
        const message = this.model.messages.get(edge.message);

        if (!edge.keys)
            return {rate: message ? message.accepted.rate(back) || 0 : 0, failing: 0};
        let rate = 0;
        let failing = 0;

        for (const key of edge.keys) {
            const handler = this.model.handlers.get(key);

            rate += handler ? handler.runs.rate(back) || 0 : 0;
            failing += handler ? handler.failures.rate(back) || 0 : 0;
        }
        return {rate, failing};
    }

    edgeTip(edge) {
        const {rate, failing} = this.rates(edge);
        const number = (value) => exact(Math.round(value * 100) / 100);

        if (edge.outside)
            return edge.message + '\npublished from outside, ' + number(rate) + ' a second';
        if (edge.keys)
            return edge.message + ' → ' + this.nameOf(edge.to.slice(2)) + '\n' + number(rate) +
                ' runs a second' + (failing > 0 ? ', ' + number(failing) + ' of them fail' : '');
        return this.nameOf(edge.from.slice(2)) + ' → ' + edge.message + '\n' + number(rate) +
            ' a second ' + (edge.emitters > 1 ? 'of all its ' + edge.emitters + ' publishers'
            : 'in all');
    }

    nodeTip(node) {
        if (node.party)
            return this.nameOf(node.party.name) + (node.party.concurrent ? ' (concurrent)' : '') +
                '\nhears ' + plural(node.party.hears.length, 'message') + ', emits ' +
                exact(node.party.emits.length);
        const entry = this.model.messages.get(node.message);
        const {info} = node;

        return node.message + '\n' + info.kind + ', priority ' + info.priority + (info.durable
            ? ', durable' : '') + (info.key ? ', in order of its key' : '') + (entry ? '\n' +
            exact(entry.now.accepted) + ' accepted, ' + exact(entry.now.failed) + ' failed, ' +
            exact(entry.now.held) + ' waiting' : '') + (node.unheard ? '\nnobody hears it' : '');
    }

    /* A message moves, or fails, that is not shown. */
    isShort() {
        const {history, messages} = this.model;

        return !byId('flow-find').value && this.graph.messages.some(({name}) => {
            const entry = messages.get(name);

            return entry && !this.visible.has(name) && (entry.failed.since(history.back5) > 0 ||
                (this.visible.size < FLOW_MOST && this.used(name) && this.moving(name)));
        });
    }

    /* Rates, widths, colours. A message that begins to move is taken in. */
    draw() {
        if (!this.graph || !this.nodes)
            return;
        if (performance.now() - (this.grown || 0) > FLOW_GROWS_MS && this.isShort()) {
            this.grown = performance.now();
            this.rebuild();
            return;
        }
        for (const edge of this.edges) {
            const {rate, failing} = this.rates(edge);

            setText(edge.label, rate <= 0 ? '' : failing > 0 ? '✕ ' +
                rateNumber(failing) + '/' + rateNumber(rate) : rateNumber(rate));
            setAttribute(edge.line, 'stroke-width', (rate > 0 ? Math.min(7, 1.2 + 1.1 *
                Math.log10(1 + rate)) : 1).toFixed(1));
            setAttribute(edge.group, 'data-level', failing > 0 ? 'bad' : rate > 0 ? 'moves' : null);
        }
        for (const node of this.nodes)
            this.drawFigures(node);
    }

    drawFigures(node) {
        const back = this.model.history.back5;

        if (node.party) {
            const failing = [...node.party.handlers.values()].flat().some((key) => {
                const handler = this.model.handlers.get(key);

                return handler && handler.failures.rate(back) > 0;
            });

            setAttribute(node.group, 'data-level', failing ? 'bad' : null);
            return;
        }
        const entry = this.model.messages.get(node.message);
        const rate = entry ? entry.accepted.rate(back) || 0 : 0;
        const failed = entry ? entry.failed.rate(back) || 0 : 0;

        if (!node.compact)
            setText(node.rate, rateText(rate) + (entry && entry.now.held > 0 ? ' · ' +
                short(entry.now.held) + ' wait' : ''));
        setAttribute(node.group, 'data-level', failed > 0 ? 'bad' : rate > 0 ? 'moves' : null);
    }
}
