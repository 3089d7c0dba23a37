"""`keras-cnns train`: the seed decides what is learnt, nothing learnt is lost, the user's backend stays."""

import inspect
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

import keras_cnns
from keras_cnns import backends, training
from keras_cnns.cli import main, train
from keras_cnns.training import keeper, state


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
    """In place of the network that is asked for, a much smaller one of the same inputs and outputs."""
    layers = [keras.Input(in_shape), keras.layers.Flatten(), keras.layers.Dense(n_classes, "softmax")]
    model = keras.Sequential(layers, name=name)
    model.compile(opt, "categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.fixture
def dense(monkeypatch):
    monkeypatch.setattr(train, "create", small_network)


def weights(file):
    return np.concatenate([values.ravel() for values in keras.saving.load_model(file).get_weights()])


def test_the_seed_decides_what_is_learnt(command, strokes, dense):
    """Two runs of one seed write equal models, a run of another seed another one."""
    found = []
    for number, seed in enumerate((5, 5, 6)):
        words = ["--data", strokes, "--epochs", 1, "--batch-size", 5, "--seed", seed, "-o", f"{number}.keras"]
        assert command("train", "lenet_caffe", *words) == 0
        found.append(weights(f"{number}.keras"))
    assert np.array_equal(found[0], found[1])
    assert abs(found[0] - found[2]).max() > 0.01


def at_epoch(monkeypatch, number, happen):
    """Let something happen in the middle of an epoch."""

    class Accident(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            if keeper.begun == number and batch == 1:
                happen()

    def keeping(*arguments, really=training.KeptEachEpoch):
        nonlocal keeper
        keeper = really(*arguments)
        return keeper

    def fit(*arguments, callbacks, really=training.fit, **options):
        really(*arguments, callbacks=[*callbacks, Accident()], **options)

    keeper = None
    monkeypatch.setattr(training, "KeptEachEpoch", keeping)
    monkeypatch.setattr(training, "fit", fit)


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
    """The file equals that of a run of as many epochs, but for what the rate has become by then."""
    at_epoch(monkeypatch, 3, happen)
    words = ["--data", strokes, "--epochs", 4, "--batch-size", 5, "-o", "a.keras"]
    assert command("train", "lenet_caffe", *words) == status
    assert "stopped in epoch 3; a.keras holds epoch 2" in capsys.readouterr().err.splitlines()
    kept = keras.saving.load_model("a.keras")
    assert int(kept.optimizer.iterations) == 2 * 2
    assert kept.predict(np.zeros((1, 28, 28, 1)), verbose=0).shape == (1, 2)
    assert sorted(os.listdir()) == ["a.keras", "strokes"]
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_an_early_end_in_the_first_epoch_keeps_the_file_that_was_there(
    command, strokes, dense, monkeypatch, capsys
):
    with open("a.keras", "w") as file:
        file.write("mine")
    at_epoch(monkeypatch, 1, lambda: os.kill(os.getpid(), signal.SIGTERM))
    assert (
        command("train", "lenet_caffe", "--data", strokes, "--batch-size", 5, "-o", "a.keras", "--force")
        == 143
    )
    assert capsys.readouterr().err.splitlines()[-1] == "stopped in epoch 1; no epoch is kept"
    with open("a.keras") as file:
        assert file.read() == "mine"


def test_the_model_is_there_before_it_is_tested(command, strokes, dense, monkeypatch, capsys):
    monkeypatch.setattr(training, "confusion", lambda *_: fault())
    words = ["--data", strokes, "--epochs", 1, "--batch-size", 5, "-o", "a.keras"]
    assert command("train", "lenet_caffe", *words) == 1
    printed = capsys.readouterr()
    assert printed.out.splitlines()[-1] == "a.keras written."
    assert "a fault" in printed.err
    assert keras.saving.load_model("a.keras")


def test_a_killed_training_leaves_a_model(strokes):
    """`kill -9`, in a process of its own."""
    script = (
        f"import keras\n{inspect.getsource(small_network)}\n"
        "from keras_cnns.cli import main, train\ntrain.create = small_network\nmain.main()"
    )
    words = [
        "train",
        "lenet_caffe",
        "--data",
        strokes,
        "--epochs",
        99_999,
        "--batch-size",
        5,
        "-o",
        "a.keras",
    ]
    run = subprocess.Popen(
        [sys.executable, "-c", script, *map(str, words)],
        cwd=strokes.parent,
        env={**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        printed = []
        for line in run.stdout:
            printed.append(line)
            if line.startswith("Epoch 3/"):
                break
        assert (strokes.parent / "a.keras").exists(), "".join(printed)
    finally:
        run.kill()
        run.wait()
        run.stdout.close()
    kept = keras.saving.load_model(strokes.parent / "a.keras")
    assert int(kept.optimizer.iterations) >= 2 * 2
    answer = kept.predict(np.zeros((1, 28, 28, 1)), verbose=0)
    assert answer.shape == (1, 2) and np.isfinite(answer).all()


def test_what_is_refused_before_the_work_starts(command, strokes, dense, monkeypatch, capsys):
    """A folder that cannot be written, and a disk without room for two models."""
    monkeypatch.setattr(training, "fit", lambda *_, **__: fault())
    with monkeypatch.context() as change:
        change.setattr(training, "load", lambda *_: fault())
        assert command("train", "lenet_caffe", "--data", strokes, "--size", 3) == 1
        assert "in_shape must be at least" in capsys.readouterr().err
        assert command("train", "lenet_caffe", "--data", strokes, "--learning-rate", "nan") == 1
        assert "learning_rate must be above 0; got nan" in capsys.readouterr().err

        def denied(*_, **__):
            raise PermissionError(13, "Permission denied", "/x/tmp123")

        change.setattr(tempfile, "TemporaryFile", denied)
        assert command("train", "lenet_caffe", "--data", strokes, "-o", "a.keras") == 1
        line = "--output must be in a folder that can be written; got a.keras (Permission denied)."
        assert line in capsys.readouterr().err
    usage = shutil.disk_usage(".")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=20_000))
    assert command("train", "lenet_caffe", "--data", strokes, "-o", "a.keras") == 1
    needed = 2 * 3 * 4 * (28 * 28 * 2 + 2)
    assert needed == 37_680
    assert "--output must be on a disk with 0.04 MB free" in capsys.readouterr().err
    assert sorted(os.listdir()) == ["strokes"]


def test_what_is_not_read_is_told(command, strokes, dense, capsys):
    """The first five damaged files by name, the number of the others; other kinds by their suffix."""
    for name in ("across", "down"):
        for number in range(2, 6):
            (strokes / name / f"{number}.png").write_text("damaged")
        (strokes / name / "photo.HEIC").touch()
    (strokes / "down" / "1\x1b[2J b.png").write_text("damaged")
    words = ["--data", strokes, "--epochs", 1, "--batch-size", 5, "-o", "a.keras"]
    assert command("train", "lenet_caffe", *words) == 0
    printed = capsys.readouterr()
    lines = printed.err.splitlines()
    why = "not a BMP, GIF, JPEG, PNG or WebP image, or damaged at its start"
    bad = [strokes / "across" / f"{number}.png" for number in range(2, 6)]
    assert lines[0] == "left out: .heic (2); what is read ends in .bmp .gif .jpeg .jpg .png .webp"
    assert lines[1:5] == [f"skipped: {path}: {why}" for path in bad]
    assert lines[5].isprintable() and lines[5].endswith(f"b.png: {why}")
    assert lines[6:] == ["skipped: 4 more files that cannot be read"]
    assert "2 images to learn from, 2 held out, 2 classes" in printed.out


def test_the_seed_starts_both_the_weights_and_the_order_of_the_images(command, strokes, dense, monkeypatch):
    seen = []
    monkeypatch.setattr(training, "fit", lambda model, *given, **_: seen.append((model.get_weights(), given)))
    for seed in (5, 6):
        words = ["--data", strokes, "--seed", seed, "-o", f"{seed}.keras"]
        assert command("train", "lenet_caffe", *words) == 0
    (first, given), (second, given_second) = seen
    assert (given[-1], given_second[-1]) == (5, 6)
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


def small_network_for_runs(name, in_shape, n_classes, opt):
    """`small_network` with dropout, so that a run has seeds to keep."""
    image = keras.Input(in_shape)
    x = keras.layers.Dropout(0.2)(keras.layers.Flatten()(image))
    model = keras.Model(image, keras.layers.Dense(n_classes, "softmax")(x), name=name)
    model.compile(opt, "categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.fixture
def dropout(monkeypatch):
    monkeypatch.setattr(train, "create", small_network_for_runs)


def variables(folder):
    arrays, record = state.read_state(max(Path(folder).glob("state-*.npz")))
    return record["epoch"], [array.tobytes() for array in arrays]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_goes_on_as_if_it_had_not_been_stopped(command, strokes, dropout, monkeypatch, capsys, number):
    words = ["--data", strokes, "--epochs", 4, "--batch-size", 5, "--seed", 5]
    assert command("train", "lenet_caffe", *words, "-o", "whole") == 0
    printed = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in printed[1:5]] == [f"Epoch {n}/4" for n in range(1, 5)]
    assert printed[-1] == "whole written; use it with: keras-cnns predict whole IMAGE"
    with monkeypatch.context() as patch:
        calls = []

        def tested(*arguments, really=keeper.scores):
            calls.append(number)
            if len(calls) == 3:
                os.kill(os.getpid(), number)
            return really(*arguments)

        patch.setattr(keeper, "scores", tested)
        assert command("train", "lenet_caffe", *words, "-o", "again") == 128 + number
    line = "again holds epoch 2; go on with: keras-cnns train --resume again"
    assert line in capsys.readouterr().err.splitlines()
    monkeypatch.chdir(strokes)  # the data is found from anywhere
    assert command("train", "--resume", "../again") == 0
    assert variables("../again") == variables("../whole")
    assert variables("../again")[0] == 4


def test_the_paper_s_recipe_is_told(command, strokes, dropout, capsys):
    """With its sources, and what is used here in place of it."""
    words = ["--data", strokes, "--epochs", 2, "--batch-size", 5, "--recipe", "paper"]
    assert command("train", "lenet_caffe", *words) == 0
    told = capsys.readouterr().out
    assert "Caffe's lenet_solver, on MNIST" in told and "Caffe decays biases, too." in told
    assert "0.01" in told and f"{0.01 * 5 / 64:.4g}" in told
    assert sorted(os.listdir("runs/lenet_caffe"))[:2] == ["best.keras", "curves.svg"]


def test_val_and_other_options_of_a_run(command, strokes, dropout, capsys):
    shutil.copytree(strokes, "other")
    words = ["--data", strokes, "--batch-size", 5, "--epochs", 9, "--early-stop", 1, "--val", "other"]
    assert command("train", "lenet_caffe", *words, "--class-weights", "balanced", "-o", "x") == 0
    assert "12 images to learn from, 12 held out, 2 classes" in capsys.readouterr().out
    (Path("other") / "up").mkdir()
    for number in (0, 1):
        shutil.copy(strokes / "down" / "0.png", f"other/up/{number}.png")
    assert command("train", "lenet_caffe", *words, "-o", "y") == 1
    assert "val must have the same sub-folders as data; not in both: up" in capsys.readouterr().err


def test_what_a_run_refuses(command, strokes, dropout, capsys):
    words = ["--data", strokes, "--epochs", 1, "--batch-size", 5]
    assert command("train", "lenet_caffe", *words, "-o", "x") == 0
    cases = {
        ("lenet_caffe", *words, "-o", "x"): "x has a run already: go on with --resume x",
        ("lenet_caffe", "--resume", "x"): "--resume goes alone",
        ("--resume", strokes): "is not the folder of a run",
        ("lenet_caffe",): "--data is needed, unless a run goes on",
        (): "NAME is needed",
        ("lenet_caffe", *words, "--recipe", "paper", "-o", "a.keras"): "--output must be a folder with",
    }
    for typed, line in cases.items():
        assert command("train", *typed) == 1
        assert line in capsys.readouterr().err
    assert command("train", "lenet_caffe", *words, "-o", "x", "--force") == 0
    told = json.loads(Path("x/run.json").read_text())
    told["command"]["size"] = "large"
    Path("x/run.json").write_text(json.dumps(told))
    assert command("train", "--resume", "x") == 1
    assert "run.json has values of another kind" in capsys.readouterr().err
