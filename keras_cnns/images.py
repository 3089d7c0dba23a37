"""The one reader of image files: a file becomes 8-bit pixels, or a ValueError that names it.

What a file is called does not matter. Its content must be BMP, GIF, JPEG, PNG or WebP, which Pillow decodes
by itself. Some of its other formats start programs: an encapsulated PostScript called cat.jpg would run in
Ghostscript. Only regular files are opened, because a pipe or a device can block or never end. Bytes, pixels
and passes over the pixels are bounded.

The pixels are those that a viewer shows, with these choices:

- The image is upright: the EXIF orientation is obeyed. One that cannot be read counts as upright.
- 16-bit grey is scaled from 0..65535 to 0..255 and rounded. Of 16-bit colours Pillow keeps the upper 8 bits.
- Transparent parts are shown on white, as on a page. `keras.utils.load_img` and torchvision drop the opacity
  instead, and so show what happens to stand under transparent pixels, which is mostly black: a black drawing
  on a transparent ground becomes all black.
- Of an animation the first frame is taken.
- Colour profiles are not applied, as in Keras and torchvision; CMYK is converted by the plain formula.
- Grey is ITU-R 601 luma, as Pillow computes it.
"""

import importlib.util
import os
import re
import stat
from collections import Counter
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from keras_cnns.atomic_write import KINDS
from keras_cnns.safe_text import one_line, shortened

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

FORMATS = ("BMP", "GIF", "JPEG", "PNG", "WEBP")
SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".webp")
# Pillow's own limit: a quarter of a GiB as 8-bit RGB. The largest full-frame cameras have 61 million.
MOST_PIXELS = 89_478_485
MOST_BYTES = 4 * MOST_PIXELS  # an uncompressed BMP with opacity, the largest way to store that
# A progressive JPEG has about ten. Each costs a pass over all pixels, however few bytes it has.
MOST_SCANS = 100
MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")  # of a JPEG's segments; the others stand inside scans
MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr")
GREY_16_BITS = ("I;16", "I;16L", "I;16B", "I")  # Pillow before version 11 reads 16-bit PNG as "I"
OPEN_FLAGS = ("O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY")  # as far as the system has them


class Refused(Exception):
    """Says in words why a file is not read."""


def require_pillow(extra: str) -> None:
    """Say what to install if Pillow is missing, with an ImportError."""
    if importlib.util.find_spec("PIL") is None:
        raise ImportError(f'images are read with Pillow: pip install "keras-cnns[{extra}]"')


def read(file: Path, channels: int = 3) -> "np.ndarray":
    """Return an image file as 8-bit pixels, (height, width, 3) in RGB or (height, width, 1) in grey.

    Raises:
        ValueError: if the file cannot be read; one printable line with its name and the reason.
    """
    import numpy as np

    pixels = np.asarray(picture(file, channels))
    return pixels if channels == 3 else pixels[..., None]


def picture(file: Path, channels: int = 3, at_least: int | None = None) -> "Image.Image":
    """Return an image file as a Pillow image of mode "RGB", or of mode "L" for one channel.

    Args:
        file: the image.
        channels: 3 or 1.
        at_least: a JPEG may be decoded at a half, a quarter or an eighth of its size, which is faster, if
            both of its sides still have so many pixels.

    Raises:
        ValueError: as `read`.
    """
    from PIL import Image

    if channels not in (1, 3):
        raise ValueError(f"channels must be 1 or 3; got {channels}.")
    try:
        content = contents(file)
        check_scans(content)
        with Image.open(BytesIO(content), formats=FORMATS) as opened:
            check_header(opened)
            if at_least is not None:
                opened.draft(None, (at_least, at_least))
            opened.load()
            return upright(opened, plain(opened).convert("RGB" if channels == 3 else "L"))
    except Exception as error:  # decoders raise whatever they stumble over
        raise ValueError(f"{one_line(str(file))}: {reason(error)}") from error


def contents(file: Path) -> bytes:
    """Return the bytes of a regular file; nothing else is opened, and no more than the bound is read."""
    check_file(os.stat(file))
    flags = os.O_RDONLY
    for name in OPEN_FLAGS:
        flags |= getattr(os, name, 0)
    with open(os.open(file, flags), "rb") as opened:
        check_file(os.fstat(opened.fileno()))  # the name may lead to something else by now
        content = opened.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise Refused(f"it has more than {MOST_BYTES:,} bytes")
    if not content:
        raise Refused("the file is empty")
    return content


