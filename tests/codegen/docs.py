"""docs.py X.bus PAGE.html X.md - what cmark-gfm made of a page of busgen: the texts of the schema stand there as
they were written and do nothing else, links lead somewhere, tables have rows of one length."""
import html.parser
import re
import sys

bus_file, html_file, page_file = sys.argv[1:]
TAGS = "p h1 h2 h3 h4 a table thead tbody tr th td ul li code pre".split()
BLOCKS = "p h1 h2 h3 h4 tr th td li pre".split()


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.text, self.anchors, self.links, self.comments, self.wrong = [], [], [], 0, []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        known = {"a": {"id", "href"}, "td": {"align"}, "th": {"align"}, "code": {"class"}}.get(tag, set())
        if tag not in TAGS or not set(attributes) <= known:
            self.wrong.append(self.get_starttag_text())
        self.anchors += [attributes["id"]] if "id" in attributes else []
        self.links += [attributes["href"]] if "href" in attributes else []
        self.text.append(" " if tag in BLOCKS else "")

    def handle_endtag(self, tag):
        self.text.append(" " if tag in BLOCKS else "")

    def handle_data(self, data):
        self.text.append(data)

    def handle_comment(self, data):
        self.comments += 1

    def handle_decl(self, decl):
        self.wrong.append(decl)

    unknown_decl = handle_pi = handle_decl


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
wrong += [f"is not described: {name}" for name in names if f"{bus}.{name}" not in page.anchors]
wrong += [f"is described, but not there: {name}" for name in page.anchors if name.split(".")[1] not in names]
if len(docs) + len(names) < 5:
    wrong.append("few names and texts were found in the schema")

with open(page_file, encoding="utf-8") as file:
    cells = 0
    for line in file:
        bars = len(re.sub(r"\\.", "", line).split("|")) if line.startswith("|") else 0
        if bars and cells and bars != cells:
            wrong.append(f"{bars - 2} cells, not {cells - 2}: {line}")
        cells = bars
if wrong:
    sys.exit("\n".join(wrong))
