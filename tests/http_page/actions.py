"""What may be done on the page, when it came through the Unix socket."""
from program import bridge


class Actions:
    """A part of Test in page.py."""

    def acts_through_the_socket(self):
        server = bridge(self.program.socket)
        self.open(f"http://localhost:{server.port}/")
        assert self.browser.run("return page.model.status.admin && "
                                "document.getElementById('admin-note').hidden")
        before = self.program.json("/status")["dead_letters"]
        self.browser.wait("document.querySelectorAll('details.letter').length === arguments[0]",
                          before["waiting"])
        letter = self.browser.run("const one = document.querySelector('details.letter');"
                                  "one.open = true; return one.innerText")
        assert "<b>tea</b>" in letter and "***" in letter and "4929" not in letter, letter
        self.picture("letter")
        self.click("details.letter button.danger")
        self.browser.wait("document.getElementById('confirm').open")
        # At once asked again, so that the end of the first question comes when the second is open.
        self.browser.run("document.getElementById('confirm-no').click();"
                         "document.querySelector('details.letter button.danger').click()")
        self.browser.run("return new Promise((done) => setTimeout(done, 50))")
        assert self.program.json("/status")["dead_letters"]["purged"] == before["purged"]
        self.click("#confirm-yes")
        self.browser.wait("document.querySelectorAll('details.letter').length === arguments[0]",
                          before["waiting"] - 1)
        self.program.tell("heal")
        one = self.browser.run("const one = document.querySelector('details.letter');"
                               "one.querySelector('button').click(); return one.dataset.number")
        self.browser.wait("!document.querySelector(`[data-number='${arguments[0]}']`)", one)
        self.filter_letters("till.order")
        self.browser.wait("document.getElementById('replay-all').textContent"
                          " === 'Replay what matches'"
                          " && !document.getElementById('replay-all').disabled"
                          " && document.querySelectorAll('details.letter').length === 2")
        self.click("#replay-all")
        self.browser.wait("/2 letters replayed/.test(document.getElementById('toast').textContent) "
                          "&& page.model.status.dead_letters.replayed === 3")
        after = self.program.json("/status")["dead_letters"]
        assert (after["purged"], after["replayed"]) == (before["purged"] + 1, 3), after
        self.filter_letters("")
        self.cancels()
        self.no_complaint()
        server.shutdown()

    def filter_letters(self, message):
        self.browser.run("document.getElementById('f-message').value = arguments[0];"
                         "document.getElementById('letters-form')"
                         ".dispatchEvent(new Event('input'))", message)

    def cancels(self):
        self.program.tell("schedule 2")
        self.browser.wait("document.querySelectorAll('#schedule-list tbody tr').length === 2")
        self.click("#schedule-list tbody button")
        self.click("#confirm-yes")
        self.browser.wait("document.querySelectorAll('#schedule-list tbody tr').length === 1")
        assert self.program.json("/status")["schedule"]["cancelled"] == 1
