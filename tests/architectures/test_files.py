"""The rules that make an architecture file worth copying: Keras alone, short, and no silent variations."""

import ast
import inspect
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import keras
import pytest
from support.sizes import weightless_model

from keras_cnns import architectures

FILES = sorted(p for p in Path(architectures.__file__).parent.glob("*.py") if p.name != "__init__.py")
EACH = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
# A function whose docstring points there is the paper's own and may differ from file to file.
SOURCE = re.compile(r"Fig\.|Table|Section|Appendix|prototxt|paper|author|release|flow\b|Column|S2|C3")


def functions(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def public(file):
    """The factories that the package offers from this file."""
    names = {node.name for node in functions(ast.parse(file.read_text()))}
    return [getattr(architectures, name) for name in architectures.__all__ if name in names]


@EACH
def test_imports_keras_alone(file):
    imported = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add("." * node.level + (node.module or "").split(".")[0])
    assert imported == {"keras"}


@EACH
def test_runs_when_pasted_into_an_empty_namespace(file):
    namespace = {"__name__": "pasted"}
    exec(compile(file.read_text(), file.name, "exec"), namespace)
    name = public(file)[0].__name__
    assert weightless_model(namespace[name], (107, 107, 3), 2).output_shape == (None, 2)


def test_runs_alone_as_a_script(tmp_path):
    script = tmp_path / "resnet.py"
    script.write_text((FILES[0].parent / "resnet.py").read_text())
    run = subprocess.run([sys.executable, script.name], cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert "25,610,152" in run.stdout


@EACH
def test_budgets(file):
    text = file.read_text()
    assert len(text.splitlines()) <= 150
    for node in functions(ast.parse(text)):
        arguments = node.args
        count = len(arguments.args) + len(arguments.kwonlyargs) - ("self" in [a.arg for a in arguments.args])
        assert node.end_lineno - node.lineno < 30, node.name
        assert count <= 6, node.name


@EACH
def test_docstring_cites_the_paper_and_states_the_choices(file):
    docstring = ast.get_docstring(ast.parse(file.read_text()))
    assert re.search(r"\b(19|20)\d\d\b", docstring)
    assert "https://" in docstring
    assert "\n\nChoices: " in docstring


@EACH
def test_signatures(file):
    assert public(file)
    for factory in public(file):
        parameters = list(inspect.signature(factory).parameters.values())
        assert [p.name for p in parameters[:3]] == ["in_shape", "n_classes", "opt"]
        assert all(p.default is not p.empty for p in parameters)
        assert all(p.kind is p.KEYWORD_ONLY for p in parameters[3:])
        assert factory.__doc__
        assert inspect.signature(factory).return_annotation is keras.Model


@EACH
def test_the_paper_comes_first_and_the_argument_check_last(file):
    *_, last, script = ast.parse(file.read_text()).body
    assert last.name == "check_arguments"
    assert ast.unparse(script).startswith("if __name__ == '__main__':")


@EACH
def test_docstrings_say_what_is_built_from_what_to_what(file):
    for factory in public(file):
        text = " ".join(inspect.getdoc(factory).split())
        assert re.match(r"Build .+, from images \(batch, \*in_shape\) to ", text)
        for words in ("class probabilities", "(batch, n_classes)", "`opt`, a Keras optimizer or its name"):
            assert words in text
        assert "raises a ValueError" in text


def test_helpers_of_one_name_have_one_body():
    bodies = defaultdict(dict)
    for file in FILES:
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                docstring = ast.get_docstring(node) or ""
                if isinstance(node, ast.ClassDef) or not SOURCE.search(docstring):
                    bodies[node.name][file.stem] = ast.unparse(node)
    repeated = {name: places for name, places in bodies.items() if len(places) > 1}
    assert "check_arguments" in repeated
    assert len(repeated["check_arguments"]) == len(FILES)
    for name, places in repeated.items():
        assert len(set(places.values())) == 1, f"{name} differs between {', '.join(places)}"


def test_nothing_imports_tensorflow():
    for file in FILES[0].parent.parent.rglob("*.py"):
        assert not re.search(r"^\s*(import|from) tensorflow", file.read_text(), re.MULTILINE), file
