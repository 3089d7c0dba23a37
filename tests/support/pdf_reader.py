"""What a PDF of one page draws, read back from its bytes (ISO 32000-1) in the pixels of a scene."""

import re
import zlib
from dataclasses import dataclass, field

POINTS = 0.75
_TOKEN = re.compile(
    rb"\((?:[^\\()]|\\.|\((?:[^\\()]|\\.)*\))*\)|/[^\s<>\[\]()/]+|-?\d+\.?\d*|[A-Za-z*']+|\[|\]", re.DOTALL
)
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


@dataclass
class Font:
    name: str
    letters: dict[int, str]
    widths: dict[int, float]
    is_embedded: bool


@dataclass
class Path:
    """A path as it is painted, B, f or S; points with their operators."""

    points: list[tuple[str, float, float]]
    painted: str
    fill: str
    stroke: str
    thickness: float
    join: int
    cap: int


@dataclass
class Words:
    """A string, where its baseline begins, how long it is, and in which fonts it is."""

    string: str
    x: float
    y: float
    width: float
    size: float
    fonts: list[str]
    colour: str


@dataclass
class Page:
    width: float
    height: float
    title: str
    drawn: list[Path | Words] = field(default_factory=list)
    fonts: list[Font] = field(default_factory=list)
    links: list[tuple[list[float], str]] = field(default_factory=list)

    @property
    def words(self):
        return [each for each in self.drawn if isinstance(each, Words)]

    @property
    def paths(self):
        return [each for each in self.drawn if isinstance(each, Path)]


def objects(pdf):
    """The objects of a PDF by number, found by its own table of where they begin."""
    table = int(re.search(rb"startxref\n(\d+)\n%%EOF\n?$", pdf)[1])
    head, *rows = pdf[table:].split(b"trailer")[0].splitlines()[1:]
    assert head.split() == [b"0", str(len(rows)).encode()] and rows[0].startswith(b"0000000000 65535 f")
    found = {}
    for number, row in enumerate(rows[1:], 1):
        body = pdf[int(row[:10]) :]
        assert body.startswith(f"{number} 0 obj\n".encode())
        found[number] = body[: body.index(b"\nendobj")].split(b"obj\n", 1)[1]
    return found


def stream(body):
    head, data = re.match(rb"<<(.*?)>>\s*stream\r?\n(.*)\r?\nendstream", body, re.DOTALL).groups()
    assert len(data) == int(re.search(rb"/Length (\d+)", head)[1])
    return zlib.decompress(data) if b"/FlateDecode" in head else data


def read(pdf, join=True):
    """Return the page, its fonts, and what it draws in order, words that follow one another joined or not."""
    found = objects(pdf)
    [page] = [body for body in found.values() if re.search(rb"/Type /Page\b(?!s)", body)]
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", b"".join(found.values()))
    width, height = float(box[1]), float(box[2])
    title = re.search(rb"/Title (?:<(\w*)>|\((.*?)\)\n)", b"".join(found.values()))
    written = (
        ""
        if not title
        else bytes.fromhex(title[1].decode()).decode("utf-16")
        if title[1]
        else title[2].decode("latin-1")
    )
    result = Page(width / POINTS, height / POINTS, written)
    resources = found[int(re.search(rb"/Resources (\d+) 0 R", page)[1])]
    fonts = {name: _font(found, int(n)) for name, n in re.findall(rb"/(F\d+) (\d+) 0 R", resources)}
    states = {name: found[int(number)] for name, number in re.findall(rb"/(GS\d+) (\d+) 0 R", resources)}
    result.fonts = list(fonts.values())
    drawing = stream(found[int(re.search(rb"/Contents (\d+) 0 R", page)[1])])
    operations = _operations(drawing, fonts, states, height)
    result.drawn = list(_joined(operations) if join else operations)
    pattern = rb"/URI \((.*?)\)>>.*?/Rect \[([^]]*)\]\s*/Subtype /Link"
    for address, place in re.findall(pattern, page, re.DOTALL):
        result.links.append(([float(corner) / POINTS for corner in place.split()], address.decode()))
    return result


