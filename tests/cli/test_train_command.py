"""`keras-cnns train`: the seed decides what is learnt, nothing learnt is lost, the user's backend stays."""

import io
import json
import os
import re
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image
from rich.console import Console

import keras_cnns
from keras_cnns import backends, training
from keras_cnns.cli import main, train_run, train_start, training_progress
from keras_cnns.safe_text import one_line
from keras_cnns.training import reading, state


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


def small_network(name, in_shape, n_classes, opt):
    """In place of the network that is asked for, one of the same shapes; dropout has seeds to keep."""
    image = keras.Input(in_shape)
    x = keras.layers.Dropout(0.2)(keras.layers.Flatten()(image))
    model = keras.Model(image, keras.layers.Dense(n_classes, "softmax")(x), name=name)
    model.compile(opt, "categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.fixture
def dense(monkeypatch):
    monkeypatch.setattr(train_start, "create", small_network)


def weights(file):
    return np.concatenate([values.ravel() for values in keras.saving.load_model(file).get_weights()])


def test_the_seed_decides_what_is_learnt(command, strokes, dense):
    """Two runs of one seed write equal models, a run of another seed another one."""
    found = []
    for number, seed in enumerate((5, 5, 6)):
        words = ["--data", strokes, "--epochs", 1, "--batch-size", 5, "--seed", seed, "-o", str(number)]
        assert command("train", "lenet_caffe", *words) == 0
        found.append(weights(f"{number}/model.keras"))
    assert np.array_equal(found[0], found[1])
    assert abs(found[0] - found[2]).max() > 0.01


def at_epoch(monkeypatch, number, happen):
    """Let something happen in the middle of an epoch."""

    class Accident(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.epoch = epoch + 1

        def on_train_batch_begin(self, batch, logs=None):
            if self.epoch == number and batch == 1:
                happen()

    def train(*arguments, callbacks, really=training.train, **options):
        return really(*arguments, callbacks=[*callbacks, Accident()], **options)

    monkeypatch.setattr(training, "train", train)


def fault():
    raise RuntimeError("a fault")


@pytest.mark.parametrize(
    ("happen", "status"),
    [
        (lambda: os.kill(os.getpid(), signal.SIGINT), 130),
        (lambda: os.kill(os.getpid(), signal.SIGTERM), 143),
        (fault, 1),
    ],
    ids=["Ctrl-C", "SIGTERM", "a fault"],
)
def test_what_ends_the_training_early_leaves_the_last_epoch(
    command, strokes, dense, monkeypatch, capsys, happen, status
):
    """And the run goes on from it, to the bits of a run that was not stopped."""
    words = ["--data", strokes, "--epochs", 4, "--batch-size", 5, "--seed", 5]
    assert command("train", "lenet_caffe", *words, "-o", "whole") == 0
    with monkeypatch.context() as patch:
        at_epoch(patch, 3, happen)
        assert command("train", "lenet_caffe", *words, "-o", "a") == status
    line = "a holds epoch 2; go on with: keras-cnns train --resume a"
    assert line in capsys.readouterr().err.splitlines()
    kept = ["best.keras", "confusion.csv", "curves.svg", "log.csv", "run.json"]
    assert sorted(os.listdir("a")) == [*kept, "state-0001.npz", "state-0002.npz"]
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    monkeypatch.chdir(strokes)  # the data is found from anywhere
    assert command("train", "--resume", "../a") == 0
    assert variables("../a") == variables("../whole")
    assert variables("../a")[0] == 4


def test_force_keeps_the_run_that_was_there_until_the_new_one_begins(
    command, strokes, dense, monkeypatch, capsys
):
    words = ["--data", strokes, "--epochs", 1, "--batch-size", 5, "-o", "a"]
    assert command("train", "lenet_caffe", *words) == 0
    before = {path.name: path.read_bytes() for path in Path("a").iterdir()}
    usage = shutil.disk_usage(".")
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=10))
        assert command("train", "lenet_caffe", *words, "--size", 99, "--force") == 1
    assert "folder must be on a disk with" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in Path("a").iterdir()} == before
    at_epoch(monkeypatch, 1, lambda: os.kill(os.getpid(), signal.SIGTERM))
    assert command("train", "lenet_caffe", *words, "--force") == 143
    assert capsys.readouterr().err.splitlines()[-1].startswith("a holds epoch 0; go on with")
    assert sorted(os.listdir("a")) == ["run.json", "state-0000.npz"]


