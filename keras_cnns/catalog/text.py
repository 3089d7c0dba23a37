"""Facts of the catalogue as text: a table for a README, numbers for people, a citation."""

import ast
from pathlib import Path

from keras_cnns.catalog import facts
from keras_cnns.catalog.papers import Paper


def markdown_table() -> str:
    """Return the table of networks, with links to their files and papers."""
    lines = ["| network | paper | input | parameters | MACs |", "|---|---|---|---:|---:|"]
    for row in facts.NETWORKS:
        name = f"[`{row.name}`](keras_cnns/architectures/{row.file.name})"
        paper = f"[{surnames(row.paper)}, {row.paper.year}]({row.paper.url})"
        size = "×".join(map(str, row.in_shape))
        lines.append(f"| {name} | {paper} | {size} | {row.trainable:,} | {macs(row.macs)} |")
    return "\n".join(lines) + "\n"


def surnames(paper: Paper) -> str:
    """Name up to two authors, or the first of more."""
    names = [person.split()[-1] for person in paper.authors.split(", ")]
    return ", ".join(names) if len(names) < 3 else f"{names[0]} et al."


def macs(count: int) -> str:
    """Three significant digits: 328 k, 725 M, 3.86 G."""
    for unit, factor in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if count >= factor:
            return f"{count / factor:#.3g}".rstrip(".") + f" {unit}"
    return str(count)


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
