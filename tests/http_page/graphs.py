"""The layout of the flow, for graphs of any shape."""

# Random graphs of components and messages, circles and lonely nodes among them. What is wrong with
# the layout of one, in words.
CHECK = """
let seed = arguments[0];
const random = (most) => (seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff,
    (seed >>> 12) % most);
const wrong = [];

for (const [components, messages] of [[0, 1], [1, 1], [1, 9], [4, 12], [12, 60], [30, 200]]) {
    const nodes = [];
    const edges = new Map();
    const count = new Map();
    const add = (from, to) => edges.set(from + to, {id: from + to, from, to});

    for (let i = 0; i < components; i++)
        nodes.push({id: 'c' + i, width: 90 + random(80), ports: true});
    for (let i = 0; i < messages; i++) {
        nodes.push({id: 'm' + i, width: 60 + random(150), height: 24});
        for (let k = random(4); k > 0 && components > 0; k--)
            add('m' + i, 'c' + random(components));
        if (random(3) > 0 && components > 0)
            add('c' + random(components), 'm' + i);
    }
    for (const {from, to} of edges.values())
        for (const end of ['from ' + from, 'to ' + to])
            count.set(end, (count.get(end) || 0) + 1);
    for (const node of nodes)
        node.height = node.height || PORT_TOP + 14 + PORT * (Math.max(1,
            count.get('from ' + node.id) || 0, count.get('to ' + node.id) || 0) - 1);
    const list = [...edges.values()];
    const size = layoutGraph(nodes, list);
    const name = `${components} components, ${messages} messages, ${arguments[0]}: `;
    const inside = (node) => node.x >= 0 && node.y >= -0.1 && node.x + node.width <= size.width &&
        node.y + node.height <= size.height + 0.1;
    const apart = (a, b) => a.x + a.width <= b.x || b.x + b.width <= a.x ||
        a.y + a.height <= b.y + 0.1 || b.y + b.height <= a.y + 0.1;

    if (!nodes.every(inside))
        wrong.push(name + 'a node is outside');
    if (nodes.some((a, i) => nodes.some((b, j) => i < j && !apart(a, b))))
        wrong.push(name + 'nodes lie on one another');
    if (size.height > 60 * messages + 400)
        wrong.push(name + 'so high: ' + size.height);
    for (const edge of list) {
        const from = nodes.find((node) => node.id === edge.from);
        const to = nodes.find((node) => node.id === edge.to);

        if (/NaN|undefined|Infinity/.test(edge.path))
            wrong.push(name + edge.path);
        if (edge.start.x !== from.x + from.width || edge.end.x !== to.x ||
            edge.start.y < from.y || edge.start.y > from.y + from.height ||
            edge.end.y < to.y || edge.end.y > to.y + to.height)
            wrong.push(name + edge.id + ' does not reach its nodes');
        if (!edge.turned && from.layer >= to.layer)
            wrong.push(name + edge.id + ' goes back');
    }
}
return wrong;
"""


class Graphs:
    """A part of Test in page.py."""

    def lays_out_any_graph(self):
        for seed in (1, 2):
            wrong = self.browser.run(CHECK, seed)
            assert not wrong, wrong[:10]
