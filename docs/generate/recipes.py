"""The recipes of docs/recipes: their code, with what it needs, and how many lines it has."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "recipes"
BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
LANGUAGE = {"TensorFlow": "tensorflow", "JAX": "jax", "PyTorch": "torch"}
ELSEWHERE = "With keras.applications"


@dataclass(frozen=True)
class Block:
    """A block of Python on a page.

    Attributes:
        page: its file.
        title: of the page, with the heading above the block where the page has several recipes.
        tab: the title of the tab or of the folded box that it is in; "" outside.
        code: what a reader copies.
        printed: what the page says that it prints.
    """

    page: Path
    title: str
    tab: str
    code: str
    printed: str

    @property
    def name(self) -> str:
        """What a test calls it."""
        return "-".join(filter(None, (self.title.replace(" ", "-"), self.tab.replace(" ", "-")))).lower()

    @property
    def is_elsewhere(self) -> bool:
        """Whether this is the same with keras.applications."""
        return self.tab == ELSEWHERE

    @property
    def backends(self) -> tuple[str, ...]:
        """On which backends it runs."""
        if self.tab in LANGUAGE:
            return (LANGUAGE[self.tab],)
        own = "import tensorflow" in self.code or self.is_elsewhere or "export" in self.code
        return ("tensorflow",) if own else ("tensorflow", "jax")

    @property
    def lines(self) -> int:
        """Lines of code: all but comments and empty ones."""
        lines = map(str.strip, self.code.splitlines())
        return sum(bool(line) and not line.startswith("#") for line in lines)


def pages() -> list[Path]:
    """The pages that have recipes."""
    return sorted(path for path in FOLDER.glob("*.md") if path.name != "index.md")


def blocks() -> list[Block]:
    """The code of all pages."""
    return [block for page in pages() for block in blocks_of(page)]


def blocks_of(page: Path) -> Iterator[Block]:
    """The code of a page, each block with what it prints."""
    text = page.read_text(encoding="utf-8")
    found = [each for each in BLOCK.finditer(text) if each[2] in ("python", "text")]
    headings = list(re.finditer(r"^##? (.+)$", BLOCK.sub(masked, text), re.MULTILINE))
    several = len({heading_above(each, headings[1:]) for each in found if not each[1]}) > 1
    for each, following in zip(found, [*found[1:], None]):
        if each[2] != "python":
            continue
        above = heading_above(each, headings[1:]) if several else ""
        prints = following is not None and following[2] == "text"
        yield Block(
            page,
            f"{headings[0][1]}: {above[0].lower()}{above[1:]}" if above else headings[0][1],
            tab_above(text, each),
            without_indent(each),
            without_indent(following) if prints and following else "",
        )


def masked(block: re.Match[str]) -> str:
    return re.sub("[^\n]", " ", block[0])


def heading_above(block: re.Match[str], headings: list[re.Match[str]]) -> str:
    return next((each[1] for each in reversed(headings) if each.start() < block.start()), "")


def tab_above(text: str, block: re.Match[str]) -> str:
    """Return the title of the tab or box that a block is indented in."""
    if not block[1]:
        return ""
    return re.findall(r'^(?:===|\?\?\? note) "(.+)"$', text[: block.start()], re.MULTILINE)[-1]


def without_indent(block: re.Match[str]) -> str:
    return re.sub(rf"^{block[1]}", "", block[3], flags=re.MULTILINE)


def compared() -> list[tuple[Block, Block | None]]:
    """Each recipe, the first of several tabs, with the same by keras.applications."""
    rows = []
    for page in pages():
        found = list(blocks_of(page))
        for title in dict.fromkeys(each.title for each in found):
            ours = next(each for each in found if each.title == title and not each.is_elsewhere)
            theirs = next((each for each in found if each.title == title and each.is_elsewhere), None)
            rows.append((ours, theirs))
    return rows


def table() -> str:
    """The table of lines as Markdown."""
    rows = ["| recipe | lines here | with keras.applications |", "|---|--:|--:|"]
    for ours, theirs in compared():
        rows.append(
            f"| [{ours.title}]({ours.page.name}) | {ours.lines} | {theirs.lines if theirs else '–'} |"
        )
    return "\n".join(rows) + "\n"
