"""docs.py X.bus PAGE.html [X.md] - what cmark-gfm made of a page of busgen in Markdown, or one that busgen wrote in
HTML: the texts of the schema stand there as they were written and do nothing else, links lead somewhere, tables have
rows of one length. A page in HTML is well-formed XML besides, needs nothing from elsewhere, and draws each binding as
one line between boxes that do not overlap."""
import html.parser
import re
import sys
import xml.etree.ElementTree

bus_file, html_file = sys.argv[1:3]
page_file = sys.argv[3] if len(sys.argv) > 3 else None
TAGS = "p h1 h2 h3 h4 a table thead tbody tr th td ul li code pre".split()
BLOCKS = "p h1 h2 h3 h4 tr th td li pre caption title text footer".split()
ATTRIBUTES = {"a": {"id", "href"}, "td": {"align"}, "th": {"align"}, "code": {"class"}}
if page_file is None:
    TAGS += "html head meta title style body nav main section div span caption footer svg g path rect text".split()
    ATTRIBUTES = {"a": {"id", "href", "class"}, "th": {"scope", "class"}, "section": {"class", "id"},
                  "div": {"class", "tabindex", "role", "aria-label"}, "html": {"lang", "xmlns"},
                  "meta": {"charset", "name", "content"}, "nav": {"aria-label"},
                  "svg": {"xmlns", "width", "height", "viewbox", "style", "role", "aria-label"},
                  "path": {"class", "d"}, "rect": {"x", "y", "width", "height", "rx"}, "text": {"x", "y"}}
    ATTRIBUTES.update({tag: {"id"} for tag in ("h2", "h4", "main")})
    ATTRIBUTES.update({tag: {"class"} for tag in ("p", "span", "td", "g")})


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.text, self.anchors, self.links, self.comments, self.wrong, self.style = [], [], [], 0, [], False

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag not in TAGS or not set(attributes) <= ATTRIBUTES.get(tag, set()):
            self.wrong.append(self.get_starttag_text())
        self.anchors += [attributes["id"]] if "id" in attributes else []
        self.links += [attributes["href"]] if "href" in attributes else []
        self.text.append(" " if tag in BLOCKS else "")
        self.style = tag == "style"

    def handle_endtag(self, tag):
        self.text.append(" " if tag in BLOCKS else "")
        self.style = False

    def handle_data(self, data):
        self.text.append("" if self.style else data)
        if self.style and re.search(r"url|@import|[<&]", data):
            self.wrong.append("the style asks for more than it has")

    def handle_comment(self, data):
        self.comments += 1

    def handle_decl(self, decl):
        if decl != "DOCTYPE html":
            self.wrong.append(decl)

    def unknown_decl(self, data):
        self.wrong.append(data)

    handle_pi = unknown_decl


def plain(text):
    """Without what may differ: quotes of code, and where lines end."""
    return " ".join(text.replace("`", "").split())


page = Page()
with open(html_file, encoding="utf-8") as file:
    page.feed(file.read())
page.close()
wrong = list(page.wrong)
text = plain("".join(page.text))
with open(bus_file, encoding="utf-8") as file:
    source = file.read()
docs = re.findall(r"(?m)(?:^[ \t]*///[^\n]*\n)+", source)
for doc in docs:
    doc = plain(re.sub(r"(?m)^[ \t]*///", "", doc))
    if doc not in text:
        wrong.append(f"is not there as it was written: {doc}")
if page.comments != 1:
    wrong.append(f"{page.comments} comments")
if len(set(page.anchors)) != len(page.anchors):
    wrong.append("an anchor is there twice")
wrong += [f"leads nowhere: {link}" for link in page.links if link[1:] not in page.anchors or link[0] != "#"]
bus = re.search(r"(?m)^bus (\w+)", source)[1]
names = re.findall(r"(?m)^\s*(?:enum|flags|struct|table|union|event|command|component|program) (\w+)[^;\n]*\{", source)
older = re.findall(r"(?m)^\s*(?:event|command) (\w+) v(\d+) upgrades v(\d+)", source)
names += [f"{name}_v{before}" for name, _, before in older]
wrong += [f"is not described: {name}" for name in names if f"{bus}.{name}" not in page.anchors]
wrong += [f"is described, but not there: {name}" for name in page.anchors if "." in name and name.split(".")[1] not in names]
if len(docs) + len(names) < 5:
    wrong.append("few names and texts were found in the schema")


def look_at_rows(file):
    cells = 0
    for line in file:
        bars = len(re.sub(r"\\.", "", line).split("|")) if line.startswith("|") else 0
        if bars and cells and bars != cells:
            wrong.append(f"{bars - 2} cells, not {cells - 2}: {line}")
        cells = bars


def box_of(node):
    """Left, top, right, bottom of a node."""
    rect = node.find(".//rect")
    if rect is not None:
        x, y, width, height = (float(rect.get(key)) for key in ("x", "y", "width", "height"))
        return x, y, x + width, y + height
    x, y, a, b, line = map(float, re.match(r"M(\d+) (\d+) l(\d+) -(\d+) h(\d+)", node.find(".//path").get("d")).groups())
    return x, y - b, x + 2 * a + line, y + b


def look_at_drawing(svg):
    boxes = []
    for node in svg:
        if node.find(".//text") is None:
            continue
        left, top, right, bottom = box = box_of(node)
        label = node.find(".//text").text
        if left < 0 or top < 0 or right > float(svg.get("width")) or bottom > float(svg.get("height")):
            wrong.append(f"{label} is outside of its drawing")
        if len(label) * 7.83 > right - left:
            wrong.append(f"{label} is wider than its box")
        for other in boxes:
            if left < other[2] and other[0] < right and top < other[3] and other[1] < bottom:
                wrong.append(f"{label} overlaps another box")
        boxes.append(box)


if page_file is not None:
    with open(page_file, encoding="utf-8") as file:
        look_at_rows(file)
else:
    with open(html_file, encoding="utf-8") as file:
        tree = xml.etree.ElementTree.fromstring(re.sub(r' xmlns="[^"]*"', "", file.read()))
    for table in tree.iter("table"):
        lengths = {len(row) for row in table.iter("tr")}
        if len(lengths) != 1:
            wrong.append(f"rows of {lengths} cells: {table.find('caption').text}")
    code = re.sub(r"//[^\n]*", "", source)
    for verb in ("handles", "listens", "emits"):
        drawn = len([g for g in tree.iter("g") if g.get("class") == verb])
        if drawn != len(re.findall(rf"\b{verb} [a-z]", code)):
            wrong.append(f"{drawn} lines for {verb}")
    secrets = len([mark for mark in tree.iter("span") if mark.get("class") == "mark secret"])
    if secrets != len(re.findall(r"\bsecret\b[^;:]*;", code)):
        wrong.append(f"{secrets} secrets are marked")
    for svg in tree.iter("svg"):
        look_at_drawing(svg)
if wrong:
    sys.exit("\n".join(wrong))
