"""One convention for every command that prints a table: `--format`, and `-o FILE` by its suffix."""

import csv
import json
import os
import subprocess
import sys
import warnings
from html.parser import HTMLParser
from io import StringIO

import keras
import pytest

import keras_cnns
from keras_cnns.catalog.facts import NETWORKS
from keras_cnns.cli import main
from keras_cnns.visualize import plot_model
from keras_cnns.weights import SETS

SUFFIXES = {"text": "txt", "csv": "csv", "json": "json", "markdown": "md", "html": "html"}
# Each command, and how many records its CSV must have, counted from elsewhere.
COMMANDS = {
    "list": (["list"], len(NETWORKS)),
    "weights": (["weights"], len(SETS)),
    "weights of one": (["weights", "googlenet"], sum(row.network == "inception_v1" for row in SETS)),
    "profile": (["profile", "lenet_5"], len(keras_cnns.create("lenet_5").layers)),
    "compare": (["compare", "lenet_5", "LeNet-5"], 1),
}


class Tables(HTMLParser):
    """Counts the rows of a page's tables."""

    rows = 0

    def handle_starttag(self, tag, attributes):
        self.rows += tag == "tr"


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    def run(*words):
        monkeypatch.setattr(sys, "argv", ["keras-cnns", *words])
        with pytest.raises(SystemExit) as stop:
            main.main()
        return stop.value.code or 0, capsys.readouterr()

    monkeypatch.chdir(tmp_path)
    return run


@pytest.mark.parametrize("form", SUFFIXES)
@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_prints_and_writes_every_format(run, tmp_path, name, form):
    words, n_records = COMMANDS[name]
    status, printed = run(*words, "--format", form)
    assert status == 0 and printed.err == ""
    if form == "csv":
        assert len(list(csv.DictReader(StringIO(printed.out)))) == n_records
    elif form == "json":
        json.loads(printed.out)
    elif form == "html" and name != "compare":
        page = Tables()
        page.feed(printed.out)
        assert page.rows == n_records + 1
    file = tmp_path / f"out.{SUFFIXES[form]}"
    status, said = run(*words, "-o", file.name)
    assert (status, said.out) == (0, f"{file.name} written.\n")
    written = file.read_text(encoding="utf-8")
    if form in ("csv", "json", "markdown"):
        assert written == printed.out
    else:
        assert written.strip()


def test_a_file_and_a_format_give_both(run, tmp_path):
    status, printed = run("list", "-o", "networks.csv", "-f", "json")
    assert status == 0
    assert (tmp_path / "networks.csv").read_text(encoding="utf-8").startswith("network,title,")
    assert len(json.loads(printed.out)) == len(NETWORKS)
    assert printed.err == "networks.csv written.\n"


def test_nothing_is_replaced_or_written_elsewhere(run, tmp_path):
    (tmp_path / "there.csv").write_text("mine")
    for words, message in (
        (["-o", "there.csv"], "give --force"),
        (["-o", "no/such/folder.csv"], "a file in a folder that exists"),
        (["-o", "networks.xlsx"], "--output must end in .txt or .csv or .json or .md or .html"),
    ):
        status, printed = run("list", *words)
        assert status == 1 and message in " ".join(printed.err.split())
    assert [path.name for path in tmp_path.iterdir()] == ["there.csv"]
    assert (tmp_path / "there.csv").read_text() == "mine"
    assert run("list", "-o", "there.csv", "--force")[0] == 0


def test_version(run):
    assert run("--version")[1].out == f"keras-cnns {keras_cnns.__version__}\n"


@pytest.mark.parametrize("spelling", ["ResNet50", "resnet-50", "RESNET_50"])
def test_spellings(run, tmp_path, spelling):
    status, printed = run("copy", spelling)
    assert status == 0 and printed.out.startswith("resnet.py written.")


# ---- what is in the way of a file ----

WRITING = [
    ["list", "-o", "out.csv"],
    ["weights", "-o", "out.csv"],
    ["profile", "lenet_5", "-o", "out.csv"],
    ["profile", "--all", "-o", "out.svg"],
    ["compare", "lenet_5", "lenet_5", "-o", "out.md"],
    ["draw", "lenet_5", "-o", "out.svg"],
    ["copy", "lenet_5", "-o", "out.py"],
    ["gallery", "."],
]


@pytest.mark.skipif(os.name == "nt", reason="named pipes are of POSIX")
@pytest.mark.parametrize("words", WRITING, ids=lambda words: words[0])
def test_only_regular_files_are_replaced(run, tmp_path, words):
    """`--force` is about files: nobody waits for a reader of a pipe, and no device becomes a file."""
    name = "lenet_5.svg" if words[0] == "gallery" else words[-1]
    os.mkfifo(tmp_path / name)
    status, printed = run(*words, "--force")
    assert status == (2 if words[0] == "compare" else 1) and printed.out == ""
    assert f"'{name}' is a named pipe, which is never replaced." in " ".join(printed.err.split())
    assert (tmp_path / name).is_fifo() and os.listdir(tmp_path) == [name]