def test_what_is_refused_before_the_work_starts(command, strokes, dense, monkeypatch, capsys):
    """A folder that cannot be written, and a disk without room for the models and states."""
    with monkeypatch.context() as change:
        change.setattr(training, "load", lambda *_: fault())
        os.mkfifo("pipe")
        for words, line in (
            (["--size", 3], "in_shape must be at least"),
            (["--learning-rate", "nan"], "learning_rate must be above 0; got nan"),
            (["--val", "nowhere"], "val must be a folder"),
            (["-o", "x/mine.keras"], "With -o x/mine the model will be x/mine/model.keras."),
            (["-o", "pipe"], "--output must be a folder for the run; pipe is none."),
            (["-o", "pipe/a"], "--output must be a folder for the run; pipe is none."),
        ):
            assert command("train", "lenet_caffe", "--data", strokes, *words) == 1
            assert line in " ".join(capsys.readouterr().err.split())

        def denied(*_, dir, **__):
            raise PermissionError(13, "Permission denied", f"{dir}/tmp123")

        change.setattr(tempfile, "TemporaryFile", denied)
        assert command("train", "lenet_caffe", "--data", strokes, "-o", "new/a") == 1
        line = "--output must be a folder that can be written; got new/a: Permission denied."
        assert line in capsys.readouterr().err
    monkeypatch.setattr(keras.Model, "fit", lambda *_, **__: fault())
    usage = shutil.disk_usage(".")
    weights, adam = 4 * (28 * 28 * 2 + 2), 8 * (28 * 28 * 2 + 2)
    needed = 3 * (weights + adam) + 3 * weights
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=needed))
    assert command("train", "lenet_caffe", "--data", strokes, "-o", "a") == 1
    assert "folder must be on a disk with 0.08 MB free" in capsys.readouterr().err
    assert os.listdir("a") == []


def test_what_is_not_read_is_told(command, strokes, dense, capsys):
    """Other kinds by their suffix, and a damaged file that was seen, at once; five of the others by name."""
    shutil.copytree(strokes, "held out")
    bad = [strokes / name / f"{number}.png" for name in ("across", "down") for number in range(2, 6)]
    bad.append(strokes / "down" / "1\x1b[2J b.png")
    for path in bad:
        path.write_text("damaged")
    for name in ("across", "down"):
        (strokes / name / "photo.HEIC").touch()
    words = ["--data", strokes, "--val", "held out", "--epochs", 1, "--batch-size", 5, "-o", "a"]
    assert command("train", "lenet_caffe", *words) == 0
    first, *lines, last = capsys.readouterr().err.splitlines()
    why = "not a BMP, GIF, JPEG, PNG or WebP image, or damaged at its start"
    assert first == "left out: .heic (2); what is read ends in .bmp .gif .jpeg .jpg .png .webp"
    assert len(set(lines)) == 6 and all(line.isprintable() for line in lines)
    assert set(lines) <= {f"skipped: {one_line(str(path))}: {why}" for path in bad}
    assert last == "skipped: 3 more files that cannot be read"


def test_the_seed_starts_both_the_weights_and_the_order_of_the_images(command, strokes, dense, monkeypatch):
    seen = []

    def train(model, *_, seed, **__):
        seen.append((seed, model.get_weights()))
        fault()

    monkeypatch.setattr(training, "train", train)
    for seed in (5, 6):
        assert command("train", "lenet_caffe", "--data", strokes, "--seed", seed, "-o", str(seed)) == 1
    (given, first), (given_second, second) = seen
    assert (given, given_second) == (5, 6)
    assert not np.allclose(first[0], second[0])


def test_only_commands_that_look_at_shapes_choose_a_backend(command, monkeypatch):
    """Training and predicting compute on the backend that the user has."""
    chosen = []
    monkeypatch.setattr(backends, "choose_lightest", lambda: chosen.append(True))
    keras_cnns.create("lenet_5").save("mine.keras")
    for words in (["draw", "mine.keras"], ["profile", "mine.keras"], ["profile", "lenet_5", "--size", "40"]):
        assert command(*words) == 0
    assert command("compare", "mine.keras", "lenet_5") == 0
    assert len(chosen) == 4
    assert command("train", "lenet_5", "--data", "nowhere") == 1
    assert command("predict", "lenet_5", "nowhere.png") == 1
    assert len(chosen) == 4


def variables(folder):
    arrays, record = state.read_state(max(Path(folder).glob("state-*.npz")))
    return record["epoch"], [array.tobytes() for array in arrays]


