"""Facts of the catalogue as text: the table in Markdown, a citation, an architecture's choices."""

import ast
from pathlib import Path

from keras_cnns.catalog import facts
from keras_cnns.catalog.papers import Paper
from keras_cnns.tables import Span, Table, axes_text, count_text


def markdown_table() -> str:
    """Return the table of networks, with links to their files and papers."""
    rows = [
        (
            Span(row.name, "code", f"keras_cnns/architectures/{row.file.name}"),
            Span(f"{surnames(row.paper)}, {row.paper.year}", url=row.paper.url),
            axes_text(row.in_shape),
            f"{row.trainable:,}",
            count_text(row.macs),
        )
        for row in facts.NETWORKS
    ]
    return Table(("network", "paper", "input", "parameters", "MACs"), rows, left=(0, 1, 2)).markdown()


def surnames(paper: Paper) -> str:
    """Name up to two authors, or the first of more."""
    names = [person.split()[-1] for person in paper.authors.split(", ")]
    return ", ".join(names) if len(names) < 3 else f"{names[0]} et al."


def choices(file: Path) -> str:
    """Return the `Choices:` paragraph of an architecture file: what its author had to decide."""
    docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    paragraph = next(part for part in docstring.split("\n\n") if part.startswith("Choices:"))
    return " ".join(paragraph.split())


def bibtex(paper: Paper) -> str:
    """Return a BibTeX entry."""
    key = paper.authors.split(",")[0].split()[-1].lower() + str(paper.year)
    people = " and ".join(paper.authors.split(", "))
    lines = [f"@misc{{{key},", f"  title = {{{paper.title}}},", f"  author = {{{people}}},"]
    lines += [
        f"  howpublished = {{{paper.venue}}},",
        f"  year = {{{paper.year}}},",
        f"  url = {{{paper.url}}}",
    ]
    return "\n".join(lines) + "\n}"