@pytest.mark.skipif(os.name == "nt", reason="symbolic links need a privilege there")
def test_files_are_written_through_links(run, tmp_path):
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "networks.csv").write_text("old")
    for name, target in (("there.csv", "far/networks.csv"), ("new.csv", "far/new.csv")):
        (tmp_path / name).symlink_to(target)
    assert run("list", "-o", "there.csv")[0] == 1  # not without --force
    assert (tmp_path / "far" / "networks.csv").read_text() == "old"
    for words in (["there.csv", "--force"], ["new.csv"]):
        assert run("list", "-o", *words)[0] == 0
        assert (tmp_path / words[0]).is_symlink()
    for name in ("networks.csv", "new.csv"):
        assert (tmp_path / "far" / name).read_text(encoding="utf-8").startswith("network,title,")


@pytest.mark.skipif(os.name == "nt", reason="named pipes are of POSIX")
def test_the_same_holds_in_python(tmp_path):
    inputs = keras.Input((4,))
    model = keras.Model(inputs, keras.layers.Dense(2)(inputs))
    picture, costs = plot_model(model), keras_cnns.profile(model)
    report = keras_cnns.compare(model, model)
    os.mkfifo(tmp_path / "pipe.svg")
    os.mkfifo(tmp_path / "pipe.csv")
    for argument, write in (
        ("to_file", lambda: plot_model(model, tmp_path / "pipe.svg")),
        ("path", lambda: picture.save(tmp_path / "pipe.svg")),
        ("path", lambda: report.save(tmp_path / "pipe.svg")),
        ("path", lambda: costs.save(tmp_path / "pipe.csv")),
    ):
        with pytest.raises(ValueError, match=f"^{argument} must be a file .* is a named pipe"):
            write()
    (tmp_path / "link.svg").symlink_to("target.svg")
    picture.save(tmp_path / "link.svg")
    assert (tmp_path / "link.svg").is_symlink() and (tmp_path / "target.svg").read_text().startswith("<svg")


def test_two_pictures_of_one_name(run, tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "student.keras").write_text("")
    status, printed = run("draw", "a/student.keras", "b/student.keras")
    assert status == 1 and "two of these would be written to student.svg" in printed.err


# ---- what a command says when it ends early ----


@pytest.fixture
def failing(monkeypatch, run):
    """`keras-cnns list` with something in place of its table."""

    def failing(function):
        monkeypatch.setattr("keras_cnns.cli.list.text_table", lambda built: function())
        return run("list")

    return failing


def raises(error):
    def function():
        raise error

    return function


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            ValueError("two\nlines\x1b[2J\u202e [bold]x[/] :bomb:"),
            "two lines\\x1b[2J\\u202e [bold]x[/] :bomb:",
        ),
        (RuntimeError(), "RuntimeError"),
        (MemoryError(), "MemoryError"),
        (
            OSError(28, "No space left on device", "a\x1b.csv"),
            "[Errno 28] No space left on device: 'a\\x1b.csv'",
        ),
    ],
)
def test_an_error_is_one_printable_line(failing, error, line):
    assert failing(raises(error)) == (1, ("", f"error: {line}\n"))


def test_a_fault_of_this_package_shows_where_it_is(failing):
    status, printed = failing(raises(AssertionError("a\x1b[2J\u202e\x9b")))
    assert (status, printed.out) == (1, "")
    assert "Traceback (most recent call last)" in printed.err
    assert "AssertionError: a\\x1b[2J\\u202e\\x9b\n" in printed.err
    assert printed.err.endswith(
        "error: this is a fault in keras-cnns; please report it with the lines above.\n"
    )
    assert all(line.isprintable() for line in printed.err.splitlines())


def test_a_warning_is_one_printable_line(failing):
    def warn():
        warnings.warn("about a\x1b[2J\u202e\nlayer", stacklevel=1)
        raise ValueError("end")

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert failing(warn) == (1, ("", "warning: about a\\x1b[2J\\u202e layer\nerror: end\n"))


def test_ctrl_c_is_quiet(failing):
    assert failing(raises(KeyboardInterrupt())) == (130, ("", ""))


@pytest.mark.skipif(os.name == "nt", reason="a closed pipe is another error there")
@pytest.mark.parametrize("words", [["list"], ["show", "nowhere"], ["copy", "nin", "-o", "-"]])
def test_a_closed_pipe_is_quiet(words):
    """As in `keras-cnns list | head`; the exit status is the one of a program that the pipe ended."""
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "keras_cnns", *words]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, timeout=120)
    os.close(write)
    if "nowhere" in words:  # what goes to another stream is heard
        assert done.returncode == 1 and done.stderr.startswith("error: name must be")
    else:
        assert (done.returncode, done.stderr) == (141, "")
