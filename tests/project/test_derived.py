"""What the repository's files say of the networks follows from the catalogue; `make network` writes it."""

import ast
import re
import sys
from pathlib import Path

import pytest

from keras_cnns.catalog.facts import NETWORKS

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "docs" / "generate"))

import derived  # noqa: E402

FILES = ("keras_cnns/architectures/__init__.py", "keras_cnns/architectures/README.md", "README.md")
FILES = (*FILES, "docs/api/architectures.md")


@pytest.mark.parametrize("name", FILES)
def test_file_is_what_the_catalogue_gives(name, request):
    file, text = ROOT / name, derived.derived()[ROOT / name]
    if request.config.getoption("--update"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8"), "`make network` writes it anew"


def test_every_public_function_of_every_file_is_exported_and_has_its_entry():
    """Read from the files, without the catalogue: what takes an image's shape first is a network."""
    page = (ROOT / "docs" / "api" / "architectures.md").read_text(encoding="utf-8")
    exported = ast.parse((ROOT / FILES[0]).read_text(encoding="utf-8"))
    lists = [node for node in exported.body if isinstance(node, ast.Assign)]
    names = ast.literal_eval(lists[-1].value)
    found = {}
    for file in (ROOT / "keras_cnns" / "architectures").glob("*.py"):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and [a.arg for a in node.args.args][:1] == ["in_shape"]:
                found[node.name] = file.stem
    found.pop("check_arguments", None)
    assert sorted(found) == sorted(names)
    for name, module in found.items():
        assert f"\n::: keras_cnns.architectures.{module}.{name}\n" in page


def test_numbers_of_the_readme():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"(\d+) networks, its|five of (\d+)", text)) == {
        (str(len(NETWORKS)), ""),
        ("", str(len(NETWORKS))),
    }
    assert all(len(line) <= 120 or line.startswith("| ") for line in text.splitlines())
