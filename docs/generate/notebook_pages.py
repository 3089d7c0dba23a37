"""A notebook with its stored outputs as a page; nothing is run."""

import base64
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import formulas
import nbformat
from nbformat import NotebookNode

# Of the forms in which an output is stored, the first of these that it has is shown.
FORMS = ("image/svg+xml", "image/png", "text/html", "text/markdown", "text/plain")
COLOURS = re.compile(r"\x1b\[[0-9;]*m")  # as terminals take them
INTRODUCTION = """\
# Notebooks

Each tells a paper's story with the code at hand, runs in about a minute without a network or an
accelerator, and ends with exercises that check themselves. The pages show what was printed and
drawn when they were last run; to run one, download it, or open the folder `notebooks/` of the
project in Jupyter.
"""


@dataclass
class Page:
    """A page's name, its Markdown, and the pictures beside it."""

    name: str
    text: str = ""
    pictures: dict[str, bytes] = field(default_factory=dict)


def page(path: Path) -> Page:
    """Return the page of a notebook."""
    made = Page(path.stem)
    parts = []
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            parts.append(formulas.with_mathml(cell.source))
        elif cell.source:
            installs = cell.source.startswith("%pip")  # and says what only its reader's machine knows
            parts += [fenced(cell.source, "python"), *([] if installs else outputs(cell, made))]
    title, *rest = parts
    download = f"[Download the notebook]({path.name}){{ .download }}"
    made.text = "\n\n".join([title, download, *rest]) + "\n"
    return made


def outputs(cell: NotebookNode, made: Page) -> Iterator[str]:
    """What a cell printed and showed; pictures go to the page's files."""
    for output in cell.outputs:
        if output.output_type == "stream":
            yield fenced(COLOURS.sub("", output.text).rstrip("\n"), "text")
            continue
        data = output.get("data", {})
        form = next((form for form in FORMS if form in data), None)
        if form in ("image/svg+xml", "image/png"):
            yield picture(data, form, made)
        elif form == "text/html":
            yield f'<div class="output">\n{data[form].strip()}\n</div>'
        elif form == "text/markdown":
            yield data[form]
        elif form:
            yield fenced(data[form], "text")


def picture(data: NotebookNode, form: str, made: Page) -> str:
    """Keep a picture as a file, and show it linked to itself."""
    svg = form == "image/svg+xml"
    name = f"{made.name}_{len(made.pictures) + 1}.{'svg' if svg else 'png'}"
    made.pictures[name] = data[form].encode() if svg else base64.b64decode(data[form])
    alternative = re.sub(r"[<>\[\]]", "", data.get("text/plain", "")) or "What the cell draws"
    return f'[![{alternative}]({name})]({name} "Full size"){{ .picture }}'


def fenced(text: str, language: str) -> str:
    """A block of code, with a fence longer than any in it."""
    fence = "`" * max([3, *(len(run) + 1 for run in re.findall("`+", text))])
    style = " .output" if language == "text" else ""
    return f"{fence} {{.{language}{style}}}\n{text}\n{fence}"


def index(pages: Sequence[Page]) -> str:
    """Return the page that lists the notebooks, each with the paragraph below its title."""
    entries = []
    for made in pages:
        title, _, rest = made.text.removeprefix("# ").partition("\n")
        paragraph = re.search(r"^\w[^\n]*(\n[^\n]+)*", rest.partition("[Download")[0].strip())
        about = " ".join(paragraph[0].split()) if paragraph else ""
        entries.append(f"## [{title.strip()}]({made.name}.md)\n\n{about}")
    return "\n\n".join([INTRODUCTION, *entries]) + "\n"
