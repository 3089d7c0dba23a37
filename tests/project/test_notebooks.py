"""Every notebook runs from a clean kernel, and the one with outputs is what its text says."""

import re
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
import pytest
from nbclient import NotebookClient
from support.sizes import weightless

from keras_cnns.diagram.output.notebook import FITTING
from keras_cnns.visualize import plot_model

FOLDER = Path(__file__).parents[2] / "notebooks"
TEXTS = sorted(FOLDER.glob("[0-9]*.py"))
EACH = pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.stem)
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
LARGEST = 700_000  # bytes; what a browser shows at once and a review can bear
# What differs from machine to machine: paths, times, progress bars, addresses of objects, dates, warnings.
PATHS = r"/home/|/tmp/|/root/|/usr/|site-packages"
MACHINE = rf"{PATHS}|\d ?m?s/step|\bat 0x[0-9a-f]{{6}}|\b20\d\d-\d\d-\d\d\b|WARNING"


def numbered(path):
    """The notebook of a text, its cells named by their place so that a new run changes no names."""
    notebook = jupytext.read(path)
    notebook.metadata = {"jupytext": {"formats": "ipynb,py:percent"}, "kernelspec": KERNEL}
    for place, cell in enumerate(notebook.cells):
        cell.id = f"cell-{place}"
        cell.metadata = {}
    return notebook


def without_noise(notebook):
    """Leave out what goes to standard error, what the kernel notes about itself, and pages to explore."""
    notebook.metadata.pop("language_info", None)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = joined(output for output in cell.outputs if output.get("name") != "stderr")
            for output in cell.outputs:
                without_frame(output)
                without_warnings(output)
    return notebook


def without_warnings(output):
    """TensorFlow writes what it says about itself to the cell's output, with addresses of objects."""
    if "text" in output:
        lines = output["text"].splitlines(keepends=True)
        output["text"] = "".join(line for line in lines if not line.startswith("WARNING:tensorflow:"))


def without_frame(output):
    """Keep of a page in a frame the image under it: readers of a repository take frames out anyway."""
    html = output.get("data", {}).get("text/html", "")
    if "<iframe " in html:
        image = re.search("<img [^>]*>", html)[0]
        output["data"]["text/html"] = re.sub('style="[^"]*"', FITTING, image)


def joined(outputs):
    """Whether two prints arrive as one output or two is chance."""
    whole = []
    for output in outputs:
        if output.output_type == "stream" and whole and whole[-1].output_type == "stream":
            whole[-1].text += output.text
        else:
            whole.append(output)
    return whole


def words(output):
    """The text of an output, as a reader sees it."""
    data = output.get("data", {})
    return output.get("text", "") + data.get("text/plain", "") + data.get("text/html", "")


def stored(text):
    return nbformat.read(text.with_suffix(".ipynb"), as_version=4)


@EACH
@pytest.mark.notebooks
@pytest.mark.timeout(900)
def test_runs_from_a_clean_kernel(text, tmp_path, monkeypatch, request):
    """`make notebooks` keeps what this run printed and drew."""
    monkeypatch.setenv("KERAS_CNNS_OFFLINE", "1")
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    notebook = numbered(text)
    install = next(cell for cell in notebook.cells if cell.cell_type == "code")
    asked = install.source
    if text != TEXTS[0]:  # pip is asked once; it takes seconds to say that all is there
        install.source = "pass"
    client = NotebookClient(notebook, timeout=600, kernel_name="python3", record_timing=False)
    client.execute(cwd=tmp_path)
    install.source = asked
    if request.config.getoption("--update"):
        nbformat.validate(without_noise(notebook))
        nbformat.write(notebook, text.with_suffix(".ipynb"))


@EACH
def test_outputs_belong_to_the_text(text):
    cells = numbered(text).cells
    assert [(c.cell_type, c.source) for c in stored(text).cells] == [(c.cell_type, c.source) for c in cells]
    code = [cell for cell in stored(text).cells if cell.cell_type == "code" and cell.source]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))


@EACH
def test_outputs_are_small_and_of_no_machine(text):
    assert text.with_suffix(".ipynb").stat().st_size <= LARGEST
    outputs = [output for cell in stored(text).cells for output in cell.get("outputs", [])]
    assert any({"image/png", "image/svg+xml"} & set(output.get("data", {})) for output in outputs)
    for output in outputs:
        assert output.output_type != "error"
        assert "<iframe" not in words(output)
        found = re.search(MACHINE, words(output))
        assert not found, f"{found.group()!r} in {words(output)[:300]}"


@EACH
def test_has_what_every_lesson_has(text):
    cells = numbered(text).cells
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    assert code[0].startswith("%pip install")
    assert cells[0].source.startswith("# ")
    exercises = re.findall(r"^### Exercise \d", prose, re.MULTILINE)
    assert 2 <= len(exercises) <= 3
    assert "\n## Solutions" in prose
    assert any(re.search(r"\b(compare|assert_matches)\(", source) for source in code)


@EACH
def test_an_exercise_that_is_not_done_says_so(text):
    """Nothing passes in silence: in the notebook as handed out, each exercise says that it is not done."""
    number, said = None, {}
    for cell in stored(text).cells:
        if cell.cell_type == "markdown":
            headings = re.findall(r"^### Exercise (\d)|^## (Solutions)", cell.source, re.MULTILINE)
            number = headings[-1][0] if headings else number
        elif number:
            said[number] = said.get(number, "") + "".join(map(words, cell.outputs))
    assert said
    for number, output in said.items():
        assert re.search(rf"Exercise {number}.*(not done|not pass) yet", output)


@EACH
def test_the_student_copy_has_no_solution(text, tmp_path):
    """What a student gets: every exercise and its check, no answer, nothing that was printed."""
    subprocess.run([sys.executable, FOLDER / "student_copies.py", tmp_path], check=True, capture_output=True)
    copy = nbformat.read(tmp_path / f"{text.stem}.ipynb", as_version=4)
    nbformat.validate(copy)
    whole = numbered(text)
    page = "\n".join(cell.source for cell in copy.cells)
    everything = "\n".join(cell.source for cell in whole.cells)
    assert "Solutions" not in page and everything.startswith(page.rstrip())
    assert re.findall("### Exercise .*", page) == re.findall("### Exercise .*", everything)
    (place,) = (i for i, cell in enumerate(whole.cells) if "## Solutions" in cell.source)
    answers = {cell.source for cell in whole.cells[place:]}
    assert len(answers) > 2 and not answers & {cell.source for cell in copy.cells}
    assert not any(cell.get("outputs") for cell in copy.cells)


@EACH
def test_says_how_long_it_takes_and_what_to_know_first(text):
    first = numbered(text).cells[0].source
    assert re.search(r"^\*\*\d+ minutes\*\*", first, re.MULTILINE)
    assert "**Before it:**" in first


def test_a_stored_picture_is_an_image():
    picture = plot_model(weightless("lenet_5"))
    output = {"data": picture._repr_mimebundle_()}
    assert "<iframe" in output["data"]["text/html"]
    without_frame(output)
    assert output["data"]["text/html"] == picture._repr_html_()
    table = {"data": {"text/html": "<table></table>"}}
    without_frame(table)
    assert table == {"data": {"text/html": "<table></table>"}}


def test_there_is_one_for_each_step():
    assert [path.stem[:2] for path in TEXTS] == [f"{n:02d}" for n in range(1, 11)]
    assert {path.stem for path in TEXTS} == {path.stem for path in FOLDER.glob("*.ipynb")}