def test_what_a_run_prints(command, strokes, dense, capsys):
    """A line for each epoch, then the best one, the classes most often confused, and what to do next."""
    words = ["--data", strokes, "--epochs", 2, "--batch-size", 5, "-o", "a"]
    assert command("train", "lenet_caffe", *words) == 0
    first, *epochs, best, pair, last = capsys.readouterr().out.splitlines()
    assert first == ("lenet_caffe: 1,570 parameters, 10 images to learn from, 2 held out, 2 classes")
    number = r"\d+\.\d\d%"
    line = rf": loss \d+\.\d{{4}}, top-1 {number}; held out {number}, top-5 {number}; [\d,]+ images/s"
    assert re.fullmatch("Epoch 1/2" + line, epochs[0]) and re.fullmatch("Epoch 2/2" + line, epochs[1])
    assert best.startswith("best: epoch ")
    table = [line.split(",") for line in Path("a/confusion.csv").read_text().splitlines()[1:]]
    right = sum(int(row[1 + i]) for i, row in enumerate(table))
    assert f"top-1 on the held-out images {right / 2:.2%}" in best
    assert pair.startswith("no held-out image" if right == 2 else "most often confused: ")
    assert last == "a written; use it with: keras-cnns predict a IMAGE"


def test_the_paper_s_recipe_is_told(command, strokes, dense, capsys):
    """With its sources, and what is used here in place of it."""
    words = ["--data", strokes, "--epochs", 2, "--batch-size", 5, "--recipe", "paper"]
    assert command("train", "lenet_caffe", *words) == 0
    told = capsys.readouterr().out
    assert "Caffe's lenet_solver, on MNIST" in told and "Caffe decays biases, too." in told
    assert "0.01" in told and f"{0.01 * 5 / 64:.4g}" in told
    assert sorted(os.listdir("runs/lenet_caffe"))[:2] == ["best.keras", "confusion.csv"]


def test_val_and_other_options_of_a_run(command, strokes, dense, capsys):
    shutil.copytree(strokes, "other")
    words = ["--data", strokes, "--batch-size", 5, "--epochs", 9, "--early-stop", 1, "--val", "other"]
    assert command("train", "lenet_caffe", *words, "--class-weights", "balanced", "-o", "x") == 0
    assert "12 images to learn from, 12 held out, 2 classes" in capsys.readouterr().out
    (Path("other") / "up").mkdir()
    for number in (0, 1):
        shutil.copy(strokes / "down" / "0.png", f"other/up/{number}.png")
    assert command("train", "lenet_caffe", *words, "-o", "y") == 1
    assert "val must have the same sub-folders as data; not in both: up" in capsys.readouterr().err


def test_what_a_run_refuses(command, strokes, dense, capsys):
    words = ["--data", strokes, "--epochs", 1, "--batch-size", 5]
    assert command("train", "lenet_caffe", *words, "-o", "x") == 0
    cases = {
        ("lenet_caffe", *words, "-o", "x"): "x has a run already: go on with --resume x",
        ("lenet_caffe", "--resume", "x"): "--resume goes alone",
        ("--resume", strokes): "is not the folder of a run",
        ("lenet_caffe",): "--data is needed, unless a run goes on",
        (): "NAME is needed",
        ("--resume", "x", "--seed", 1): "--resume goes alone",
        ("--resume", "x", "--force"): "--resume goes alone",
        ("lenet_caffe", *words, "-o", "y", "--devices", 999): "devices must ",
        ("--resume", "x.keras"): "x.keras is not the folder of a run",
    }
    for typed, line in cases.items():
        assert command("train", *typed) == 1
        assert line in capsys.readouterr().err
    assert command("train", "lenet_caffe", *words, "-o", "x", "--force") == 0
    told = json.loads(Path("x/run.json").read_text())
    for name, value, line in (
        ("size", "large", "run.json has values of another kind"),
        ("seed", True, "run.json has values of another kind"),
        ("of_tomorrow", 1, "is a run of another version of keras-cnns: run.json has of_tomorrow."),
    ):
        other = {**told, "command": {**told["command"], name: value}}
        Path("x/run.json").write_text(json.dumps(other))
        assert command("train", "--resume", "x") == 1
        assert line in capsys.readouterr().err


def test_a_run_that_older_versions_began_goes_on(command, strokes, dense, monkeypatch):
    """Their run.json does not have the options that were added since, which have a default."""
    assert (
        command("train", "lenet_caffe", "--data", strokes, "--epochs", 1, "--batch-size", 5, "-o", "x") == 0
    )
    settings = json.loads(Path("x/run.json").read_text())
    first = {"network", "data", "val", "size", "recipe", "epochs", "batch_size", "learning_rate", "seed"}
    first |= {"early_stop", "class_weights", "precision"}
    assert first <= set(settings["command"])
    settings["command"] = {name: settings["command"][name] for name in first}
    Path("x/run.json").write_text(json.dumps(settings))
    assert command("train", "--resume", "x") == 0


