"""A web server on this machine that misbehaves on request.

`serve()` gives a `Web`. `web.site[path]` is the answer to a request, or a list of answers, one for each
request in turn, of which the last stays. An answer is a function of the request's handler; those below make
them.
"""

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Web:
    """Where it is, what it answers, and what it was asked: (path, headers) in order."""

    address: str
    site: dict[str, Answer | list[Answer]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)


@contextmanager
def serve() -> Iterator[Web]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            web.asked.append((self.path, dict(self.headers)))
            answer = web.site.get(self.path, status(404))
            if isinstance(answer, list):
                answer = answer.pop(0) if len(answer) > 1 else answer[0]
            with suppress(BrokenPipeError, ConnectionResetError):  # when the other side has had enough
                answer(self)

        def log_message(self, *words):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    web = Web(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def send(handler, code, data, headers=(), length=None) -> None:
    """Send a response whose Content-Length is that of the data, or another."""
    handler.send_response(code)
    for name, value in dict(headers).items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(data) if length is None else length))
    handler.end_headers()
    handler.wfile.write(data)


def whole(data: bytes, headers=()) -> Answer:
    """All of it, whatever part is asked for."""
    return lambda handler: send(handler, 200, data, headers)


def resumable(data: bytes, tag: str = '"v1"', breaks_at: int | None = None) -> Answer:
    """The part asked for, if it is of the same version; the connection may break at a byte of the file."""

    def answer(handler):
        found = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
        start = int(found[1]) if found and handler.headers.get("If-Range") == tag else 0
        if start >= len(data):
            send(handler, 416, b"")
            return
        rest = data[start:breaks_at] if breaks_at is not None else data[start:]
        headers = {"ETag": tag}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        send(handler, 206 if start else 200, rest, headers, len(data) - start)

    return answer


def truncated(data: bytes, length: int) -> Answer:
    """Promises more than it sends, and has no entity tag."""
    return lambda handler: send(handler, 200, data, length=length)


def status(code: int) -> Answer:
    return lambda handler: send(handler, code, b"sorry")


def page(content_type: str) -> Answer:
    """What a captive portal says."""
    text = b"\n<!DOCTYPE html><html><body>Please log in</body></html>"
    return lambda handler: send(handler, 200, text, {"Content-Type": content_type})


def redirect(location: str, headers=()) -> Answer:
    return lambda handler: send(handler, 302, b"", {"Location": location, **dict(headers)})


def endless(sent: list[int]) -> Answer:
    """Never stops sending, nor says how much it will be; the bytes of each piece sent are appended."""

    def answer(handler):
        handler.send_response(200)
        handler.end_headers()
        while True:
            sent.append(handler.wfile.write(bytes(1 << 20)))

    return answer


def silent(seconds: float) -> Answer:
    """Sends half a response's head, then nothing."""

    def answer(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        time.sleep(seconds)

    return answer


def slow(data: bytes, seconds: float) -> Answer:
    """All of it, in small pieces."""

    def answer(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        pieces = 10
        step = -(-len(data) // pieces)
        for start in range(0, len(data), step):
            handler.wfile.write(data[start : start + step])
            handler.wfile.flush()
            time.sleep(seconds / pieces)

    return answer