def _font(found, number):
    def refer(body, name):
        return found[int(re.search(rb"/%b (?:\[)?(\d+) 0 R" % name, body)[1])]

    descendant = refer(found[number], b"DescendantFonts")
    table = stream(refer(found[number], b"ToUnicode")).decode()
    letters = {
        int(code, 16): bytes.fromhex(letter).decode("utf-16-be")
        for part in re.findall(r"beginbfchar(.*?)endbfchar", table, re.DOTALL)
        for code, letter in re.findall(r"<(\w+)> <(\w+)>", part)
    }
    descriptor = refer(descendant, b"FontDescriptor")
    embedded = bool(re.search(rb"/FontFile\d? \d+ 0 R", descriptor))
    name = re.search(rb"/BaseFont /(\S+)", descendant)[1].decode()
    return Font(name, letters, _widths(descendant), embedded)


def _widths(descendant):
    numbers = re.search(rb"/W \[(.*)\]", descendant, re.DOTALL)[1].decode()
    widths, waiting = {}, []
    for token in re.findall(r"\[[^]]*\]|\d+", numbers):
        if token.startswith("["):
            [first] = waiting
            widths |= dict(enumerate(map(float, token[1:-1].split()), first))
            waiting = []
            continue
        waiting.append(int(token))
        if len(waiting) == 3:
            first, last, width = waiting
            widths |= dict.fromkeys(range(first, last + 1), float(width))
            waiting = []
    assert not waiting
    return widths


def _operations(drawing, fonts, states, height):
    state = {"fill": "#000000", "stroke": "#000000", "width": 1.0, "stretch": 1.0, "join": 0, "cap": 0}
    saved, operands, points, at = [], [], [], (0.0, 0.0)
    for match in _TOKEN.finditer(drawing):
        token = match[0]
        if not token[:1].isalpha():
            operands.append(token)
            continue
        numbers = [float(one) for one in operands if re.fullmatch(rb"-?\d+\.?\d*", one)]
        match token.decode():
            case "q":
                saved.append(dict(state))
            case "Q":
                state = saved.pop()
            case "gs":
                body = states[operands[-1][1:]]
                for name, key in ((b"LJ", "join"), (b"LC", "cap")):
                    state[key] = int(re.search(rb"/%b (\d)" % name, body)[1])
            case "J":
                state["cap"] = int(numbers[0])
            case "g" | "rg":
                state["fill"] = _colour(numbers)
            case "G" | "RG":
                state["stroke"] = _colour(numbers)
            case "w":
                state["width"] = numbers[0] / POINTS
            case "m" | "l" | "c" as kind:
                pairs = [_place(*numbers[i : i + 2], height) for i in range(0, len(numbers), 2)]
                points += [(kind, *pair) for pair in pairs]
            case "re":
                (x, y), (w, h) = _place(*numbers[:2], height), numbers[2:]
                points.append(("re", x, y))
                points.append(("size", w / POINTS, -h / POINTS))
            case "h":
                points.append(("h", 0.0, 0.0))
            case "B" | "f" | "S" as painted:
                look = state["fill"], state["stroke"], state["width"], state["join"], state["cap"]
                yield Path(points, painted, *look)
                points = []
            case "Tz":
                state["stretch"] = numbers[0] / 100
            case "Tf":
                state["font"], state["size"] = fonts[operands[0][1:]], numbers[0] / POINTS
            case "Td":
                at = _place(*numbers, height)
            case "Tj":
                yield _words(operands[-1], state, at)
        operands = []
    assert not saved and not points


def _words(operand, state, at):
    raw = re.sub(rb"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), operand[1:-1], flags=re.DOTALL)
    codes = [int.from_bytes(raw[i : i + 2], "big") for i in range(0, len(raw), 2)]
    font = state["font"]
    width = sum(font.widths[code] for code in codes) / 1000 * state["size"] * state["stretch"]
    string = "".join(font.letters[code] for code in codes)
    return Words(string, *at, width, state["size"], [font.name], state["fill"])


def _joined(drawn):
    """Parts of one string in several fonts follow one another on one line."""
    last = None
    for each in drawn:
        follows = (
            isinstance(last, Words)
            and isinstance(each, Words)
            and (each.y, each.size) == (last.y, last.size)
            and abs(last.x + last.width - each.x) < 0.1
        )
        if follows:
            last.string += each.string
            last.width += each.width
            last.fonts += each.fonts
            continue
        if last is not None:
            yield last
        last = each
    if last is not None:
        yield last


def _place(x, y, height):
    return x / POINTS, (height - y) / POINTS


def _colour(numbers):
    three = numbers * 3 if len(numbers) == 1 else numbers
    return "#" + "".join(f"{round(255 * one):02x}" for one in three)
