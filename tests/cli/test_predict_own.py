"""`keras-cnns predict` with a model of one's own: classes and preprocessing are those of its file."""

import csv
import io
import sys
import zipfile

import keras
import numpy as np
import pytest
from PIL import Image

from keras_cnns.cli import main
from keras_cnns.keras_files.checksums import add_checksums
from keras_cnns.keras_files.stored_use import USE, Use, add_use, stored_use


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


def brightness(path, use):
    """A model that says "light" with a probability of 0.9 if the mean value that it reads is above 0."""
    image = keras.Input((4, 4, 3))
    mean = keras.layers.GlobalAveragePooling2D()(image)
    model = keras.Model(image, keras.layers.Dense(2, "softmax")(mean))
    model.layers[-1].set_weights([np.array([[-100.0, 100.0]] * 3), np.zeros(2)])
    model.save(path)
    if use is not None:
        add_use(path, use)
    add_checksums(path)


USED = Use(("dark, =1+1", "light"), (100.0,), (1.0,), False)


def answers(out):
    return [line["label"] for line in csv.DictReader(io.StringIO(out)) if line["rank"] == "1"]


def test_a_file_says_its_classes_and_how_it_sees(command, tmp_path):
    """Grey of 90 is dark and of 110 light to a network that subtracts 100."""
    for value in (90, 110):
        Image.new("RGB", (9, 7), (value,) * 3).save(f"{value}.png")
    brightness(tmp_path / "mine.keras", USED)
    (tmp_path / "run").mkdir()
    brightness(tmp_path / "run" / "best.keras", Use(("night", "day"), (200.0,), (1.0,), False))
    status, out, _ = command("predict", "mine.keras", "90.png", "110.png", "--format", "csv")
    assert status == 0 and answers(out) == ["dark, =1+1", "light"]
    status, out, _ = command("predict", "run", "90.png", "110.png", "--format", "csv")
    assert status == 0 and answers(out) == ["night", "night"]
    assert stored_use(tmp_path / "mine.keras") == USED


def test_what_is_refused(command, tmp_path):
    Image.new("RGB", (9, 7)).save("a.png")
    brightness(tmp_path / "plain.keras", None)
    (tmp_path / "empty").mkdir()
    brightness(tmp_path / "three.keras", Use(("a", "b", "c"), (0.0,), (1.0,), False))
    for words, line in (
        (["plain.keras", "a.png"], "plain.keras does not say which classes it tells apart"),
        (["none.keras", "a.png"], "none.keras is none."),
        (["empty", "a.png"], "empty is not the folder of a run: it has no best.keras and no model.keras."),
        (["three.keras", "a.png"], "an output for each of its 3 classes"),
        (["three.keras", "a.png", "--like", "keras"], "--weights and --like are for a network's name"),
    ):
        status, _, err = command("predict", *words)
        assert status == 1 and line in " ".join(err.split())


@pytest.mark.parametrize(
    "said",
    [
        "[]", "{}", "nonsense", '{"classes": [1], "mean": [0], "std": [1], "cropped": false}',
        '{"classes": ["a"], "mean": [0], "std": [0], "cropped": false}',
        '{"classes": ["a"], "mean": [0, 1], "std": [1], "cropped": false}',
        '{"classes": ["a"], "mean": [NaN], "std": [1], "cropped": false}',
        '{"classes": ["a"], "mean": [0], "std": [1], "cropped": "no"}', "[" * 100_000,
    ],
    ids=range(9),
)  # fmt: skip
def test_what_a_file_says_is_not_trusted(tmp_path, said):
    with zipfile.ZipFile(tmp_path / "a.keras", "w") as archive:
        archive.writestr(USE, said)
    with pytest.raises(ValueError, match="its keras_cnns.json cannot be read"):
        stored_use(tmp_path / "a.keras")
    (tmp_path / "b.keras").write_text("no archive")
    with pytest.raises(ValueError, match="is no sound .keras file"):
        stored_use(tmp_path / "b.keras")
