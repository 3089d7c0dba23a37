"""Connections that are given up when a server drips, or sends more than a file and what belongs to it."""

import http.client
import io
import socket
import time
import urllib.request
from typing import Any

clock = time.monotonic
WINDOW = 60.0  # seconds of waiting for the server
FLOOR = 1000  # bytes a second, on average over the window
HEAD = 1 << 18  # bytes of status lines and headers, those before the last answer included


class SlowError(OSError):
    """A server sends too slowly. To try again at once would take as long; what has arrived is kept."""


class TalkativeError(OSError):
    """A server sends more than what was asked for can have."""


class Pace(io.RawIOBase):
    """What a socket receives, no slower than `FLOOR`, and no more than `budget` bytes.

    A timeout of the socket is for each byte, so that a byte now and then would keep it open for ever. Here
    the time is counted that is spent waiting, not the time for which this machine writes or sleeps.
    """

    def __init__(self, connection: socket.socket):
        self.raw = connection.makefile("rb", buffering=0)
        self.budget = HEAD
        self.waited, self.received = 0.0, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        start = clock()
        count = self.raw.readinto(buffer)
        self.waited += clock() - start
        self.received += count or 0
        self.budget -= count or 0
        if self.budget < 0:
            raise TalkativeError("it sends more than a download has beside the file")
        if self.waited >= WINDOW:
            if self.received < FLOOR * self.waited:
                raise SlowError(
                    f"it sent {self.received:,} bytes in {self.waited:.0f} seconds; a download slower than "
                    f"{FLOOR:,} bytes a second is given up"
                )
            self.waited, self.received = 0.0, 0
        return count

    def close(self) -> None:
        self.raw.close()
        super().close()


class Response(http.client.HTTPResponse):
    """An answer that is read at a pace, its head as well as its body."""

    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any):
        super().__init__(sock, *arguments, **options)
        self.fp.close()
        self.pace = Pace(sock)
        self.fp = io.BufferedReader(self.pace)

    def allow(self, count: int) -> None:
        """Allow as many bytes of body; so far only those of the head are."""
        self.pace.budget = count


class Connection(http.client.HTTPConnection):
    response_class = Response


class SafeConnection(http.client.HTTPSConnection):
    response_class = Response


class Handler(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> Response:
        return self.do_open(Connection, req)  # type: ignore[return-value]


class SafeHandler(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> Response:
        return self.do_open(SafeConnection, req)  # type: ignore[return-value]
