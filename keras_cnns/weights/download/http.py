"""One transfer over HTTP: it goes on where the last one stopped, and takes no more than it should."""

import http.client
import re
import shutil
import socket
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from keras_cnns.version import __version__
from keras_cnns.weights.download.files import File, beside, megabytes, read

TIMEOUT = 30.0  # seconds without a byte
MOST_REDIRECTS = 10
CHUNK = 1 << 18
WEB_PAGE = "it answers with a web page, not with the file"
PAGE = re.compile(rb"\s*<(!doctype|html|head|\?xml)", re.IGNORECASE)


class Broken(OSError):
    """A transfer that may go well when it is tried again, from where it stopped."""


@dataclass(frozen=True)
class Part:
    """What has come of a file, and beside it the entity tag of the version that it is of."""

    path: Path

    @property
    def tag(self) -> str:
        return read(beside(self.path, "etag"))

    @property
    def length(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def begin(self, tag: str) -> None:
        """Empty it; remember the tag if it is a strong one, by which alone a transfer can go on."""
        self.discard()
        self.path.touch()
        if re.fullmatch(r'"[\x21\x23-\x7e]*"', tag):
            beside(self.path, "etag").write_text(tag, encoding="ascii")

    def discard(self) -> None:
        for path in (beside(self.path, "etag"), self.path):
            path.unlink(missing_ok=True)

    def tidy(self) -> None:
        """Discard what no attempt can go on from."""
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
        total = start + int(length) if length.isdigit() else None
        check_room(file, start, total)
        if start == 0:
            part.begin(response.headers.get("ETag", ""))
        try:
            receive(response, part, file.limit, lambda come: show(come, total))
        except Broken:
            raise
        except OSError:
            part.discard()
            raise
    if total is not None and part.length != total:
        raise Broken(f"it broke off after {megabytes(part.length)} of {megabytes(total)}")
    return digest


def open_address(address: str, headers: dict[str, str]) -> tuple[http.client.HTTPResponse, str]:
    """Return the response, and the digest that its host or one on the way to it states, "" if none does."""
    headers = {"User-Agent": f"keras_cnns/{__version__}", **headers}
    opener = urllib.request.OpenerDirector()  # knows neither file: nor ftp:, and follows nothing by itself
    for handler in (urllib.request.ProxyHandler, urllib.request.HTTPHandler, urllib.request.HTTPSHandler):
        opener.add_handler(handler())
    stated = ""
    for _ in range(MOST_REDIRECTS + 1):
        try:
            response = opener.open(urllib.request.Request(address, headers=headers), timeout=TIMEOUT)
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            raise (Broken if "Range" in headers else OSError)(one_line(error)) from error
        tag = response.headers.get("X-Linked-Etag", "").strip('"')
        stated = stated or (f"sha256:{tag}" if re.fullmatch("[0-9a-f]{64}", tag) else "")
        if response.status not in (301, 302, 303, 307, 308):
            return response, stated
        response.close()
        address = redirected(address, response.headers.get("Location", ""))
    raise OSError(f"it redirects more than {MOST_REDIRECTS} times")


def redirected(address: str, location: str) -> str:
    """Return where a redirect leads; an OSError if that is neither https nor, from http, http."""
    target = urljoin(address, location)
    scheme = urlsplit(target).scheme
    if scheme != "https" and not scheme == urlsplit(address).scheme == "http":
        raise OSError(f"it redirects to {target}, which is not https")
    return target


def first_byte(response: http.client.HTTPResponse, have: int, part: Part) -> int:
    """Return which byte of the file the response starts with; an error if it holds none of them."""
    status = f"it answers {response.status} {response.reason}".rstrip()
    found = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    if response.status == 416 or response.status == 206 and (not found or int(found[1]) != have):
        part.discard()
        raise Broken(f"{status} when asked for the rest")
    if response.status >= 500 or response.status == 429:
        raise Broken(status)
    if response.status not in (200, 206):
        raise OSError(status)
    if response.headers.get_content_type() == "text/html":
        raise OSError(WEB_PAGE)
    return have if response.status == 206 else 0


def check_room(file: File, start: int, total: int | None) -> None:
    """Refuse a file that is too long or has no room on the disk."""
    if total and total > file.limit:
        raise OSError(f"what it has is {megabytes(total)} long, the file about {megabytes(file.size)}")
    folder, needed = file.place.parent, (total or file.size) - start
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise OSError(f"{megabytes(needed)} are to come, but {folder} has room for {megabytes(free)}")


def receive(response: http.client.HTTPResponse, part: Part, limit: int, show: Callable[[int], None]) -> None:
    """Append to the part what comes, up to `limit` in all."""
    come = part.length
    with part.path.open("ab") as target:
        while chunk := next_bytes(response):
            if come == 0 and PAGE.match(chunk):
                raise OSError(WEB_PAGE)
            come += len(chunk)
            if come > limit:
                raise OSError(f"it sends more than {megabytes(limit)}, which is too much for this file")
            target.write(chunk)
            show(come)


def next_bytes(response: http.client.HTTPResponse) -> bytes:
    try:
        return response.read1(CHUNK)
    except (OSError, http.client.HTTPException) as error:
        raise Broken(f"it broke off: {one_line(error)}") from error


def one_line(error: Exception) -> str:
    """Say what is wrong with a connection."""
    cause = getattr(error, "reason", error)  # URLError wraps it
    if isinstance(cause, TimeoutError):
        return f"nothing came for {TIMEOUT:.0f} seconds"
    if isinstance(cause, socket.gaierror):
        return "the host is not known, or there is no connection"
    return " ".join(str(cause).split()) or type(cause).__name__
