"""Write copies of the notebooks for students: without solutions, without outputs.

python notebooks/student_copies.py FOLDER

Each copy ends where the solutions begin; so nothing has to be kept in step by hand.
"""

import sys
from pathlib import Path

import jupytext
import nbformat

HERE = Path(__file__).parent
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
SOLUTIONS = "## Solutions"


def student_copy(text: Path) -> nbformat.NotebookNode:
    """Return the notebook of a text without its solutions and without outputs."""
    notebook = jupytext.read(text)
    notebook.metadata = {"kernelspec": KERNEL}
    kept = []
    for cell in notebook.cells:
        before, heading, _ = cell.source.partition(SOLUTIONS)
        cell.source, cell.id, cell.metadata = before.rstrip(), f"cell-{len(kept)}", {}
        if cell.source or not heading:
            kept.append(cell)
        if heading:
            notebook.cells = kept
            return notebook
    raise ValueError(f"{text} has no heading {SOLUTIONS!r}")


def main(folder: Path) -> None:
    """Write a copy of each notebook."""
    folder.mkdir(parents=True, exist_ok=True)
    for text in sorted(HERE.glob("[0-9]*.py")):
        nbformat.write(student_copy(text), folder / f"{text.stem}.ipynb")
        print(folder / f"{text.stem}.ipynb")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
