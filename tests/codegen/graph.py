"""graph.py X.dot X.mmd - reads both graphs line by line, knowing every form a line may have: each node is
declared once, each end of an edge is declared, braces close, and both have the same nodes and edges."""
import re
import sys

ID = r"[cmp]_[a-z0-9_]+"
SHAPES = r"hexagon|ellipse|box|plaintext"
DOT_NODE = re.compile(rf'({ID}) \[shape=(?:{SHAPES})(?:, (?:peripheries=2|style=dashed))?, label="[a-z0-9_. \\]+"\];')
DOT_EDGE = re.compile(rf'({ID}) -> ({ID}) \[label="([a-z ]+)"(?:, style=(?:bold|dashed|dotted))?\];')
DOT_OTHER = re.compile(r'//.*|digraph "[a-z0-9_]+" \{|rankdir=LR;|(?:node|edge) \[.*\];|'
                       r'subgraph cluster_[a-z0-9_]+ \{|label="program [a-z0-9_]+";|\}')
TEXT = r'"[a-z0-9_. ]+(?:<br>(?:integration|concurrent))?"'
MERMAID_NODE = re.compile(rf"(subgraph )?({ID})(?:\[{TEXT}\]|\[\[{TEXT}\]\]|\{{\{{{TEXT}\}}\}}|\(\[{TEXT}\]\)|>{TEXT}\])")
MERMAID_EDGE = re.compile(rf"({ID}) (?:==>|-->|-\.->|-\.-)\|([a-z ]+)\| ({ID})")
MERMAID_OTHER = re.compile(r"%%.*|flowchart LR|end")


def read(path, node, edge, other, take_node, take_edge):
    nodes, edges = [], []
    text = open(path, encoding="ascii").read()
    for line in text.splitlines():
        line = line.strip()
        if found := edge.fullmatch(line):
            edges.append(take_edge(found))
        elif found := node.fullmatch(line):
            nodes.append(take_node(found))
        else:
            assert other.fullmatch(line), (path, line)
    assert len(nodes) == len(set(nodes)), (path, "a node twice")
    assert len(edges) == len(set(edges)), (path, "an edge twice")
    for start, end, _ in edges:
        assert {start, end} <= set(nodes), (path, start, end)
    return text, {name for name in nodes if name[0] != "p"}, edges


dot, dot_nodes, dot_edges = read(sys.argv[1], DOT_NODE, DOT_EDGE, DOT_OTHER, lambda f: f[1],
                                 lambda f: (f[1], f[2], f[3]))
mermaid, nodes, edges = read(sys.argv[2], MERMAID_NODE, MERMAID_EDGE, MERMAID_OTHER, lambda f: f[2],
                             lambda f: (f[1], f[3], f[2]))
assert dot.count("{") == dot.count("}") and dot.startswith("// ")
assert len(re.findall(r"^ *subgraph ", mermaid, re.M)) == len(re.findall(r"^ *end$", mermaid, re.M))
assert dot_nodes == nodes, dot_nodes ^ nodes
assert dot_edges == edges
