"""Published files on this machine: where they are, and whether they are what was published."""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console
from rich.text import Text

from keras_cnns.safe_text import one_line

SLACK, MARGIN = 1.25, 1 << 24  # a file's stated size is not exact

console = Console(stderr=True)


@dataclass(frozen=True)
class File:
    """A published file.

    Attributes:
        name: in the cache folder, and at a mirror; no two files have the same.
        url: where it is published.
        digest: "md5:" or "sha256:" and hexadecimal digits; of a sha256 the first 8 or more are enough, which
            is what torchvision's file names have. "" if the host states the file's sha256, as Hugging Face
            does.
        size: roughly how many bytes; a much larger file is refused.
    """

    name: str
    url: str
    digest: str
    size: int

    def __post_init__(self) -> None:
        if not re.fullmatch(r"\w[\w.+-]*", self.name):
            raise ValueError(f"name must be that of a file, without a folder; got {self.name!r}.")
        if urlsplit(self.url).scheme != "https":
            raise ValueError(f"url must be an https address; got {self.url!r}.")
        if not re.fullmatch(r"(md5:[0-9a-f]{32}|sha256:[0-9a-f]{8,64})?", self.digest):
            raise ValueError(
                "digest must be 'md5:' and 32 hexadecimal digits, or 'sha256:' and 8 to 64, or ''; "
                f"got {self.digest!r}."
            )
        if self.size < 1:
            raise ValueError(f"size must be about the number of bytes; got {self.size}.")

    @property
    def path(self) -> Path:
        """Where it is, or will be, on this machine."""
        home = os.environ.get("KERAS_HOME") or "~/.keras"
        return Path(home).expanduser() / "models" / self.name

    @property
    def limit(self) -> int:
        """The most bytes that a download may have."""
        return int(self.size * SLACK) + MARGIN


def known_digest(file: File) -> str:
    """Return the digest that the file must have, "" if only its host knows it."""
    words = small_text(with_suffix(file.path, "sha256")).lower().split()
    noted = f"sha256:{words[0]}" if words and re.fullmatch("[0-9a-f]{64}", words[0]) else ""
    return file.digest or noted


def note_digest(file: File, digest: str) -> None:
    """Write the digest that the host stated to NAME.sha256, in the format of `sha256sum`."""
    line = f"{digest.removeprefix('sha256:')}  {file.name}\n"
    with_suffix(file.path, "sha256").write_text(line, encoding="ascii")


def digest_error(path: Path, digest: str) -> str:
    """Return why a file is not the one with this digest, "" if it is."""
    if not digest:
        return "its digest is unknown"
    kind, expected = digest.split(":")
    hashed = hashlib.new(kind, usedforsecurity=False)
    with path.open("rb") as source, console.status(f"Checking {path.name}"):
        while chunk := source.read(1 << 20):
            hashed.update(chunk)
    found = hashed.hexdigest()
    if found.startswith(expected):
        return ""
    return f"not the published file (its {kind} is {found}, not {expected})"


def megabytes(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"


def with_suffix(path: Path, suffix: str) -> Path:
    """Return the path with one more suffix: net.h5.part for net.h5."""
    return path.with_name(f"{path.name}.{suffix}")


def small_text(path: Path) -> str:
    """Return the text of a small file, "" if it is missing or not text."""
    try:
        return path.read_text(encoding="ascii")
    except (FileNotFoundError, UnicodeDecodeError):
        return ""


def log(line: str) -> None:
    """Print a line to standard error."""
    console.print(Text(one_line(line)), soft_wrap=True)
