"""The gateway as a child process, and an upstream that answers as told."""

import contextlib
import json
import os
import pathlib
import re
import subprocess
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ROOT = pathlib.Path(__file__).resolve().parents[2]
# The operator's own listener is announced in the same way, as `admin`.
LISTENING = re.compile(r"listening on (http://127\.0\.0\.1:\d+) \((?!admin\))")


def binary():
    """The gateway's binary: `CALLSIGN_BINARY`, else what `cargo build` left."""
    path = os.environ.get("CALLSIGN_BINARY")
    path = pathlib.Path(path) if path else ROOT / "target" / "debug" / "callsign"
    assert path.is_file(), f"{path} is missing; run `cargo build` or set CALLSIGN_BINARY"
    return path


@contextlib.contextmanager
def running(config, *arguments, **environment):
    """Serves `config` (which says nothing of listeners) on a free port and gives its URL."""
    if "listeners:" not in config:
        config = "listeners: [{name: main, port: 0}]\n" + config
    if "admin:" not in config:
        config = "admin: {port: 0}\n" + config
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "callsign.yaml"
        file.write_text(config)
        process = subprocess.Popen(
            [binary(), "serve", file, *arguments], env=environment, stderr=subprocess.PIPE, text=True
        )
        try:
            yield _url(process)
        finally:
            process.kill()
            process.communicate()


def _url(process):
    said = []
    for line in process.stderr:
        said.append(line)
        if found := LISTENING.search(line):
            # Somebody must go on reading, or the gateway would block once the pipe is full.
            threading.Thread(target=process.stderr.read, daemon=True).start()
            return found.group(1)
    raise AssertionError("the gateway ended before it listened:\n" + "".join(said))


class Upstream:
    """Answers each request with `answer` and keeps what it received."""

    def __init__(self):
        self.requests = []
        self.answer = (200, {}, b"{}")
        # So many bytes of each answer are promised and never sent.
        self.missing = 0
        # Set to hold every answer back.
        self.held = None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.url = "http://127.0.0.1:%d" % self._server.server_port

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def json(self, body, status=200, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answer = (status, {"content-type": "application/json", **headers}, json.dumps(body).encode())

    def events(self, text):
        self.answer = (200, {"content-type": "text/event-stream"}, text.encode())

    @property
    def body(self):
        """The JSON of the only request."""
        (request,) = self.requests
        return json.loads(request["body"])

    def _handler(upstream):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                upstream.requests.append({"path": self.path, "headers": headers, "body": body})
                if upstream.held is not None:
                    upstream.held.wait()
                    self.close_connection = True
                    return
                status, headers, body = upstream.answer
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body) + upstream.missing))
                self.end_headers()
                self.wfile.write(body)
                self.close_connection = upstream.missing > 0

            def log_message(self, *_):
                pass

        return Handler
