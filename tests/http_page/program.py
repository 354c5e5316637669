"""The program with a bus whose page is looked at, and what stands between it and the browser."""
import http.client
import http.server
import json
import os
import shutil
import socket
import socketserver
import subprocess
import tempfile
import threading

EVIL = '<img src=x onerror="window.hacked=1"></script><script>window.hacked=1</script>\u202e\'"&'


class Program:
    """server.c: a bus with its page, told what to do line by line."""

    def __init__(self, binary):
        self.binary = binary
        self.folder = tempfile.mkdtemp()
        self.socket = os.path.join(self.folder, "till.sock")
        self.port = 0
        self.start()

    def start(self):
        self.process = subprocess.Popen([self.binary, str(self.port), self.socket], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline())

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "ok\n", line

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        assert answer.status == 200, (path, answer.status, body)
        return body, answer

    def json(self, path):
        return json.loads(self.get(path)[0])

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        self.process.stdin.close()
        status = self.process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)
        assert status == 0, status


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, handler):
        super().__init__(("127.0.0.1", 0), handler)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()


def bridge(path):
    """What `ssh -L PORT:path` does: a TCP port whose connections end in the Unix socket."""

    def pump(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            with socket.socket(socket.AF_UNIX) as inner:
                inner.connect(path)
                back = threading.Thread(target=pump, args=(inner, self.request), daemon=True)
                back.start()
                pump(self.request, inner)
                back.join()

    return Server(Handler)


def spoil(value, key=""):
    """The same answer from a bus whose names and texts want to harm the page."""
    kept = ("kind", "priority", "state", "lane", "condition", "busgen", "id", "reason", "category",
            "severity", "message_id", "trace_id")
    if isinstance(value, dict):
        return {name: spoil(one, name) for name, one in value.items()}
    if isinstance(value, list):
        return [spoil(one, key) for one in value]
    return value + EVIL if isinstance(value, str) and key not in kept else value


def hostile(program):
    """The real page with its real policy, and the real answers, spoiled."""
    page, head = program.get("/")
    policy = head.getheader("Content-Security-Policy")

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def do_GET(self):
            is_page = self.path == "/"
            body = page if is_page else json.dumps(spoil(program.json(self.path))).encode()

            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8" if is_page
                             else "application/json")
            self.send_header("Content-Length", str(len(body)))
            if is_page:
                self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(body)

    return Server(Handler)
