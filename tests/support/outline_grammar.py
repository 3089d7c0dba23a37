"""The grammar of `keras_cnns.visualize.outline`: parsed back, and expanded into what it stands for."""

import re
from collections import Counter
from dataclasses import dataclass, field

SIGNS = re.compile(r" → | \| |\( | \)|\[|\]×\d+")
LETTERS = r"(?:[A-Z][a-z0-9]?)*"
BADGES = re.compile(rf"(?:({LETTERS})-)?({LETTERS})")
EXCEPTION = re.compile(
    r"the (?:first|last) has (?!no shortcut)(no )?(.+)|(no )?(.+) before the (?:first|last)"
)
BARE = re.compile(r"(?:(the first)(?: of each (\d+))? has |)no shortcut(?: in number (\d+(?: and \d+)*))?")
WORDS = {
    "batch norm": "B",
    "ReLU": "R",
    "swish": "Sw",
    "softmax": "S",
    "tanh": "T",
    "local response norm": "N",
}


@dataclass
class Element:
    """A label with the letters of its badges, those that come first apart, and its notes."""

    label: str
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass
class Repeat:
    body: list
    count: int


@dataclass
class Branches:
    """An empty one is a bare shortcut."""

    all: list[list]


@dataclass
class Drawing:
    title: str
    lane: list
    aux: list[list]
    modules: dict[str, list]

    @property
    def series(self) -> list[list]:
        return [self.lane, *self.aux, *self.modules.values()]


def parse(text: str) -> Drawing:
    """Return what an outline says; an AssertionError tells where it breaks the grammar."""
    title, lane, *rest = text.split("\n")
    assert lane.startswith("lane: "), lane
    drawing = Drawing(title, series(lane.removeprefix("lane: ")), [], {})
    for line in rest:
        name, parts = line.split(": ")
        if name == "aux":
            assert not drawing.modules, "heads come before modules"
            drawing.aux.append(series(parts))
        else:
            assert name not in drawing.modules, f"{name} is explained twice"
            drawing.modules[name] = series(parts)
    called = {element.label for parts in drawing.series for element in elements(parts)}
    assert set(drawing.modules) <= called, "a module that is explained stands somewhere"
    return drawing


def series(text: str) -> list:
    tokens, at = [], 0
    for sign in SIGNS.finditer(text):
        tokens += [text[at : sign.start()], sign[0]]
        at = sign.end()
    tokens = [token for token in [*tokens, text[at:]] if token]
    parts, end = _series(tokens, 0)
    assert end == len(tokens), f"{tokens[end]!r} closes nothing in {text!r}"
    return parts


def _series(tokens: list[str], at: int) -> tuple[list, int]:
    part, at = _part(tokens, at)
    parts = [part]
    while at < len(tokens) and tokens[at] == " → ":
        part, at = _part(tokens, at + 1)
        parts.append(part)
    return parts, at


def _part(tokens: list[str], at: int) -> tuple[Element | Repeat | Branches, int]:
    if tokens[at] == "[":
        body, at = _series(tokens, at + 1)
        assert tokens[at].startswith("]×"), tokens[at]
        count = int(tokens[at].removeprefix("]×"))
        assert count > 1
        return Repeat(body, count), at + 1
    if tokens[at] == "( ":
        branches = []
        while not branches or tokens[at] == " | ":
            bare = tokens[at + 1] in ("–", "– second")
            branch, at = ([], at + 2) if bare else _series(tokens, at + 1)
            branches.append(branch)
        assert tokens[at] == " )", tokens[at]
        assert len(branches) > 1 or is_towers(branches[0])
        return Branches(branches), at + 1
    return _element(tokens[at]), at + 1


def is_towers(branch: list) -> bool:
    """Whether a branch stands for several equal ones, as its first element says."""
    if len(branch) != 1 or not isinstance(branch[0], Repeat):
        return False
    return f"{branch[0].count} towers" in next(elements(branch)).notes


def _element(text: str) -> Element:
    assert text and text == text.strip() and not re.search(r"[→\[\]()|–\n]", text), text
    label, *said = text.split(" ·")
    if not said:
        return Element(label)
    (words,) = said
    first, _, rest = words.partition(" ")
    badges = BADGES.fullmatch(first)
    if not badges:
        badges, rest = BADGES.fullmatch(""), words
    before, after = (re.findall(r"[A-Z][a-z0-9]?", letters or "") for letters in badges.groups())
    return Element(label, before, after, rest.split(", ") if rest else [])


def elements(parts: list):
    """Every element in a series, in order; modules are not looked into."""
    for part in parts:
        if isinstance(part, Element):
            yield part
        else:
            for inner in part.all if isinstance(part, Branches) else [part.body]:
                yield from elements(inner)


def expand(drawing: Drawing) -> tuple[Counter, Counter]:
    """How often each label and each letter of a badge is in the model, modules and repeats written out."""
    labels, badges = Counter(), Counter()
    known: dict[str, tuple[Counter, Counter]] = {}

    def add(parts: list, times: int, labels: Counter, badges: Counter) -> None:
        for part in parts:
            if isinstance(part, Repeat):
                add(part.body, times * part.count, labels, badges)
            elif isinstance(part, Branches):
                for branch in part.all:
                    add(branch, times, labels, badges)
            else:
                own = (
                    module(part.label)
                    if part.label in drawing.modules
                    else (Counter([part.label]), Counter())
                )
                for whole, inner in zip((labels, badges), own):
                    for key, count in inner.items():
                        whole[key] += times * count
                for letter in part.before + part.after:
                    badges[letter] += times
                labels["add"] -= without_shortcut(part.notes, times)

    def module(name: str) -> tuple[Counter, Counter]:
        if name not in known:
            known[name] = Counter(), Counter()
            add(drawing.modules[name], 1, *known[name])
        return known[name]

    for parts in (drawing.lane, *drawing.aux):
        add(parts, 1, labels, badges)
    # "the last has no ReLU" is said of one copy, however often its module stands in the lane.
    for parts in drawing.series:
        for note in (note for element in elements(parts) for note in element.notes):
            if odd := EXCEPTION.fullmatch(note):
                badges[WORDS[odd[2] or odd[4]]] += -1 if odd[1] or odd[3] else 1
    return +labels, +badges


def without_shortcut(notes: list[str], times: int) -> int:
    """Of how many copies an element says that they have no shortcut, nor the layer that adds it."""
    for said in filter(None, map(BARE.fullmatch, notes)):
        first, each, places = said.groups()
        if places:
            return len(places.split(" and "))
        return times // int(each) if each else 1 if first else times
    return 0


def bare(parts: list) -> str:
    """A series as text without badges and notes, as the article's figures are quoted."""
    words = []
    for part in parts:
        if isinstance(part, Element):
            words.append(part.label)
        elif isinstance(part, Repeat):
            words.append(f"[{bare(part.body)}]×{part.count}")
        else:
            words.append("( " + " | ".join(bare(branch) or "–" for branch in part.all) + " )")
    return " → ".join(words)
