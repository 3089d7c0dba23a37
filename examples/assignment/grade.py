"""Grade the six students with nbgrader and with otter-grader, and compare the points with expected.csv.

    pip install nbgrader otter-grader keras-cnns
    python grade.py nbgrader      # or otter

It works in the folder graded/ where it is called. What students see is left there: feedback/ of nbgrader, and
the results of otter.
"""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat

HERE = Path(__file__).parent
TASKS = ("lenet", "resnet")
WORK = Path("graded").resolve()


def main() -> int:
    if sys.argv[1:] not in (["nbgrader"], ["otter"]):
        sys.exit(__doc__)
    tool = sys.argv[1]
    folder = WORK / tool
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    points = {"nbgrader": with_nbgrader, "otter": with_otter}[tool](folder)
    wrong = 0
    for name, expected in expected_points().items():
        fine = points.get(name) == expected
        wrong += not fine
        print(name, points.get(name), "as expected" if fine else f"but expected were {expected}")
    print(f"{folder} has what students see.")
    return wrong


def expected_points() -> dict[str, dict[str, float]]:
    with (HERE / "expected.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {row["student"]: {task: float(row[task]) for task in TASKS} for row in rows}


def answers(student: str) -> dict[str, str]:
    """The two functions that a student wrote."""
    _, *parts = (HERE / "students" / f"{student}.py").read_text(encoding="utf-8").split("\ndef build_")
    return {part.partition("(")[0]: f"def build_{part}".strip() for part in parts}


def filled_in(notebook: nbformat.NotebookNode, student: str) -> nbformat.NotebookNode:
    """The notebook that students get with a student's functions in it."""
    for task, code in answers(student).items():
        (cell,) = [cell for cell in notebook.cells if cell.source.startswith(f"def build_{task}(")]
        cell.source = code
    return notebook


def run(*words: str, folder: Path) -> None:
    tools = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode:
        print(done.stdout[-3000:], done.stderr[-3000:], sep="\n", file=sys.stderr)


def with_nbgrader(folder: Path) -> dict[str, dict[str, float]]:
    """Release, collect, grade and write feedback; read the points from nbgrader's data base."""
    (folder / "nbgrader_config.py").write_text(
        'c = get_config()\nc.CourseDirectory.course_id = "cnn"\nc.ExecutePreprocessor.timeout = 300\n'
    )
    shutil.copytree(HERE / "nbgrader" / "source", folder / "source")
    run("nbgrader", "generate_assignment", "cnn", "--force", folder=folder)
    released = folder / "release" / "cnn" / "cnn.ipynb"
    for student in expected_points():
        handed_in = folder / "submitted" / student / "cnn" / "cnn.ipynb"
        handed_in.parent.mkdir(parents=True)
        nbformat.write(filled_in(nbformat.read(released, 4), student), handed_in)
    run("nbgrader", "autograde", "cnn", folder=folder)
    run("nbgrader", "generate_feedback", "cnn", folder=folder)
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        return {
            student: {
                grade.name.removesuffix("-test"): grade.score
                for grade in gradebook.find_submission_notebook("cnn", "cnn", student).grades
            }
            for student in expected_points()
        }


def with_otter(folder: Path) -> dict[str, dict[str, float]]:
    """Write the release, and grade each student by its autograder."""
    shutil.copy(HERE / "otter" / "cnn.ipynb", folder)
    run("otter", "assign", "cnn.ipynb", "dist", folder=folder)
    (autograder,) = (folder / "dist" / "autograder").glob("*.zip")
    released = folder / "dist" / "student" / "cnn.ipynb"
    points = {}
    for student in expected_points():
        handed_in = folder / f"{student}.ipynb"
        nbformat.write(filled_in(nbformat.read(released, 4), student), handed_in)
        out = folder / student
        out.mkdir()
        run("otter", "run", handed_in.name, "-a", str(autograder), "-o", student, folder=folder)
        results = json.loads((out / "results.json").read_text(encoding="utf-8"))
        points[student] = {task: points_of(results, task) for task in TASKS}
    return points


def points_of(results: dict, task: str) -> float:
    """What otter gave for a question."""
    return sum(test["score"] for test in results["tests"] if test["name"].split()[0] == task)


if __name__ == "__main__":
    sys.exit(main())
