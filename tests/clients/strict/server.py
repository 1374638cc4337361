"""The HTTP server of a strict provider: checks each request, then plays the next turn of the script."""

import dataclasses
import json
import threading
import traceback
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from strict.script import Answer, Failure, Issued, Violation


@dataclasses.dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: dict
    headers: dict
    body: dict


class Provider:
    """A provider of `dialect` (a module of this package) on a port of its own."""

    def __init__(self, dialect):
        self.dialect = dialect
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        # A client that goes away is its own affair.
        self._server.handle_error = lambda *_: None
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.url = "http://127.0.0.1:%d" % self._server.server_port
        self._lock = threading.Lock()
        self.play()

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def play(self, *turns, grain=None):
        """Forgets the past and makes `turns` the script; streams are written `grain` bytes at a time."""
        self.turns, self.grain, self.issued = list(turns), grain, Issued()
        self.requests, self.complaints = [], []

    def finish(self):
        """Fails unless every turn was played and no request was wrong."""
        complaints = "\n".join(self.complaints)
        assert not complaints, f"the {self.dialect.NAME} provider complains:\n{complaints}"
        assert not self.turns, f"{len(self.turns)} turns of the {self.dialect.NAME} script were not asked for"

    def answer(self, request):
        """(status, headers, pieces) for `request`."""
        with self._lock:
            self.requests.append(request)
            try:
                return self._judged(request)
            except Violation as violation:
                return self._refuse(str(violation))
            except AssertionError as unexpected:
                return self._refuse(f"not what the script expects: {unexpected}")
            except Exception:
                return self._refuse(traceback.format_exc())

    def _judged(self, request):
        operation = self.dialect.operation(request)
        if operation != "create":
            self.dialect.check(request, self.issued, operation)
            return self._json(200, {}, self.dialect.aside(request, operation))
        self.dialect.check(request, self.issued, operation)
        if not self.turns:
            raise Violation("the script is over, and nobody expected this request")
        turn = self.turns[0]
        turn.expect(self.dialect.gist(request))
        self.turns.pop(0)
        return self._played(turn.answer, request)

    def _played(self, answer, request):
        if isinstance(answer, Failure):
            body = self.dialect.error(answer.status, answer.message)
            return self._json(answer.status, {**self.dialect.ERROR_HEADERS.get(answer.status, {}), **answer.headers}, body)
        assert isinstance(answer, Answer), answer
        if self.dialect.streams(request):
            return 200, self.dialect.STREAM_HEADERS, self.dialect.stream(answer, request, self.issued)
        return self._json(200, self.dialect.HEADERS, self.dialect.whole(answer, request, self.issued))

    def _refuse(self, complaint):
        self.complaints.append(complaint)
        return self._json(400, {}, self.dialect.error(400, complaint))

    def _json(self, status, headers, body):
        return status, {"content-type": "application/json", **headers}, json.dumps(body).encode()


def _grains(pieces, grain):
    for piece in pieces:
        step = grain or len(piece)
        for start in range(0, len(piece), step):
            yield piece[start : start + step]


def _handler(provider):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Small writes are to leave at once, as small as they are.
        disable_nagle_algorithm = True

        def do_POST(self):
            status, headers, body = provider.answer(self._request())
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if isinstance(body, bytes):
                self._whole(body)
            else:
                self._chunked(body)

        def _request(self):
            raw = self.rfile.read(int(self.headers["content-length"]))
            split = urllib.parse.urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            try:
                body = json.loads(raw)
            except ValueError:
                body = None
            return Request(self.command, split.path, dict(urllib.parse.parse_qsl(split.query)), headers, body)

        def _whole(self, body):
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _chunked(self, body):
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            for grain in _grains(body, provider.grain):
                self.wfile.write(b"%x\r\n%b\r\n" % (len(grain), grain))
            self.wfile.write(b"0\r\n\r\n")

        def log_message(self, *_):
            pass

    return Handler
