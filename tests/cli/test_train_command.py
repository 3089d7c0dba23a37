"""`keras-cnns train`: the seed decides what is learnt, and the user's backend stays."""

import sys

import keras
import numpy as np
import pytest
from PIL import Image

import keras_cnns
from keras_cnns import backends, training
from keras_cnns.cli import main


@pytest.fixture
def command(monkeypatch, tmp_path):
    """Type a command in an empty folder; the result is its exit status."""
    monkeypatch.chdir(tmp_path)

    def typed(*words):
        monkeypatch.setattr(sys, "argv", ["keras-cnns", *map(str, words)])
        with pytest.raises(SystemExit) as stop:
            main.main()
        return stop.value.code or 0

    return typed


@pytest.fixture
def strokes(tmp_path):
    """Twelve noisy pictures in two classes, small enough to learn from in no time."""
    random = np.random.default_rng(0)
    for name in ("across", "down"):
        (tmp_path / "strokes" / name).mkdir(parents=True)
        for number in range(6):
            picture = random.integers(0, 99, (28, 28), dtype="uint8")
            picture[14] = 255
            Image.fromarray(picture if name == "across" else picture.T).save(
                tmp_path / "strokes" / name / f"{number}.png"
            )
    return tmp_path / "strokes"


def weights(file):
    return np.concatenate([values.ravel() for values in keras.saving.load_model(file).get_weights()])


def test_the_seed_decides_what_is_learnt(command, strokes):
    """Two runs of one seed write equal models, a run of another seed another one."""
    found = []
    for number, seed in enumerate((5, 5, 6)):
        words = ["--data", strokes, "--epochs", 1, "--batch-size", 5, "--seed", seed, "-o", f"{number}.keras"]
        assert command("train", "lenet_caffe", *words) == 0
        found.append(weights(f"{number}.keras"))
    assert np.array_equal(found[0], found[1])
    assert abs(found[0] - found[2]).max() > 0.01


def test_the_seed_starts_both_the_weights_and_the_order_of_the_images(command, strokes, monkeypatch):
    seen = []
    monkeypatch.setattr(training, "fit", lambda model, *given, **_: seen.append((model.get_weights(), given)))
    for seed in (5, 6):
        assert command("train", "lenet_caffe", "--data", strokes, "--seed", seed) == 0
        (file,) = strokes.parent.glob("*.keras")
        file.unlink()
    (first, given), (second, given_second) = seen
    assert (given[-1], given_second[-1]) == (5, 6)
    assert not np.allclose(first[0], second[0])


def test_only_commands_that_look_at_shapes_choose_a_backend(command, monkeypatch):
    """Training and predicting compute on the backend that the user has."""
    chosen = []
    monkeypatch.setattr(backends, "choose_lightest", lambda: chosen.append(True))
    keras_cnns.create("lenet_5").save("mine.keras")
    for words in (["show", "lenet_5"], ["draw", "lenet_5"], ["profile", "lenet_5"]):
        assert command(*words) == 0
    assert command("compare", "mine.keras", "lenet_5") == 0
    assert len(chosen) == 4
    assert command("train", "lenet_5", "--data", "nowhere") == 1
    assert command("predict", "lenet_5", "nowhere.png") == 1
    assert len(chosen) == 4
