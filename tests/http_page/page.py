#!/usr/bin/env -S python3 -B
"""The page in headless Chromium, over a program with a real bus.   covers: K7, K8

usage: page.py SERVER [PICTURES]
PICTURES: a folder for screenshots of what was tested.
"""
import os
import sys
import time

from actions import Actions
from graphs import Graphs
from program import EVIL, Program, hostile
from webdriver import Browser

FIELDS = ("accepted", "processed", "failed", "dropped", "expired", "replaced", "cancelled", "held",
          "running", "filtered", "rejected", "throttled", "closed", "invalid", "calls",
          "calls_failed", "calls_late", "timed")
STATES = {"healthy": "Healthy", "degraded": "Degraded", "critical": "Critical"}


class Test(Actions, Graphs):
    def __init__(self, binary, pictures):
        self.pictures = pictures
        self.program = Program(binary)
        self.browser = Browser()
        self.url = f"http://127.0.0.1:{self.program.port}/"

    def picture(self, name):
        if self.pictures:
            self.browser.picture(os.path.join(self.pictures, name + ".png"))

    def open(self, url=None):
        self.browser.open(url or self.url)
        self.browser.wait("typeof page === 'object' && page.draws > 0 && page.flow.graph !== null")

    def text(self, selector):
        return self.browser.run("return document.querySelector(arguments[0]).innerText", selector)

    def click(self, selector):
        self.browser.wait("document.querySelector(arguments[0])", selector)
        self.browser.run("document.querySelector(arguments[0]).click()", selector)

    def settled(self):
        """Until the page shows what /status says now, and that does not change any more."""
        status = self.program.json("/status")
        self.browser.wait("page.model.status.now_ms > arguments[0]", status["now_ms"])

    def no_complaint(self, also=()):
        bad = [line for line in self.browser.log() if not any(one in line["message"]
                                                              for one in also)]
        assert not bad, bad
        assert not self.browser.run("return document.getElementById('toast').dataset.level"
                                    " === 'bad'")

    # ---- the tests ----

    def loads_alone(self):
        """One request for the page, then answers of the same server only; nothing complains."""
        self.browser.open("about:blank")
        self.browser.requests()  # of the browser's own first page
        self.open()
        assert self.browser.run("return document.title") == "till"
        assert self.text("#state-word") == "Healthy"
        self.browser.wait("page.draws > 1")
        foreign = [url for url in self.browser.requests()
                   if not url.startswith((self.url, "data:"))]
        assert not foreign, foreign
        policy = self.program.get("/")[1].getheader("Content-Security-Policy")
        assert "default-src 'none'" in policy and "unsafe" not in policy, policy
        self.no_complaint()

    def shows_what_status_says(self):
        self.program.tell("order 500")
        self.settled()
        for name in ("till.order", "till.receipt", "till.parcel"):
            self.browser.run("page.detail.open(arguments[0])", name)
            shown = dict(self.browser.run(
                "return [...document.querySelectorAll('#detail dl > div')].map((one) => "
                "[one.children[0].textContent, one.children[1].textContent])"))
            account = next(one for one in self.program.json("/status")["messages"]
                           if one["name"] == name)
            for field in FIELDS:
                assert shown[field.replace("_", " ")] == f"{account[field]:,}", (name, field, shown)
            tip = self.tip_of("#detail .chart")
            assert "accepted" in tip and "failed" in tip, tip
            self.click("#detail-close")
        self.browser.run("document.getElementById('messages').scrollIntoView()")
        self.browser.wait(
            "[...document.querySelectorAll('#message-table tbody tr')].map((one) => "
            "one.querySelector('button').textContent + ' ' + one.children[5].textContent)"
            ".sort().join() === "
            "'count_orders 0,order 500,parcel 0,receipt 500'")
        tip = self.browser.run("return document.querySelector('#card-accepted .under').tip()")
        assert tip.startswith("1,000 "), tip
        lanes = self.browser.run("return [...document.querySelectorAll('#lane-list [role=meter]')]"
                                 ".map((one) => [one.getAttribute('aria-label'), "
                                 "+one.getAttribute('aria-valuemax')])")
        assert lanes == [[one["lane"], one["capacity"]]
                         for one in self.program.json("/status")["lanes"]], lanes

    def draws_the_flow(self):
        graph = self.program.json("/graph")
        names = self.browser.run("return page.flow.nodes.map((node) => node.id)")
        assert sorted(names) == sorted(
            ["m:" + one["name"] for one in graph["messages"]] +
            ["c:" + one["name"] for one in graph["components"]]), names
        self.program.tell("steady")
        rates = self.browser.wait(
            "page.model.messages.get('till.order').accepted.rate(2) > 100 && "
            "page.flow.edges.filter((edge) => edge.label.textContent !== '')"
            ".map((edge) => edge.id.replace('\\n', ' '))")
        for edge in ("o:till.order", "h:till.desk till.order", "h:till.ledger till.order",
                     "e:till.desk till.receipt", "h:till.ledger till.receipt"):
            assert edge in rates, (edge, rates)
        for edge in ("h:till.post till.parcel", "e:till.desk till.parcel"):
            assert edge not in rates, (edge, rates)
        self.browser.wait("/\\d/.test(document.getElementById('tile-accepted').textContent) && "
                          "document.querySelector('#card-accepted .line').getAttribute('d')")
        inside = self.browser.run(
            "const boxes = page.flow.nodes.map((n) => n.group.firstChild.getBBox());"
            "return boxes.every((a, i) => boxes.every((b, j) => i >= j || a.x + a.width <= b.x || "
            "b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y))")
        assert inside, "nodes lie on one another"
        self.program.tell("calm")

    def tip_of(self, chart):
        """What a chart tells of a moment that was chosen by the arrow keys."""
        return self.browser.run(
            "const chart = document.querySelector(arguments[0]); chart.focus();"
            "chart.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowLeft', bubbles: true}));"
            "const tip = document.getElementById('tip'); return tip.hidden ? '' : tip.innerText",
            chart)

    def finds_by_keyboard(self):
        tip = self.tip_of("#card-accepted .chart")
        assert "/s" in tip or "not known" in tip, tip
        self.browser.run("const find = document.getElementById('messages-find');"
                         "find.value = 'receipt'; find.dispatchEvent(new Event('input'))")
        assert self.browser.run("return document.querySelectorAll('#message-table tbody tr')"
                                ".length") == 1
        self.browser.run("const find = document.getElementById('messages-find');"
                         "find.value = ''; find.dispatchEvent(new Event('input'))")

    def tells_what_fails(self):
        self.program.tell("break")
        self.program.tell("order 4")
        self.program.tell("parcel 5")
        self.browser.wait("document.querySelector('[data-breaker$=gateway]').dataset.level "
                          "=== 'bad'")
        status = self.program.json("/status")
        assert status["health"]["state"] != "healthy"
        shown = self.browser.wait(
            "page.model.status.health.state !== 'healthy' && "
            "page.model.status.health.reasons.every((one) => "
            "document.getElementById('why').innerText.includes(one.text)) && "
            "[page.model.status.health.state, document.getElementById('state-word').textContent]")
        assert shown[1] == STATES[shown[0]], shown
        self.browser.wait("document.querySelectorAll('details.letter').length === arguments[0]",
                          status["dead_letters"]["waiting"])
        assert self.text("#nav-letters") == str(status["dead_letters"]["waiting"])
        self.browser.wait("/the till is jammed/.test("
                          "document.getElementById('error-list').innerText)")
        errors = self.text("#error-list")
        assert "×4" in errors and "×3" in errors and "no van" in errors, errors
        self.browser.wait("/desk.on_order: 4 of /.test(document.getElementById('why').innerText)")
        self.picture("degraded")

    def only_looks_over_tcp(self):
        assert self.browser.run("return document.getElementById('replay-all').disabled && "
                                "document.getElementById('purge-all').disabled")
        note = self.text("#admin-note")
        assert "ssh -L 9464:" + self.program.socket in note and "busadm" in note, note
        content = self.browser.run("const one = document.querySelector('details.letter');"
                                   "one.open = true; return one.innerText")
        assert "busadm --socket" in content and "tea" not in content, content
        assert "4929" not in self.browser.run("return document.body.innerText")

    def harms_nobody(self):
        server = hostile(self.program)
        for width in (1400, 390):
            self.browser.size(width, 900)
            self.open(f"http://127.0.0.1:{server.port}/")
            self.browser.wait("document.querySelectorAll('details.letter').length > 0 && "
                              "document.querySelectorAll('#error-list .error').length > 0")
            self.browser.run("page.detail.open([...page.model.messages.keys()][0]);"
                             "document.querySelectorAll('details').forEach((one) => "
                             "{ one.open = true; })")
            assert EVIL[:20] in self.browser.run("return document.body.innerText")
            assert self.browser.run("return window.hacked === undefined && "
                                    "document.querySelectorAll('img, main script').length === 0")
            self.fits(width)
            self.picture(f"hostile-{width}")
        self.no_complaint()
        server.shutdown()

    def fits(self, width):
        wide = self.browser.run("return document.documentElement.scrollWidth")
        assert wide <= width, (width, wide)

    def looks_right_everywhere(self):
        """No scrolling to the side on a telephone; contrast (WCAG AA: 4.5) in both schemes."""
        pairs = [(ink, ground) for ink in ("ink", "soft", "blue", "ok", "warn", "bad")
                 for ground in ("card", "inset", "page")] + [
                     ("bad", "bad-tint"), ("warn", "warn-tint"), ("ink", "blue-tint"),
                     ("bad", "bad-tint")]
        grounds = set()
        for dark in (False, True):
            self.browser.dark(dark)
            self.open()
            self.browser.wait("document.querySelectorAll('details.letter').length > 0")
            for width in (390, 320, 820, 1400):
                self.browser.size(width, 844)
                self.fits(width)
                self.picture(f"{'dark' if dark else 'light'}-{width}")
            grounds.add(self.browser.run("return getComputedStyle(document.body).backgroundColor"))
            for pair in pairs:
                assert self.contrast(*pair) >= 4.5, (dark, pair, self.contrast(*pair))
        assert len(grounds) == 2, grounds
        self.browser.dark(False)
        self.no_complaint()

    def contrast(self, *names):
        def light(colour):
            parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
            red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4
                                for p in parts)
            return 0.2126 * red + 0.7152 * green + 0.0722 * blue
        values = [self.browser.run("return getComputedStyle(document.documentElement)"
                                   ".getPropertyValue('--' + arguments[0]).trim()", name)
                  for name in names]
        low, high = sorted(light(value) for value in values)
        return (high + 0.05) / (low + 0.05)

    def survives_a_restart(self):
        self.open()
        self.program.kill()
        self.browser.wait("document.getElementById('state-word').textContent === 'Not reachable'")
        line = self.text("#state-line")
        assert line.startswith("Since ") and "Trying again" in line, line
        self.picture("unreachable")
        self.program.start()
        self.browser.wait("document.getElementById('state-word').textContent === 'Healthy'")
        self.browser.wait("/Started again/.test(document.getElementById('why').innerText)")
        self.program.tell("order 7")
        self.browser.wait("page.model.messages.get('till.order').now.accepted === 7")
        assert self.browser.run("return page.model.totals.accepted.step(0) >= 0")
        self.no_complaint(also=("ERR_CONNECTION", "ERR_EMPTY_RESPONSE", "ERR_SOCKET"))

    def stays_small(self):
        """However long it is open: five minutes are kept, and the page does not grow."""
        self.browser.wait("page.draws >= 3")
        sizes = self.browser.run(
            "const count = () => document.querySelectorAll('*').length; const began = count();"
            "const times = []; for (let i = 1; i <= 320; i++) { const status = structuredClone("
            "page.model.status); status.now_ms += 1000; page.model.take(status); const start = "
            "performance.now(); draw(); times.push(performance.now() - start); }"
            "return [began, count(), page.model.history.kept, page.model.history.count > 301,"
            "times.sort((a, b) => a - b)[160]]")
        assert sizes[0] == sizes[1] and sizes[2] == 301 and sizes[3], sizes
        print(f"an update took {sizes[4]:.1f} ms (median)")

    def run(self):
        began = time.monotonic()
        self.browser.size(1400, 900)
        self.browser.dark(False)
        for test in (self.loads_alone, self.shows_what_status_says, self.draws_the_flow,
                     self.lays_out_any_graph, self.finds_by_keyboard, self.tells_what_fails,
                     self.only_looks_over_tcp, self.harms_nobody, self.looks_right_everywhere,
                     self.acts_through_the_socket, self.survives_a_restart, self.stays_small):
            start = time.monotonic()
            try:
                test()
            except Exception:
                self.picture("failed")
                print(f"{test.__name__}: failed", flush=True)
                raise
            print(f"{test.__name__}: {time.monotonic() - start:.1f} s", flush=True)
        print(f"{time.monotonic() - began:.1f} s in all")

    def close(self):
        self.browser.close()
        self.program.close()


if __name__ == "__main__":
    one = Test(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)
    try:
        one.run()
    finally:
        one.close()
