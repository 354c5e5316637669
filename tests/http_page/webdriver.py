"""A browser driven through the W3C WebDriver protocol, with nothing but Python's own library."""
import base64
import http.client
import json
import shutil
import socket
import subprocess
import tempfile
import time

# What Chromium would ask of the outside world at its start is switched off, and its sandbox, which
# needs rights that a container does not give.
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync",
             "--disable-dev-shm-usage", "--hide-scrollbars"]
WAIT_S = 30  # for anything that should be so at once, on a machine that is busy


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Browser:
    def __init__(self):
        for name in ("chromedriver", "chromium"):
            if not shutil.which(name):
                raise SystemExit(f"{name} is missing: apt install chromium chromium-driver")
        self.port = free_port()
        self.folder = tempfile.mkdtemp()
        self.driver = subprocess.Popen(["chromedriver", f"--port={self.port}"],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.session = ""
        self.wait_for_driver()
        options = {"args": [*ARGUMENTS, "--user-data-dir=" + self.folder]}
        answer = self.call("POST", "/session", {"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}}})
        self.session = "/session/" + answer["sessionId"]

    def wait_for_driver(self):
        end = time.monotonic() + WAIT_S
        while True:
            try:
                return self.call("GET", "/status")
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)

    def call(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, self.session + path, json.dumps(body or {})
                           if method == "POST" else None, {"Content-Type": "application/json"})
        answer = json.load(connection.getresponse())["value"]
        connection.close()
        if isinstance(answer, dict) and "stacktrace" in answer:
            raise RuntimeError(answer["message"])
        return answer

    def devtools(self, command, **parameters):
        return self.call("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def open(self, url):
        self.call("POST", "/url", {"url": url})

    def run(self, code, *arguments):
        return self.call("POST", "/execute/sync", {"script": code, "args": list(arguments)})

    def wait(self, expression, *arguments):
        """Until the expression is true; returns its value."""
        end = time.monotonic() + WAIT_S
        while True:
            value = self.run("return " + expression, *arguments)
            if value:
                return value
            if time.monotonic() > end:
                raise AssertionError("it never came to be: " + expression + "\nThe page says:\n" +
                                     self.run("return document.body.innerText")[:3000])
            time.sleep(0.03)

    def size(self, width, height):
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height,
                      deviceScaleFactor=1, mobile=width < 600)

    def dark(self, dark):
        self.devtools("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def log(self, kind="browser"):
        return self.call("POST", "/se/log", {"type": kind})

    def requests(self):
        """The addresses that the page has asked for since the last call."""
        events = [json.loads(line["message"])["message"] for line in self.log("performance")]
        return [event["params"]["request"]["url"] for event in events
                if event["method"] == "Network.requestWillBeSent"]

    def picture(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.call("GET", "/screenshot")))

    def close(self):
        try:
            if self.session:
                self.call("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait()
            shutil.rmtree(self.folder, ignore_errors=True)
