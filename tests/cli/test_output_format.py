"""One convention for every command that prints a table: `--format`, and `-o FILE` by its suffix."""

import csv
import json
import sys
from html.parser import HTMLParser
from io import StringIO

import pytest

import keras_cnns
from keras_cnns.catalog.facts import NETWORKS
from keras_cnns.cli import main
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
