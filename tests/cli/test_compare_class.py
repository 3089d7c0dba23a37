"""`keras-cnns compare` of all that a class handed in: a line for each file."""

import csv
import io
import json
import os
import subprocess
import sys

import pytest
from support.sizes import weightless

from keras_cnns.building import without_weights
from keras_cnns.cli import main

WRONG = {"n_classes": 7}
HANDED_IN = {"anna": {}, "ben": WRONG}
TASK = ("lenet_caffe", "--n-classes", "10", "--in-shape", "28x28x1")


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name, options in HANDED_IN.items():
        network = without_weights("lenet_caffe", **options)
        (tmp_path / f"{name}.json").write_text(network.to_json(), encoding="utf-8")
    (tmp_path / "carla.keras").write_bytes(b"PK no model")

    def run(*typed):
        monkeypatch.setattr(sys, "argv", ["keras-cnns", "compare", *map(str, typed)])
        with pytest.raises(SystemExit) as stop:
            main.main()
        return stop.value.code or 0, *capsys.readouterr()

    return run


def test_a_line_for_each_file(run):
    """A file that cannot be read does not stop those after it."""
    status, out, err = run("anna.json", "carla.keras", "ben.json", *TASK, "--csv", "--points", "8")
    lines = list(csv.DictReader(io.StringIO(out)))
    assert (status, err) == (2, "")
    assert [(line["file"], line["verdict"], line["score"], line["decisions"]) for line in lines] == [
        ("anna.json", "exact", "8.0", "0"),
        ("carla.keras", "error", "", ""),
        ("ben.json", "different", "6.0", "1"),
    ]
    assert "carla.keras" in lines[1]["remark"]
    assert lines[2]["remark"].startswith("wrong number of classes: ")


def test_status(run):
    assert run("anna.json", "anna.json", *TASK)[0] == 0
    assert run("anna.json", "ben.json", *TASK)[0] == 1
    assert run("ben.json", "carla.keras", "none.keras", *TASK)[0] == 2
    assert run("anna.json", *TASK, "--csv")[0] == 0


def test_other_formats(run, tmp_path):
    status, out, _ = run("anna.json", "ben.json", *TASK, "--weight", "n_classes=30")
    assert status == 1 and max(map(len, out.splitlines())) <= 80
    assert [line.split() for line in out.splitlines() if ".json" in line] == [
        ["anna.json", "100", "exact"],
        ["ben.json", "70", "different"],
    ]
    assert run("anna.json", "ben.json", *TASK, "-o", "class.json")[0] == 1
    assert [line["score"] for line in json.loads((tmp_path / "class.json").read_text())] == [100, 75]
    assert "<td" in run("anna.json", "ben.json", *TASK, "--format", "html")[1]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (("--weight", "epsilon"), "--weight must be a mistake and points"),
        (("--weight", "epsilom=1"), "weights must name mistakes or attributes"),
        (("--points", "0"), "points must be a positive number"),
        (("--in-shape", "28"), "--in-shape must be height, width and channels"),
        (("-o", "class.svg"), "--output must end in"),
    ],
)
def test_refused_before_the_work_starts(run, typed, words):
    status, out, err = run("anna.json", "ben.json", "lenet_caffe", *typed)
    assert (status, out) == (2, "") and words in " ".join(err.split())


@pytest.mark.peers
def test_tensorflow_is_not_imported(tmp_path):
    """Where another backend is installed; importing it takes most of the time of a small class."""
    for name in HANDED_IN:
        (tmp_path / f"{name}.json").write_text(weightless("lenet_5").to_json(), encoding="utf-8")
    code = (
        "import sys; sys.argv[0] = 'keras-cnns'; from keras_cnns.cli.main import main\n"
        "try: main()\n"
        "finally: print('tensorflow' in sys.modules, file=sys.stderr)"
    )
    words = ["compare", "anna.json", "ben.json", "lenet_5", "--csv"]
    environment = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}
    environment["KERAS_HOME"] = str(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, cwd=tmp_path, env=environment
    )
    assert (done.returncode, done.stderr) == (0, "False\n")
