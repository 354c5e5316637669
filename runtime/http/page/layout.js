'use strict';
/*
 * layout.js - places a directed graph in columns from left to right. It knows nothing of buses.
 *
 *   1. Edges that close a circle are turned round for the placing (depth first search).
 *   2. A node's column is the longest way from a node without predecessors.
 *   3. An edge over several columns gets a place of its own in each of them, so that it passes
 *      between nodes; a turned edge also in the columns of its ends, where it makes a loop.
 *   4. Nodes of a column are ordered by the mean place of their neighbours, to and fro; the order
 *      with the fewest crossings is taken.
 *   5. Heights: each wants to be where its neighbours are; places that would overlap are moved as
 *      little as possible (pool adjacent violators: the exact least squares).
 *
 * nodes: [{id, width, height, ports}]; ports: edges end at places of their own, PORT apart, below
 * the node's title (else at its middle). edges: [{id, from, to}]. Afterwards nodes have x, y and
 * layer, edges `path`, `start` and `end` ({x, y}). Returns {width, height}.
 */

const PORT = 18;
const PORT_TOP = 30;       /* from a node's upper edge to its first port */
const COLUMN_GAP = 30;     /* between two columns, and more where many edges pass: */
const COLUMN_GAP_MOST = 96;
const LEAD = 46;           /* edges run straight for so long before and behind a node with ports */
const ROW_GAP = 12;
const PASS_HEIGHT = 10;    /* of the place of an edge that passes */
const SWEEPS = 16;
const SWEEPS_LARGE = 4;    /* with more links than: */
const LINKS_LARGE = 1500;

/* Ids of edges that close a circle. */
function findTurned(nodes, out) {
    const turned = new Set();
    const state = new Map();

    /* Without recursion: names may be many. */
    for (const root of nodes) {
        const stack = state.has(root.id) ? [] : [{id: root.id, next: 0}];

        while (stack.length > 0) {
            const top = stack[stack.length - 1];
            const edges = out.get(top.id) || [];

            if (top.next === 0)
                state.set(top.id, 'open');
            if (top.next >= edges.length) {
                state.set(top.id, 'done');
                stack.pop();
                continue;
            }
            const edge = edges[top.next++];

            if (state.get(edge.to) === 'open')
                turned.add(edge.id);
            else if (!state.has(edge.to))
                stack.push({id: edge.to, next: 0});
        }
    }
    return turned;
}

function group(list, key) {
    const map = new Map();

    for (const one of list) {
        const of = map.get(one[key]);

        if (of)
            of.push(one);
        else
            map.set(one[key], [one]);
    }
    return map;
}

function setLayers(nodes, edges, turned) {
    const links = edges.map((edge) => (turned.has(edge.id) ? {from: edge.to, to: edge.from}
        : edge));
    const into = new Map(nodes.map((node) => [node.id, 0]));
    const out = group(links, 'from');
    const byName = new Map(nodes.map((node) => [node.id, node]));

    for (const link of links)
        into.set(link.to, into.get(link.to) + 1);
    const ready = nodes.filter((node) => into.get(node.id) === 0);

    for (const node of nodes)
        node.layer = 0;
    for (let i = 0; i < ready.length; i++)
        for (const link of out.get(ready[i].id) || []) {
            const to = byName.get(link.to);

            to.layer = Math.max(to.layer, ready[i].layer + 1);
            into.set(link.to, into.get(link.to) - 1);
            if (into.get(link.to) === 0)
                ready.push(to);
        }
}

/* Columns with places for the edges that pass; `links` join places of neighbouring columns. */
function makeColumns(nodes, edges, turned) {
    const columns = [];
    const links = [];
    const byName = new Map(nodes.map((node) => [node.id, node]));
    const put = (place) => {
        while (columns.length <= place.layer)
            columns.push([]);
        columns[place.layer].push(place);
        return place;
    };

    for (const node of nodes)
        put(Object.assign(node, {left: [], right: [], near: null}));
    for (const edge of edges) {
        const isTurned = turned.has(edge.id);
        const first = byName.get(isTurned ? edge.to : edge.from);
        const last = byName.get(isTurned ? edge.from : edge.to);
        const pass = (layer, near) => put({pass: edge, layer, near, height: PASS_HEIGHT, left: [],
            right: []});
        let before = isTurned ? pass(first.layer, first) : first;

        edge.turned = isTurned;
        edge.passes = isTurned ? [before] : [];
        for (let layer = first.layer + 1; layer <= last.layer; layer++) {
            const at = layer < last.layer ? pass(layer, null) : isTurned ? pass(layer, last) : last;

            links.push({from: before, to: at, edge});
            before.right.push(at);
            at.left.push(before);
            if (at.pass)
                edge.passes.push(at);
            before = at;
        }
    }
    return {columns, links};
}

