"""What the project says of itself is true: requirements, README, version."""

import re
import sys
from pathlib import Path

from support.sizes import weightless_model

import keras_cnns
from keras_cnns.architectures import resnet50
from keras_cnns.catalog.text import markdown_table
from keras_cnns.visualize import plot_model

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]


def pyproject():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_requirements_are_those_of_the_package():
    project = pyproject()
    lines = (ROOT / "requirements.txt").read_text().replace('"', "'").splitlines()
    required = {line for line in lines if line and line[0] not in "#-"}
    used = ("tensorflow", "weights", "plot", "pptx", "train", "notebooks", "test")
    extras = [line for name in used for line in project["optional-dependencies"][name]]
    allowed = {*project["dependencies"], *extras} - {"keras-cnns[plot]"}
    assert required <= allowed
    assert allowed - required == {"typer>=0.15", "rich>=13.7"}


def test_version():
    version = keras_cnns.__version__
    assert version == pyproject()["version"]
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text()
    assert f"version = {{{version}}}" in (ROOT / "README.md").read_text()
    assert f"\n## {version} " in (ROOT / "CHANGELOG.md").read_text()


def test_tables_of_networks_are_the_catalogues():
    """Five rows in the README; `test_derived` looks at those beside the files."""
    table = markdown_table()
    readme = (ROOT / "README.md").read_text()
    shown = readme[readme.index("| network | paper |") :].partition("\n\n")[0].splitlines()
    assert len(shown) == 7 and set(shown) <= set(table.splitlines())


def test_readme_picture_is_what_plot_model_draws(request):
    """`make outlines` rewrites it."""
    picture = ROOT / "docs" / "resnet50.svg"
    drawn = plot_model(weightless_model(resnet50)).svg()
    if request.config.getoption("--update"):
        picture.write_text(drawn, encoding="utf-8")
    assert "(docs/resnet50.svg)" in (ROOT / "README.md").read_text()
    assert drawn == picture.read_text(encoding="utf-8")


def test_readme_code_runs(tmp_path, monkeypatch):
    """Every Python block, in order, in one namespace; that on published weights is in test_weights."""
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert blocks
    namespace = {}
    for block in blocks:
        if "photographs" not in block:
            exec(block, namespace)
