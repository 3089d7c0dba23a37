"""What files of the repository say of the networks, made of the catalogue; `make network` writes it.

The exports of `keras_cnns.architectures`, the table beside the files, the README's rows and numbers, and the
page of the functions.
"""

import ast
import re
from pathlib import Path

import proof_table

from keras_cnns.catalog import facts
from keras_cnns.catalog.text import markdown_table
from keras_cnns.weights import SETS

ROOT = Path(__file__).parents[2]
ARCHITECTURES = ROOT / "keras_cnns" / "architectures"
WIDTH = 110


def derived() -> dict[Path, str]:
    """Return the text that each of these files must have."""
    return {
        ARCHITECTURES / "__init__.py": exports(),
        ARCHITECTURES / "README.md": with_table(ARCHITECTURES / "README.md"),
        ROOT / "README.md": readme(),
        ROOT / "docs" / "api" / "architectures.md": functions(),
    }


def files() -> dict[str, list[str]]:
    """The names of the networks of each file, in the order of publication."""
    found: dict[str, list[str]] = {}
    for network in facts.NETWORKS:
        found.setdefault(network.module, []).append(network.name)
    return found


def title(module: str) -> str:
    """What a file calls its networks: what stands before the colon of its docstring."""
    text = (ARCHITECTURES / f"{module}.py").read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(text)) or "").partition(":")[0].partition(" (")[0]


def exports() -> str:
    """The module that has all functions, as the formatter writes it."""
    lines = [
        '"""The networks, one file per paper, in order of publication. `make network` writes this file."""',
        "\nfrom keras_cnns.backends import require_backend\n\nrequire_backend()\n",
    ]
    for module, names in sorted(files().items()):
        ordered = sorted(names, key=lambda name: [(*map(_part, re.findall(r"\d+|\D+", name)),)])
        line = f"from keras_cnns.architectures.{module} import {', '.join(ordered)}"
        if len(line) > WIDTH:
            inside = "".join(f"    {name},\n" for name in ordered)
            line = f"from keras_cnns.architectures.{module} import (\n{inside})"
        lines.append(line)
    everything = "".join(f'    "{network.name}",\n' for network in facts.NETWORKS)
    return "\n".join([*lines, f"\n__all__ = [\n{everything}]\n"])


def _part(text: str) -> tuple[int, int, str]:
    """Numbers are sorted by their value, before letters."""
    return (0, int(text), "") if text.isdecimal() else (1, 0, text)


def with_table(file: Path) -> str:
    """The page beside the files, whose end is the table of all networks."""
    text = file.read_text(encoding="utf-8").partition("| network | paper |")[0]
    return text + markdown_table().replace("(keras_cnns/architectures/", "(")


def readme() -> str:
    """The README with the rows that it has, and its numbers."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for row in markdown_table().splitlines():
        if name := re.match(r"\| \[`\w+`\]", row):
            text = re.sub(f"^{re.escape(name[0])}.*$", lambda _, row=row: row, text, flags=re.MULTILINE)
    count = len(facts.NETWORKS)
    measured = proof_table.read(ROOT / "docs" / "proof.csv")
    in_keras = {name for (name, _), found in measured.items() if any("keras.app" in who for who in found)}
    last = facts.NETWORKS[-1]
    said = {
        r"lists \d+ sets of weights for \d+ networks": f"lists {len(SETS)} sets of weights for "
        f"{len({row.network for row in SETS})} networks",
        r"These are five of \d+:": f"These are five of {count}:",
        r"has \d+ of these \d+ networks": f"has {len(in_keras)} of these {count} networks",
        r"LeNet-5 to [^,]+, each": f"LeNet-5 to {title(last.module)}, each",
        r"Nothing after \d+": f"Nothing after {last.paper.year}",
    }
    for pattern, words in said.items():
        text, found = re.subn(pattern, words, text)
        if found != 1:
            raise ValueError(f"README.md must say once what {pattern!r} finds; it does {found} times.")
    return text


def functions() -> str:
    """The page of the API: its introduction, the options, and each function below the name of its file."""
    file = ROOT / "docs" / "api" / "architectures.md"
    text = file.read_text(encoding="utf-8")
    fixed = [f"| `{name}` | {words} |" for name, words in facts.OPTIONS.items()]
    before, _, rest = text.partition("| `opt` |")
    first, _, rest = rest.partition("\n")
    after = rest.partition("\n\n")[2].partition("\n## ")[0]
    sections = [
        f"## {title(module)}\n\n{''.join(map(reference(module), names))}" for module, names in files().items()
    ]
    table = f"{before}| `opt` |{first}\n" + "\n".join(sorted(fixed))
    return f"{table}\n\n{after.rstrip()}\n\n" + "".join(sections)


def reference(module: str):
    """Return what makes a function's entry."""
    return lambda name: (
        f"::: keras_cnns.architectures.{module}.{name}\n    options:\n      heading_level: 3\n\n"
    )
