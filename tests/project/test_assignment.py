"""The worked assignment in examples/: its notebooks are what its program writes, its points those expected.

The cells run here as nbgrader and Otter run them, without the two; `examples/assignment/grade.py` has them.
"""

import ast
import contextlib
import csv
import io
import runpy
import sys
from pathlib import Path

import nbformat
import pytest

from keras_cnns.weightless import build_weightless

FOLDER = Path(__file__).parents[2] / "examples" / "assignment"
assignment = runpy.run_path(str(FOLDER / "assignment.py"))
with (FOLDER / "expected.csv").open(encoding="utf-8") as file:
    EXPECTED = {row.pop("student"): row for row in csv.DictReader(file)}


@pytest.mark.parametrize("place", assignment["NOTEBOOKS"])
def test_the_backend_starts_before_the_first_test(place):
    """What TensorFlow writes to standard error when it starts would cost a test of nbgrader its points."""
    code = [cell.source for cell in assignment["NOTEBOOKS"][place]().cells if cell.cell_type == "code"]
    assert "keras.ops.zeros(1)" in code[0] and "compare" not in code[0]


def test_every_student_is_expected():
    assert sorted(EXPECTED) == sorted(path.stem for path in (FOLDER / "students").glob("*.py"))
    assert len(EXPECTED) == 6


@pytest.mark.parametrize("place", assignment["NOTEBOOKS"])
def test_notebooks_are_what_the_program_writes(place):
    written = nbformat.read(FOLDER / place, 4)
    assert written == assignment["NOTEBOOKS"][place]()
    if "release" in place:
        assert "SOLUTION" not in str(written) and "layers.Conv2D" not in str(written)


@pytest.fixture(scope="module")
def models():
    """What each student's functions return, without weights; None where they raise."""

    def built(function):
        try:
            return build_weightless(function)
        except ValueError:
            return None

    names = [f"build_{task.name}" for task in assignment["TASKS"]]
    students = {name: runpy.run_path(str(FOLDER / "students" / f"{name}.py")) for name in EXPECTED}
    return {name: {f: built(code[f]) for f in names} for name, code in students.items()}


@pytest.mark.parametrize("student", EXPECTED)
def test_points(student, models):
    functions = {name: handed_in(model) for name, model in models[student].items()}
    for task in assignment["TASKS"]:
        expected = float(EXPECTED[student][task.name])
        assert points_of_nbgrader(task, functions) == expected, task.name
        tests = assignment["otter_tests"](task)
        # What passes for a number of points passes for each below it, so the two around the number decide.
        passed = [passes(tests[point - 1], functions) for point in near(int(expected), task.points)]
        assert passed == [point <= expected for point in near(int(expected), task.points)], task.name


def near(points, most):
    return [point for point in (points, points + 1) if 1 <= point <= most]


def handed_in(model):
    def build():
        if model is None:
            raise ValueError("this student's code raises")
        return model

    return build


def points_of_nbgrader(task, functions):
    """The value of the cell's last line; 0 if it raises."""
    cells = assignment["nbgrader_notebook"](True).cells
    (cell,) = [cell for cell in cells if cell.id == f"{task.name}-test"]
    assert cell.metadata.nbgrader["points"] == task.points
    *before, last = ast.parse(cell.source).body
    namespace = dict(functions)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(ast.Module(before, []), "cell", "exec"), namespace)
            return eval(compile(ast.Expression(last.value), "cell", "eval"), namespace)
    except ValueError:
        return 0


def passes(test, functions):
    """Whether a test of Otter passes: nothing raised, nothing printed."""
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            exec(test, dict(functions))
    except (AssertionError, ValueError):
        return False
    return printed.getvalue() == ""


def test_answers_are_put_into_the_release(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["grade.py"])
    grade = runpy.run_path(str(FOLDER / "grade.py"))
    notebook = grade["filled_in"](assignment["nbgrader_notebook"](True), "ben")
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    for function in grade["answers"]("ben").values():
        assert function in sources and function.startswith("def build_")
        compile(function, "ben", "exec")
