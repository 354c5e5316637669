"""A client of `busgen lsp` over real pipes, for the tests beside it."""
import json
import os
import queue
import subprocess
import threading

PATIENCE = 120  # seconds until a server that says nothing is taken for dead


class Refused(Exception):
    """The answer to a request was an error."""

    def __init__(self, error):
        super().__init__(error["message"])
        self.code = error["code"]


def frame(text):
    body = text if isinstance(text, bytes) else text.encode()
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


class Client:
    def __init__(self, busgen, *options, root=None, encodings=None, start=True):
        self.process = subprocess.Popen(
            [busgen, "lsp", *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        self.messages = queue.Queue()
        self.asked = 0
        self.notes = []  # notifications that nobody waited for yet
        self.opened = {}
        threading.Thread(target=self._listen, daemon=True).start()
        if start:
            capabilities = {"textDocument": {
                "documentSymbol": {"hierarchicalDocumentSymbolSupport": True}}}
            if encodings:
                capabilities["general"] = {"positionEncodings": encodings}
            self.server = self.ask("initialize", {
                "processId": os.getpid(), "rootUri": root, "capabilities": capabilities})
            self.tell("initialized", {})

    def _listen(self):
        stream = self.process.stdout
        try:
            while True:
                size = None
                while True:
                    line = stream.readline()
                    if not line:
                        return
                    if line == b"\r\n":
                        break
                    name, value = line.split(b":")
                    assert name == b"Content-Length", line
                    size = int(value)
                body = stream.read(size)
                assert len(body) == size, body
                self.messages.put(json.loads(body))
        finally:
            self.messages.put(None)

    # ---- sending

    def raw(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, message):
        self.raw(frame(json.dumps({"jsonrpc": "2.0", **message})))

    def tell(self, method, params):
        self.send({"method": method, "params": params})

    def ask(self, method, params):
        self.asked += 1
        number = self.asked
        self.send({"id": number, "method": method, "params": params})
        while True:
            message = self.next()
            if "id" not in message:
                self.notes.append(message)
                continue
            assert message["id"] == number, message
            if "error" in message:
                raise Refused(message["error"])
            return message["result"]

    def next(self):
        message = self.messages.get(timeout=PATIENCE)
        assert message is not None, "the server ended: " + self.process.stderr.read().decode()
        return message

    # ---- waiting

    def wait_for(self, method, fits=lambda params: True):
        """The params of the next notification that fits; others are dropped."""
        while True:
            note = self.notes.pop(0) if self.notes else self.next()
            if note.get("method") == method and fits(note["params"]):
                return note["params"]

    def diagnostics(self, uri):
        """Those of the document as it is now."""
        version = self.opened.get(uri)
        return self.wait_for(
            "textDocument/publishDiagnostics",
            lambda params: params["uri"] == uri and params.get("version") == version)["diagnostics"]

    # ---- documents

    def open(self, uri, text, version=1):
        self.opened[uri] = version
        self.tell("textDocument/didOpen", {"textDocument": {
            "uri": uri, "languageId": "bus", "version": version, "text": text}})

    def change(self, uri, *changes):
        """Each change: the whole text, or (start, end, text) with (line, character) pairs."""
        self.opened[uri] += 1
        said = [{"text": change} if isinstance(change, str) else
                {"range": {"start": place(change[0]), "end": place(change[1])}, "text": change[2]}
                for change in changes]
        self.tell("textDocument/didChange", {
            "textDocument": {"uri": uri, "version": self.opened[uri]}, "contentChanges": said})

    def close(self, uri):
        del self.opened[uri]
        self.tell("textDocument/didClose", {"textDocument": {"uri": uri}})

    def at(self, what, uri, where, **more):
        """A request about a place: `where` is (line, character)."""
        return self.ask("textDocument/" + what, {
            "textDocument": {"uri": uri}, "position": place(where), **more})

    # ---- the end

    def end(self):
        """Shuts down; the exit status."""
        assert self.ask("shutdown", None) is None
        self.tell("exit", None)
        return self.wait()

    def wait(self):
        status = self.process.wait(timeout=PATIENCE)
        self.errors = self.process.stderr.read().decode()
        assert "Sanitizer" not in self.errors and "runtime error" not in self.errors, self.errors
        return status


def place(where):
    return {"line": where[0], "character": where[1]}


def find(text, needle, nth=0, encoding="utf-16"):
    """(line, character) of the nth `needle` in text."""
    at = -1
    for _ in range(nth + 1):
        at = text.index(needle, at + 1)
    line = text.count("\n", 0, at)
    return line, len(text[text.rfind("\n", 0, at) + 1:at].encode(
        "utf-16-le" if encoding == "utf-16" else "utf-8")) // (2 if encoding == "utf-16" else 1)


def apply(text, edits, encoding="utf-16"):
    """The text after the edits, which must not overlap."""
    data = text.encode("utf-16-le" if encoding == "utf-16" else "utf-8")
    unit = 2 if encoding == "utf-16" else 1
    newline = "\n".encode("utf-16-le" if encoding == "utf-16" else "utf-8")
    starts = [0]
    for at in range(0, len(data), unit):
        if data[at:at + unit] == newline:
            starts.append(at + unit)

    def offset(position):
        return starts[position["line"]] + position["character"] * unit

    spans = sorted((offset(edit["range"]["start"]), offset(edit["range"]["end"]), edit["newText"])
                   for edit in edits)
    out, behind = b"", 0
    for start, end, new in spans:
        assert behind <= start <= end, edits
        out += data[behind:start] + new.encode("utf-16-le" if unit == 2 else "utf-8")
        behind = end
    return (out + data[behind:]).decode("utf-16-le" if unit == 2 else "utf-8")