def check_file(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise Refused(f"this is {KINDS.get(stat.S_IFMT(status.st_mode), 'something else')}, not a file")
    if status.st_size > MOST_BYTES:
        raise Refused(f"{status.st_size:,} bytes are more than the {MOST_BYTES:,} that are read")


def check_header(opened: "Image.Image") -> None:
    if opened.width * opened.height > MOST_PIXELS:
        size = f"{opened.width:,} × {opened.height:,}"
        raise Refused(f"{size} pixels are more than the {MOST_PIXELS:,} that are read")
    check_mode(opened.mode)


def check_mode(mode: str) -> None:
    if mode not in MODES + GREY_16_BITS:
        raise Refused(f"pixels of the kind {one_line(mode)} are not read; 8-bit grey and RGB are")


def check_scans(content: bytes) -> None:
    """Refuse a JPEG of very many scans: a small one can take hours."""
    place, scans = 2 if content.startswith(b"\xff\xd8") else len(content), 0
    while (marker := MARKER.search(content, place)) and marker.group() != b"\xff\xd9":  # the end of the image
        scans += marker.group() == b"\xff\xda"
        if scans > MOST_SCANS:
            raise Refused(f"a JPEG of more than {MOST_SCANS} scans is not read")
        length = content[marker.end() : marker.end() + 2]
        place = marker.end() + max(2, int.from_bytes(length, "big"))


def plain(opened: "Image.Image") -> "Image.Image":
    """Return the pixels as 8-bit grey or colours, transparent ones on white."""
    from PIL import Image

    if opened.mode in GREY_16_BITS:
        return eight_bits(opened)
    if "A" not in opened.mode and "transparency" not in opened.info:
        return opened
    seen = opened.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen)


def eight_bits(opened: "Image.Image") -> "Image.Image":
    """Return 16-bit grey as 8-bit grey; one value can stand for transparent."""
    import numpy as np
    from PIL import Image

    deep = np.asarray(opened).astype("uint32")
    grey = ((deep + 128) // 257).astype("uint8")
    if "transparency" in opened.info:
        grey[deep == opened.info["transparency"]] = 255
    return Image.fromarray(grey)


def upright(opened: "Image.Image", seen: "Image.Image") -> "Image.Image":
    """Return `seen` the way up that the file notes.

    `PIL.ImageOps.exif_transpose` also writes the EXIF block again, and fails where it cannot.
    """
    from PIL import Image

    try:
        orientation = opened.getexif().get(0x0112, 1)
    except Exception:
        orientation = 1
    turns = Image.Transpose
    method = {
        2: turns.FLIP_LEFT_RIGHT,
        3: turns.ROTATE_180,
        4: turns.FLIP_TOP_BOTTOM,
        5: turns.TRANSPOSE,
        6: turns.ROTATE_270,
        7: turns.TRANSVERSE,
        8: turns.ROTATE_90,
    }.get(orientation)
    return seen if method is None else seen.transpose(method)


def reason(error: Exception) -> str:
    """Say in one line why a file cannot be read."""
    from PIL import Image, UnidentifiedImageError

    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, UnidentifiedImageError):
        return "not a BMP, GIF, JPEG, PNG or WebP image, or damaged at its start"
    if isinstance(error, (Image.DecompressionBombError, Image.DecompressionBombWarning)):
        return f"more pixels than the {MOST_PIXELS:,} that are read"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror  # the rest of its text repeats the name
    return shortened(str(error), 200) or type(error).__name__


def listed(folder: Path) -> tuple[list[Path], Counter[str]]:
    """Return the image files in a folder by name, and how many of which kinds are left out; see `names`."""
    found, left_out = names(folder)
    return [folder / name for name in found], left_out


def names(folder: Path) -> tuple[list[str], Counter[str]]:
    """Return the names of the image files in a folder, sorted, and how many of which kinds are left out.

    Hidden files are left out without counting: systems make them, such as the `._cat.jpg` that macOS puts
    beside each file on a foreign disk. No file is opened.
    """
    found, left_out = [], Counter[str]()
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):  # else the order is the disk's
            if entry.name.startswith("."):
                continue
            suffix = os.path.splitext(entry.name)[1].lower()
            if is_kind(entry.is_dir):
                left_out["folders"] += 1
            elif not is_kind(entry.is_file):
                left_out["not regular files"] += 1
            elif suffix in SUFFIXES:
                found.append(entry.name)
            else:
                left_out[shortened(suffix, 12) if len(suffix) > 1 else "without suffix"] += 1
    return found, left_out


def is_kind(asked: Callable[[], bool]) -> bool:
    """Whether something is a folder, or a regular file; not if it leads nowhere or may not be looked at."""
    try:
        return asked()
    except OSError:
        return False


def left_out_text(left_out: Counter[str]) -> str:
    """Say in one line how many files of which kinds are left out, the commonest first."""
    named = left_out.most_common(6)
    rest = left_out.total() - sum(count for _, count in named)
    kinds = [f"{kind} ({count:,})" for kind, count in named + [("others", rest)] * bool(rest)]
    return f"left out: {', '.join(kinds)}; what is read ends in {' '.join(SUFFIXES)}"


def problem(file: Path) -> str | None:
    """Return why a file cannot be read, or None. All of it is decoded, a JPEG at an eighth of its size."""
    try:
        picture(file, at_least=1)
    except ValueError as error:
        return str(error)
    return None
