"""`keras-cnns evaluate` counts what `predict` says of each image of a folder."""

import csv
import json
import sys

import keras
import numpy as np
import pytest
from PIL import Image

from keras_cnns.cli import main, predict
from keras_cnns.keras_files.checksums import add_checksums
from keras_cnns.keras_files.stored_use import Use, add_use
from keras_cnns.weights import find

COLOURS = {"red": (250, 0, 0), "green": (0, 250, 0), "blue": (0, 0, 250)}


@pytest.fixture
def command(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)

    def typed(*words):
        monkeypatch.setattr(sys, "argv", ["keras-cnns", *map(str, words)])
        with pytest.raises(SystemExit) as stop:
            main.main()
        printed = capsys.readouterr()
        return stop.value.code or 0, printed.out, printed.err

    return typed


def colours(path, names, order="RGB"):
    """A model with a class for each channel, in its order, which is likely where the channel is bright."""
    image = keras.Input((4, 4, 3))
    mean = keras.layers.GlobalAveragePooling2D()(image)
    model = keras.Model(image, keras.layers.Dense(3, "softmax")(mean))
    model.layers[-1].set_weights([9 * np.eye(3), np.zeros(3)])
    model.save(path)
    add_use(path, Use(tuple(names), (0.0,), (255.0,), False, order))
    add_checksums(path)


def folders(place, images):
    """A folder for each name, with an image for each colour."""
    for name, colour_names in images.items():
        (place / name).mkdir(parents=True)
        for number, colour in enumerate(colour_names):
            Image.new("RGB", (9, 7), COLOURS[colour]).save(place / name / f"{number}.png")


SHOWN = {"red": ["red"] * 4, "green": ["green", "blue", "blue"], "blue": ["blue", "red"]}


def test_what_is_counted(command, tmp_path):
    """Six of nine; a green one is most often taken for blue. Damaged files and others do not count."""
    folders(tmp_path / "data", SHOWN)
    (tmp_path / "data" / "red" / "broken.png").write_text("not an image")
    (tmp_path / "data" / "red" / "notes.txt").write_text("left out")
    colours(tmp_path / "mine.keras", COLOURS)
    status, out, err = command(
        "evaluate", "mine.keras", "--data", "data", "--matrix", "m.csv", "-o", "a.json"
    )
    assert status == 1 and "broken.png: not a BMP" in err and "left out: .txt (1)" in err
    found = json.loads((tmp_path / "a.json").read_text())
    assert (found["images"], found["top_1"], found["unreadable"]) == (9, 6 / 9, ["data/red/broken.png"])
    assert found["confused"][0] == {"class": "green", "taken_for": "blue", "images": 2, "of": 3}
    rows = list(csv.reader((tmp_path / "m.csv").open()))
    assert [rows[0][1:], *rows[1:]] == [
        ["red", "green", "blue"],
        ["red", "4", "0", "0"], ["green", "0", "1", "2"], ["blue", "1", "0", "1"],
    ]  # fmt: skip
    (tmp_path / "data" / "red" / "broken.png").unlink()
    status, out, _ = command("evaluate", "mine.keras", "--data", "data")
    assert status == 0
    lines = out.splitlines()
    assert lines[0] == "top-1: 66.67%, 6 of 9 images"
    assert "green     blue            2   3" in lines and all(len(line) <= 80 for line in lines)
    status, out, _ = command("evaluate", "mine.keras", "--data", "data", "--format", "csv")
    assert out.splitlines()[:2] == ["class,taken_for,images,of", "green,blue,2,3"]


def test_the_order_of_channels_is_that_of_the_file(command, tmp_path):
    folders(tmp_path / "data", {"red": ["red"], "blue": ["blue"]})
    colours(tmp_path / "bgr.keras", ["blue", "green", "red"], "BGR")
    status, out, _ = command("evaluate", "bgr.keras", "--data", "data")
    assert status == 0 and "top-1: 100.00%, 2 of 2 images" in out
    assert "1 of 3 classes have no image here" in out and "no image is taken for another class" in out
    status, out, _ = command("predict", "bgr.keras", "data/red/0.png", "--format", "csv", "--top", 1)
    assert ",red," in out


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["red", "grean"], "not so in 'data': grean. Did you mean green?"),
        (["train", "val"], "Parts of one data set are given one at a time, such as 'data/val'"),
        ([], "that are named by the model's classes, such as red; not so in 'data': it has none."),
    ],
)
def test_folders_that_are_no_classes(command, tmp_path, names, message):
    (tmp_path / "data").mkdir()
    folders(tmp_path / "data", {name: ["red"] for name in names})
    colours(tmp_path / "mine.keras", COLOURS)
    status, _, err = command("evaluate", "mine.keras", "--data", "data")
    assert status == 1 and message in " ".join(err.split())


def test_published_weights_by_wordnet_numbers_and_labels(command, tmp_path, monkeypatch):
    """The network is one that says "goldfish" of what is mostly red, and "tench" of anything else."""
    image = keras.Input((224, 224, 3))
    mean = keras.layers.GlobalAveragePooling2D()(image)
    model = keras.Model(image, keras.layers.Dense(1000, "softmax")(mean))
    kernel, bias = np.zeros((3, 1000)), np.full(1000, -50.0)
    kernel[0, 1], kernel[2, 0], bias[:2] = 5, 5, 0
    model.layers[-1].set_weights([kernel, bias])
    monkeypatch.setattr(predict, "load", lambda row, weights: model)
    monkeypatch.setattr(predict, "require_reader", lambda name: None)
    folders(tmp_path / "data", {"n01440764": ["blue", "red"], "goldfish": ["red", "red"]})
    status, out, err = command("evaluate", "resnet18", "--data", "data")
    assert (status, err) == (0, "")
    assert "top-1: 75.00%, 3 of 4 images" in out and "top-5: 100.00%" in out
    assert "998 of 1,000 classes have no image here" in out and find("resnet18").preprocessing.size == 224
    folders(tmp_path / "twice", {"n01440764": ["blue"], "tench": ["red"]})
    status, _, err = command("evaluate", "resnet18", "--data", "twice")
    assert status == 1 and "n01440764, tench name the same one" in " ".join(err.split())


def test_what_is_refused_before_anything_is_loaded(command, tmp_path):
    folders(tmp_path / "data", {"red": ["red"]})
    colours(tmp_path / "mine.keras", COLOURS)
    (tmp_path / "there.csv").touch()
    for words, message in (
        (["mine.keras", "--data", "none"], "folder must be a folder"),
        (["mine.keras", "--data", "data", "--matrix", "m.txt"], "--matrix must end in .csv"),
        (["mine.keras", "--data", "data", "--matrix", "there.csv"], "is there already; give --force"),
        (["mine.keras", "--data", "data", "--weights", "keras"], "are for a network's name"),
        (["resnet18", "--data", "data", "--weights", "kears"], "the source of weights must be"),
    ):
        status, _, err = command("evaluate", *words)
        assert status == 1 and message in " ".join(err.split()), err