def test_workers_of_a_run(command, strokes, dense, monkeypatch, capsys):
    """They may be other ones when it goes on. If one is killed, a line says so; files found bad are named."""
    words = ["--data", strokes, "--epochs", 2, "--batch-size", 5]
    assert command("train", "lenet_caffe", *words, "-o", "a", "--workers", 0) == 0
    killed = []

    def kill():
        for worker in reading.Reader.latest.processes:
            worker.process.kill()
            killed.append(worker.process)

    class Watched(reading.Reader):
        def __init__(self, workers=0):
            super().__init__(workers)
            if workers:
                reading.Reader.latest = self

    monkeypatch.setattr(reading, "Reader", Watched)
    capsys.readouterr()
    with monkeypatch.context() as patch:
        at_epoch(patch, 2, kill)
        assert command("train", "lenet_caffe", *words, "-o", "b", "--workers", 2) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[-2:] == [
        "b holds epoch 1; go on with: keras-cnns train --resume b",
        "error: a worker process that reads images has ended by signal 9, SIGKILL. If memory ran out, use "
        "fewer workers.",
    ]
    assert len(killed) == 2 and all(process.poll() is not None for process in killed)
    assert command("train", "--resume", "b", "--workers", 1) == 0
    assert variables("b") == variables("a")


def test_auxiliary_classifiers_train_with_the_paper_s_recipe(command, strokes, monkeypatch):
    """With the weights of their losses; the model that is kept has none, and `best` is the main head's."""
    built = []

    def small(name, in_shape, n_classes, opt, aux=False):
        image = keras.Input(in_shape)
        x = keras.layers.GlobalAveragePooling2D()(image)
        heads = [keras.layers.Dense(n_classes, "softmax", name=f"h{i}")(x) for i in range(3 if aux else 1)]
        model = keras.Model(image, heads if aux else heads[0], name=name)
        model.compile(opt, ["categorical_crossentropy"] * len(heads), [1, 0.3, 0.3] if aux else None)
        built.append(model)
        return model

    monkeypatch.setattr(train_start, "create", small)
    monkeypatch.setattr(train_run, "without_weights", lambda name, shape, **options: built.append(options))
    words = ["--data", strokes, "--epochs", 1, "--size", 96]
    for recipe in ("small", "paper"):
        assert command("train", "inception_v1", *words, "--recipe", recipe, "-o", recipe) == 0
        (built_with, model), built[:] = built, []
        assert built_with == ({"aux": True} if recipe == "paper" else {})
        assert len(model.outputs) == (3 if recipe == "paper" else 1)
        for file in ("best.keras", "model.keras"):
            assert len(keras.saving.load_model(Path(recipe) / file).outputs) == 1
    assert model.get_compile_config()["loss_weights"] == [1, 0.3, 0.3]
    assert command("train", "--resume", "paper") == 0


def test_tensorboard_and_plateau(command, strokes, dense, capsys):
    words = ["--data", strokes, "--epochs", 1, "--batch-size", 5]
    assert command("train", "lenet_caffe", *words, "--tensorboard", "-o", "a") == 0
    assert sorted(os.listdir("a/events")) == ["train", "validation"]
    assert command("train", "resnet18", *words, "--size", 64, "--plateau") == 1
    assert 'plateau goes with recipe "paper" of alexnet' in capsys.readouterr().err
    told = ["--size", 64, "--plateau", "--recipe", "paper", "-o", "b"]
    assert command("train", "resnet18", *words, *told) == 0
    assert "schedule: plateau (the paper, section 3.4: where the error plateaus)" in capsys.readouterr().out


def test_the_bar_fits_into_80_columns(monkeypatch):
    """With the largest numbers that a run is likely to have."""
    monkeypatch.setenv("TERM", "xterm")
    file = io.StringIO()
    screen = Console(file=file, force_terminal=True, width=80, color_system=None)
    monkeypatch.setattr(training_progress, "console", screen)
    shown = training_progress.Shown(epochs=1000, images=1_281_167, batch=256)
    shown.on_train_begin()
    shown.on_epoch_begin(998)
    shown.started, shown.epoch_started = time.monotonic() - 10**8, time.monotonic() - 100
    shown.on_train_batch_end(4000, {"loss": 12.34567, "accuracy": 1.0})
    shown.bar.refresh()
    shown.close()
    lines = [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", line) for line in re.split(r"[\r\n]", file.getvalue())]
    told = [line for line in lines if "loss" in line]
    assert told and all(len(line) <= 80 and "12.3457, top-1 100.00%" in line for line in told)
    assert told[-1].rstrip().endswith("left") and "Epoch 999/1000" in told[-1]