function number(columns) {
    for (const column of columns)
        column.forEach((place, index) => { place.index = index; });
}

function crossings(columns, links) {
    const byLayer = group(links.map((link) => ({layer: link.from.layer, from: link.from.index,
        to: link.to.index})), 'layer');
    let count = 0;

    for (const list of byLayer.values())
        for (let i = 0; i < list.length; i++)
            for (let j = i + 1; j < list.length; j++)
                if ((list[i].from - list[j].from) * (list[i].to - list[j].to) < 0)
                    count++;
    return count;
}

function order(columns, links) {
    let best = null;

    const sweeps = links.length > LINKS_LARGE ? SWEEPS_LARGE : SWEEPS;

    number(columns);
    for (let sweep = 0; sweep <= sweeps; sweep++) {
        const count = crossings(columns, links);

        if (!best || count < best.count)
            best = {count, columns: columns.map((column) => [...column])};
        if (count === 0 || sweep === sweeps)
            break;
        const forward = sweep % 2 === 0;
        const side = forward ? 'left' : 'right';

        for (let i = 0; i < columns.length; i++) {
            const column = columns[forward ? i : columns.length - 1 - i];
            const wish = new Map(column.map((place) => {
                const near = place.near ? [place.near.index + 0.6] : [];
                const list = place[side].map((other) => other.index).concat(near);

                return [place, list.length > 0 ? list.reduce((a, b) => a + b, 0) / list.length
                    : place.index];
            }));

            column.sort((a, b) => wish.get(a) - wish.get(b) || a.index - b.index);
            column.forEach((place, index) => { place.index = index; });
        }
    }
    best.columns.forEach((column, index) => { columns[index] = column; });
    number(columns);
}

/* Heights of `places`, in order, as near to their wishes as their sizes allow. */
function settle(places, wishes) {
    const blocks = [];
    let offset = 0;

    places.forEach((place, index) => {
        const previous = places[index - 1];

        if (previous)
            offset += previous.height + (previous.pass && place.pass ? 2 : ROW_GAP);
        place.offset = offset;
        let block = {sum: wishes[index] - offset, count: 1, from: index};

        while (blocks.length > 0) {
            const last = blocks[blocks.length - 1];

            if (last.sum / last.count <= block.sum / block.count)
                break;
            blocks.pop();
            block = {sum: last.sum + block.sum, count: last.count + block.count, from: last.from};
        }
        blocks.push(block);
    });
    blocks.forEach((block, index) => {
        const end = index + 1 < blocks.length ? blocks[index + 1].from : places.length;

        for (let i = block.from; i < end; i++)
            places[i].y = block.sum / block.count + places[i].offset;
    });
}

function middle(place) {
    return place.y + place.height / 2;
}

function setHeights(columns) {
    for (const column of columns) {
        let y = 0;

        for (const place of column) {
            place.y = y;
            y += place.height + ROW_GAP;
        }
    }
    for (let round = 0; round < 24; round++) {
        const forward = round % 2 === 0;

        for (let i = 0; i < columns.length; i++) {
            const column = columns[forward ? i : columns.length - 1 - i];
            const both = round >= 20;

            settle(column, column.map((place) => {
                const others = both ? place.left.concat(place.right)
                    : forward ? place.left : place.right;
                const list = others.map(middle);

                /* At the side of its node where the order has put it: else both would be pushed,
                 * and all that hangs on them, a bit further each time. */
                if (place.near)
                    list.push(place.near.index > place.index ? place.near.y - PASS_HEIGHT
                        : place.near.y + place.near.height + PASS_HEIGHT);
                return list.length > 0 ? list.reduce((a, b) => a + b, 0) / list.length -
                    place.height / 2 : place.y;
            }));
        }
    }
    closeGaps(columns.flat());
}

/* Takes out stripes in which there is nothing, for what is not connected goes its own way. */
function closeGaps(places) {
    let shift = 0;
    let bottom = -Infinity;

    for (const place of places.sort((a, b) => a.y - b.y)) {
        if (place.y > bottom + 2 * ROW_GAP)
            shift = bottom === -Infinity ? place.y : shift + place.y - bottom - 2 * ROW_GAP;
        bottom = Math.max(bottom, place.y + place.height);
        place.y -= shift;
    }
}

