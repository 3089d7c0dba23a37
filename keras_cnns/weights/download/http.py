"""One transfer over HTTP: it resumes where the last one stopped, and has a size limit."""

import http.client
import os
import re
import shutil
import socket
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urljoin, urlsplit

from keras_cnns.safe_text import shortened
from keras_cnns.version import __version__
from keras_cnns.weights.download.files import File, megabytes, small_text, with_suffix
from keras_cnns.weights.download.pace import Handler, Response, SafeHandler, SlowError, TalkativeError

TIMEOUT = 30.0  # seconds without a byte
MOST_REDIRECTS = 10
CHUNK = 1 << 18
LONGEST_QUOTE = 100  # letters of what a server says
LENGTH = re.compile("[0-9]{1,15}")
WEB_PAGE = "it answers with a web page, not with the file"
PAGE = re.compile(rb"\s*<(!doctype|html|head|\?xml)", re.IGNORECASE)


class RetryableError(OSError):
    """A transfer that may succeed if it is tried again, from where it stopped."""


@dataclass(frozen=True)
class Part:
    """What has arrived of a file; NAME.part.etag has the entity tag of its version."""

    path: Path

    @property
    def tag(self) -> str:
        return small_text(with_suffix(self.path, "etag"))

    @property
    def length(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def start(self, tag: str) -> None:
        """Empty it, and note the tag if it is a strong one: only with such a tag can a transfer resume."""
        self.discard()
        self.path.touch()
        if re.fullmatch(r'"[\x21\x23-\x7e]{0,200}"', tag):
            with_suffix(self.path, "etag").write_text(tag, encoding="ascii")

    def discard(self) -> None:
        for path in (with_suffix(self.path, "etag"), self.path):
            path.unlink(missing_ok=True)

    def tidy(self) -> None:
        """Discard what no later transfer can resume."""
        if not (self.length and self.tag):
            self.discard()


def transfer(file: File, address: str, part: Part, show: Callable[[int, int | None], None]) -> str:
    """Receive the file, or what `part` lacks of it; return the digest that it must have."""
    have = part.length if part.tag else 0
    resume = {"Range": f"bytes={have}-", "If-Range": part.tag} if have else {}
    response, stated = open_address(address, resume)
    with response:
        start = first_byte(response, have, part)
        if not (digest := file.digest or stated):
            raise OSError("the host does not state the file's digest (X-Linked-Etag)")
        length = response.headers.get("Content-Length", "")
        total = start + int(length) if LENGTH.fullmatch(length) else None
        check_room(file, start, total)
        response.allow(2 * file.limit)  # it may come in chunks, each with a line of its own
        if start == 0:
            part.start(response.headers.get("ETag", ""))
        try:
            receive(response, part, file.limit, lambda received: show(received, total))
        except (RetryableError, SlowError):
            raise
        except OSError:
            part.discard()
            raise
    if total is not None and part.length != total:
        raise RetryableError(f"it was interrupted after {megabytes(part.length)} of {megabytes(total)}")
    return digest


def open_address(address: str, headers: dict[str, str]) -> tuple[Response, str]:
    """Return the response, and the first digest that a host on the way to it states, "" if none does."""
    headers = {"User-Agent": f"keras_cnns/{__version__}", **headers}
    # This one opens neither file: nor ftp:, and follows no redirect by itself.
    opener = urllib.request.OpenerDirector()
    for handler in (urllib.request.ProxyHandler, Handler, SafeHandler):
        opener.add_handler(handler())
    stated = ""
    for _ in range(MOST_REDIRECTS + 1):
        try:
            response = opener.open(urllib.request.Request(address, headers=headers), timeout=TIMEOUT)
        except (SlowError, TalkativeError):
            raise
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise (RetryableError if "Range" in headers else OSError)(one_line(error)) from error
        tag = response.headers.get("X-Linked-Etag", "").strip('"')
        stated = stated or (f"sha256:{tag}" if re.fullmatch("[0-9a-f]{64}", tag) else "")
        if response.status not in (301, 302, 303, 307, 308):
            return response, stated
        response.close()
        address = redirected(address, response.headers.get("Location", ""))
    raise OSError(f"it redirects more than {MOST_REDIRECTS} times")


def redirected(address: str, location: str) -> str:
    """Return where a redirect leads; an OSError if that is neither https nor, from http, http."""
    try:
        target = urljoin(address, location)
        scheme = urlsplit(target).scheme
    except ValueError:
        raise OSError(f"it redirects to {quoted(location)}, which is no address") from None
    if scheme != "https" and not scheme == urlsplit(address).scheme == "http":
        raise OSError(f"it redirects to {quoted(target)}, which is not https")
    return target


def first_byte(response: http.client.HTTPResponse, have: int, part: Part) -> int:
    """Return at which byte of the file the response starts; an error if it does not hold the file."""
    status = f"it answers {response.status} {quoted(response.reason)}".rstrip()
    found = re.match("bytes ([0-9]{1,15})-", response.headers.get("Content-Range", ""))
    if response.status == 416 or response.status == 206 and (not found or int(found[1]) != have):
        part.discard()
        raise RetryableError(f"{status} when asked for the rest")
    if response.status >= 500 or response.status == 429:
        raise RetryableError(status)
    if response.status not in (200, 206):
        raise OSError(status)
    if response.headers.get_content_type() == "text/html":
        raise OSError(WEB_PAGE)
    return have if response.status == 206 else 0


def check_room(file: File, start: int, total: int | None) -> None:
    """Raise an OSError for a file that is too large, or for which the disk has no room."""
    if total and total > file.limit:
        raise OSError(f"it offers {megabytes(total)}, but the file has about {megabytes(file.size)}")
    folder, needed = file.path.parent, (total or file.size) - start
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise OSError(f"{megabytes(needed)} are needed, but {folder} has room for {megabytes(free)}")


def receive(response: http.client.HTTPResponse, part: Part, limit: int, show: Callable[[int], None]) -> None:
    """Append what arrives to the part, up to `limit` bytes in all."""
    received = part.length
    with part.path.open("ab", buffering=0) as target:
        while chunk := next_bytes(response):
            if received == 0 and PAGE.match(chunk):
                raise OSError(WEB_PAGE)
            received += len(chunk)
            if received > limit:
                raise OSError(f"it sends more than {megabytes(limit)}, the limit for this file")
            write(chunk, target, part.path)
            show(received)


def write(chunk: bytes, target: BinaryIO, path: Path) -> None:
    """Write all of it; an error says where."""
    try:
        while chunk:
            chunk = chunk[target.write(chunk) :]
    except OSError as error:
        raise OSError(f"{path} was not written: {os.strerror(error.errno or 0)}") from error


def next_bytes(response: http.client.HTTPResponse) -> bytes:
    try:
        return response.read1(CHUNK)
    except (SlowError, TalkativeError):
        raise
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise RetryableError(f"it was interrupted: {one_line(error)}") from error


def one_line(error: Exception) -> str:
    """Describe a failed connection in one line."""
    cause = getattr(error, "reason", error)  # URLError wraps it
    if isinstance(cause, TimeoutError):
        return f"no data for {TIMEOUT:.0f} seconds"
    if isinstance(cause, socket.gaierror):
        return "the host is unknown, or there is no connection"
    return quoted(str(cause)) or type(cause).__name__


def quoted(text: str) -> str:
    """Return what a server says, printable and short."""
    return shortened(text, LONGEST_QUOTE)
