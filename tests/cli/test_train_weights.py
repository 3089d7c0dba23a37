"""`keras-cnns train --weights`: what was learned elsewhere, on images as it expects them, in a run."""

import json
import shutil
import sys

import keras
import numpy as np
import pytest
from PIL import Image

from keras_cnns import architectures, weights
from keras_cnns.cli import main, train_start
from keras_cnns.keras_files.stored_use import stored_use
from keras_cnns.weights import Preprocessing

SEEN = Preprocessing(32, 36, "bilinear", "BGR", (100.0, 110.0, 120.0), (50.0, 50.0, 50.0))


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


@pytest.fixture
def published(monkeypatch, tmp_path):
    """Weights of LeNet-5 in a file, which the list of published ones says how to show images to."""
    row = weights.WeightSet("lenet_5", "here", weights.SETS[0].file, "MIT", None, None, SEEN)
    monkeypatch.setattr(train_start, "weight_set", lambda name, given, like: row)
    keras.utils.set_random_seed(7)
    model = architectures.lenet_5(n_classes=3)
    model.save_weights(tmp_path / "mine.weights.h5")
    return model


@pytest.fixture
def photos(tmp_path):
    draw = np.random.default_rng(1)
    for number, name in enumerate(("a", "b", "c")):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for i in range(6):
            pixels = draw.integers(0, 80, (20, 24, 3)) + 80 * number
            Image.fromarray(pixels.astype("uint8")).save(tmp_path / "photos" / name / f"{i}.png")


WORDS = ("train", "lenet_5", "--data", "photos", "--weights", "mine.weights.h5", "--epochs", 2)


def test_a_run_begins_with_the_weights(command, published, photos, tmp_path):
    """One epoch of two is the classifier's; the file says how to show images, and predict obeys it."""
    status, out, _ = command(*WORDS, "--epochs", 1, "-o", "one")
    assert status == 0
    text = " ".join(out.split())
    assert (
        "epochs of the classifier alone: 5" in text
        and "Keras' guide “Transfer learning & fine-tuning”" in text
    )
    again = keras.saving.load_model(tmp_path / "one" / "model.keras")
    moved = [
        theirs.name
        for mine, theirs in zip(again.layers, published.layers)
        if any((a != b).any() for a, b in zip(mine.get_weights(), theirs.get_weights()))
    ]
    assert moved == [layer.name for layer in published.layers if isinstance(layer, keras.layers.Dense)]
    use = stored_use(tmp_path / "one" / "best.keras")
    assert (use.mean, use.std, use.cropped, use.order) == (SEEN.mean, SEEN.std, True, "BGR")
    assert use.classes == ("a", "b", "c")
    assert use.words == (
        "It sees the centre of an image, 7/8 of its shorter side, in the order BGR: "
        "(pixel - (100, 110, 120)) / (50, 50, 50)."
    )
    assert command("predict", "one", "photos/a/0.png")[0] == 0


@pytest.mark.long
def test_it_goes_on_without_the_file(command, published, photos, tmp_path):
    status, _, _ = command(*WORDS, "-o", "run")
    assert status == 0
    whole = (tmp_path / "run" / "log.csv").read_text()
    (tmp_path / "mine.weights.h5").unlink()
    for name in ("state-0002.npz", "model.keras"):
        (tmp_path / "run" / name).unlink()  # as if it had been stopped after the first epoch
    status, _, _ = command("train", "--resume", "run")
    assert status == 0
    asked = json.loads((tmp_path / "run" / "run.json").read_text())["command"]
    assert asked["start"]["order"] == "BGR" and asked["size"] == 32
    timeless = [
        [line.split(",")[:-1] for line in text.splitlines()]
        for text in (whole, (tmp_path / "run" / "log.csv").read_text())
    ]
    assert timeless[0] == timeless[1]


OWN = ("train", "lenet_5", "--data", "photos", "--epochs", 1)


@pytest.fixture
def first(command, photos, tmp_path):
    """A run of three classes, from scratch."""
    assert command(*OWN, "--size", 32, "-o", "first")[0] == 0
    return tmp_path / "first"


def changed(one, two):
    """The layers whose weights differ between two files of models."""
    models = [keras.saving.load_model(file, compile=False) for file in (one, two)]
    return [
        own.name
        for own, other in zip(*(model.layers for model in models))
        if any(a.shape != b.shape or (a != b).any() for a, b in zip(own.get_weights(), other.get_weights()))
    ]


@pytest.mark.long
def test_a_run_of_other_classes_is_a_start(command, first, tmp_path):
    """A new classifier, with a note; the images as the first run saw them. It goes on without the first."""
    (tmp_path / "photos" / "c").rename(tmp_path / "photos" / "d")
    assert command(*OWN, "--weights", "first", "--epochs", 1, "-o", "second")[0] == 0
    dense = [layer.name for layer in keras.saving.load_model(first / "best.keras", compile=False).layers
             if isinstance(layer, keras.layers.Dense)]  # fmt: skip
    assert changed(first / "best.keras", tmp_path / "second" / "model.keras") == dense
    status, out, _ = command(*OWN, "--weights", "first/best.keras", "--epochs", 2, "-o", "third")
    text = " ".join(out.split())
    assert status == 0 and "best.keras tells apart other classes; " in text
    assert f"{dense[-1]} of this lenet_5 keeps its initial weights" in text
    use, before = (stored_use(tmp_path / name / "best.keras") for name in ("third", "first"))
    assert use.classes == ("a", "b", "d") and before.classes == ("a", "b", "c")
    assert (use.mean, use.std, use.cropped) == (before.mean, before.std, before.cropped)
    whole = (tmp_path / "third" / "model.keras").read_bytes(), (tmp_path / "third" / "log.csv").read_text()
    for name in ("state-0002.npz", "model.keras"):
        (tmp_path / "third" / name).unlink()
    shutil.rmtree(first)
    assert command("train", "--resume", "third")[0] == 0
    again = (tmp_path / "third" / "log.csv").read_text()
    assert [line.split(",")[:-1] for line in again.splitlines()] == [
        line.split(",")[:-1] for line in whole[1].splitlines()
    ]


def test_a_run_of_the_same_classes_is_a_start_with_its_classifier(command, first, tmp_path):
    status, out, _ = command(*OWN, "--weights", "first", "--learning-rate", 1e-9, "-o", "second")
    assert status == 0 and "other classes" not in out
    for words, message in (
        (["--weights", "first", "--like", "imagenet"], "--like goes with a file of weights alone"),
        (["--weights", "photos"], "photos is not the folder of a run"),
    ):
        status, _, err = command(*OWN, *words, "-o", "third")
        assert status == 1 and message in " ".join(err.split())
    status, _, err = command("train", "lenet_caffe", "--data", "photos", "--weights", "first", "-o", "third")
    assert status == 1 and "--weights must be a lenet_caffe for NAME lenet_caffe; " in " ".join(err.split())
    assert not (tmp_path / "third").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--weights", "kears"], "the source of weights must be 'imagenet', 'torchvision', 'timm' or a file"),
        (["--weights", "torchvision", "--recipe", "paper"], "--weights has its own"),
        (["--like", "torchvision"], "--like goes with --weights"),
        (["--weights", "none.pth"], "the source of weights must be"),
    ],
)
def test_what_is_refused(command, photos, words, message):
    status, _, err = command("train", "resnet18", "--data", "photos", *words)
    assert status == 1 and message in " ".join(err.split())