/* The height at which each edge leaves and reaches its nodes. */
function setPorts(nodes, edges, byName) {
    const at = new Map(edges.map((edge) => [edge, {}]));
    const one = (node, list, end, other) => {
        const height = (edge) => {
            const pass = edge.turned ? (end === 'from' ? edge.passes[edge.passes.length - 1]
                : edge.passes[0]) : end === 'from' ? edge.passes[0]
                : edge.passes[edge.passes.length - 1];

            return middle(pass || byName.get(edge[other]));
        };

        list.sort((a, b) => height(a) - height(b)).forEach((edge, index) => {
            at.get(edge)[end] = node.ports ? node.y + PORT_TOP + PORT * index : middle(node);
        });
    };
    const out = group(edges, 'from');
    const into = group(edges, 'to');

    for (const node of nodes) {
        one(node, out.get(node.id) || [], 'from', 'to');
        one(node, into.get(node.id) || [], 'to', 'from');
    }
    return at;
}

function setColumnsX(columns) {
    let x = 0;

    for (const column of columns) {
        const width = Math.max(...column.map((place) => place.width || 0));
        const passing = column.reduce((sum, place) => sum + place.right.length, 0);

        for (const place of column) {
            place.x = x;
            place.columnWidth = width;
            if (place.pass)
                place.width = width;
        }
        x += width + LEAD + Math.min(COLUMN_GAP_MOST, COLUMN_GAP + passing * 1.5);
    }
}

function curve(from, to) {
    const bend = Math.max(18, Math.abs(to.x - from.x) * 0.5) * Math.sign(to.x - from.x || 1);

    return `C${from.x + bend} ${from.y} ${to.x - bend} ${to.y} ${to.x} ${to.y}`;
}

/* Round the end of a node: both points at the same side of it. */
function loop(from, to, out) {
    return `C${from.x + out} ${from.y} ${to.x + out} ${to.y} ${to.x} ${to.y}`;
}

function edgePath(edge, from, to, at) {
    const start = {x: from.x + from.width, y: at.from};
    const end = {x: to.x, y: at.to};
    const lead = from.ports ? LEAD : 4;
    const tail = to.ports ? LEAD : 8;
    let path = `M${start.x} ${start.y}`;
    let here;

    edge.start = start;
    edge.end = end;
    if (!edge.turned) {
        here = {x: from.x + from.columnWidth + lead, y: start.y};
        path += `H${here.x}`;
        for (const pass of edge.passes) {
            const enter = {x: pass.x, y: middle(pass)};

            path += curve(here, enter) + `H${pass.x + pass.width}`;
            here = {x: pass.x + pass.width, y: enter.y};
        }
        return path + curve(here, {x: end.x - tail, y: end.y}) + `H${end.x - 5}`;
    }
    for (const pass of [...edge.passes].reverse()) {
        const enter = {x: pass.x + pass.width, y: middle(pass)};

        path += here ? curve(here, enter) : (from.ports ? `H${start.x + LEAD}` : '') + loop(
            {x: start.x + (from.ports ? LEAD : 0), y: start.y},
            {x: Math.max(start.x, enter.x), y: enter.y}, 30);
        path += `H${pass.x}`;
        here = {x: pass.x, y: enter.y};
    }
    const reach = to.ports ? LEAD : 8;

    return path + `H${end.x - reach + 6}` + loop({x: end.x - reach + 6, y: here.y},
        {x: end.x - reach + 6, y: end.y}, -28) + `H${end.x - 5}`;
}

function layoutGraph(nodes, edges) {
    if (nodes.length === 0)
        return {width: 0, height: 0};
    const byName = new Map(nodes.map((node) => [node.id, node]));
    const turned = findTurned(nodes, group(edges, 'from'));

    setLayers(nodes, edges, turned);
    const {columns, links} = makeColumns(nodes, edges, turned);

    order(columns, links);
    setHeights(columns);
    setColumnsX(columns);
    const ports = setPorts(nodes, edges, byName);

    for (const edge of edges)
        edge.path = edgePath(edge, byName.get(edge.from), byName.get(edge.to), ports.get(edge));
    const places = columns.flat();

    return {width: Math.max(...places.map((place) => place.x + place.width)),
        height: Math.max(...places.map((place) => place.y + place.height))};
}
