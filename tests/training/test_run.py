"""A run keeps each epoch, and goes on after any end with the bits of a run that never ended."""

import csv
import json
import os
import shutil
from dataclasses import replace
from xml.etree import ElementTree

import keras
import numpy as np
import pytest

from keras_cnns import training
from keras_cnns.keras_files.stored_use import stored_use
from keras_cnns.training import keeper, recipes, state
from keras_cnns.training.batches import Batches
from keras_cnns.training.compiling import balanced
from keras_cnns.training.log import plateau_rate
from keras_cnns.training.scoring import Scores

RECIPE = replace(
    recipes.SMALL,
    optimizer="sgd",
    schedule="plateau",
    patience=1,
    rate=2.0,
    warm_up=2,
    momentum=0.9,
    decay=1e-3,
    smoothing=0.1,
    clip=2.0,
    averaging=0.9,
    batch=16,
    epochs=5,
)


@pytest.fixture(scope="module")
def few():
    digits = training.load("digits")
    parts = ((images[:n], labels[:n]) for (images, labels), n in ((digits.train, 70), (digits.test, 40)))
    return training.Data(*parts, digits.classes)


def network(seed=1, outputs=1):
    """Small, with all that has a state of its own: batch normalization, dropout, noise."""
    keras.utils.set_random_seed(seed)
    image = keras.Input((8, 8, 1))
    x = keras.layers.Dense(20, "relu", use_bias=False)(keras.layers.Flatten()(image))
    x = keras.layers.BatchNormalization(momentum=0.9)(x)
    x = keras.layers.Dropout(0.2)(keras.layers.GaussianNoise(0.1)(x))
    heads = [keras.layers.Dense(10, "softmax", name=f"head{i}")(x) for i in range(outputs)]
    return keras.Model(image, heads if outputs > 1 else heads[0], name="net")


def everything(model):
    return [value.tobytes() for value in state.values(model)]


class Stop(BaseException):
    """Ends a training as no handler expects."""


def stopping(monkeypatch, what, when):
    """Let a training end at the given call of a function, in its middle: what it wrote is there, no more."""
    calls = 0
    owner, name = what
    really = getattr(owner, name)

    def ended(*arguments, **options):
        nonlocal calls
        calls += 1
        if calls == when:
            raise Stop
        return really(*arguments, **options)

    monkeypatch.setattr(owner, name, ended)


@pytest.fixture(scope="module")
def whole(few, tmp_path_factory):
    """A run that was never stopped: its folder, its rows, and all variables after it."""
    folder, model = tmp_path_factory.mktemp("runs") / "whole", network()
    rows = training.train(model, few, folder, RECIPE, seed=3)
    return folder, rows, everything(model)


@pytest.mark.long
def test_a_run_that_was_stopped_anywhere_has_the_bits_of_one_that_was_not(few, whole, tmp_path):
    """Stopped in a step, while it is tested, while a state is written; then the last state is damaged.

    It goes on each time with a model of other weights and seeds.
    """
    folder, expected, variables = whole
    told = []
    chain = [
        ((Batches, "readable"), 16),  # five make an epoch, two test it, Keras looks at one to begin with
        ((keeper, "scores"), 2),
        ((np, "savez"), 2),
    ]
    for number, (what, when) in enumerate(chain):
        with pytest.MonkeyPatch.context() as patch:
            stopping(patch, what, when)
            model = network(seed=1 + number)
            with pytest.raises(Stop):
                training.train(
                    model, few, tmp_path / "run", RECIPE, resume=number > 0, seed=3, tell=told.append
                )
    last = max((tmp_path / "run").glob("state-*.npz"))
    last.write_bytes(last.read_bytes()[:-200])
    again = network(seed=99)
    rows = training.train(again, few, tmp_path / "run", RECIPE, resume=True, seed=3, tell=told.append)
    assert len(told) == 1 and f"{last.name} is damaged" in told[0]
    assert everything(again) == variables
    assert len({row["learning_rate"] for row in rows}) > 1
    assert [{**row, "images_per_second": 0} for row in rows] == [
        {**row, "images_per_second": 0} for row in expected
    ]
    for name in ("best.keras", "model.keras"):
        one, two = (keras.saving.load_model(place / name) for place in (folder, tmp_path / "run"))
        assert all(np.array_equal(a, b) for a, b in zip(one.get_weights(), two.get_weights()))
    names = ["best.keras", "confusion.csv", "curves.svg", "log.csv", "model.keras", "run.json"]
    assert sorted(os.listdir(tmp_path / "run")) == [*names, "state-0004.npz", "state-0005.npz"]


def test_what_the_files_of_a_run_say(few, whole):
    folder, rows, _ = whole
    with (folder / "log.csv").open() as file:
        read = list(csv.DictReader(file))
    assert [{name: float(value) for name, value in row.items()} for row in read] == rows
    assert [row["epoch"] for row in rows] == [1, 2, 3, 4, 5]
    settings = json.loads((folder / "run.json").read_text())["training"]
    assert settings["recipe"]["epochs"] == 5 and settings["seed"] == 3
    use = stored_use(folder / "best.keras")
    assert use.classes == tuple("0123456789") and (use.mean, use.std) == ((0.0,), (255.0,))
    root = ElementTree.parse(folder / "curves.svg").getroot()
    words = "".join(root.itertext())
    assert root.tag.endswith("svg") and "held out" in words and "learned from" in words


def test_the_average_of_the_weights_is_what_is_tested_and_kept(few, whole):
    """And the run goes on with the weights themselves."""
    folder, rows, _ = whole
    arrays, _ = state.read_state(folder / "state-0005.npz")
    model = keras.saving.load_model(folder / "model.keras")
    assert not np.allclose(arrays[0], keras.ops.convert_to_numpy(model.weights[0]), atol=1e-4)
    found = training.scores(model, few)
    assert (found.top_1, found.top_5) == (rows[-1]["val_accuracy"], rows[-1]["val_top_5"])
    assert found.loss == pytest.approx(rows[-1]["val_loss"], rel=1e-5)
    assert found.table.sum() == 40


def test_a_run_that_has_ended_is_not_trained_further(few, whole, tmp_path):
    shutil.copytree(whole[0], tmp_path / "run")
    (tmp_path / "run" / "model.keras").unlink()
    again = network(seed=5)
    assert training.train(again, few, tmp_path / "run", RECIPE, seed=3, resume=True) == whole[1]
    assert everything(again) == whole[2]
    assert (tmp_path / "run" / "model.keras").exists()


def test_early_stop(few, tmp_path, monkeypatch):
    """The best is the second of five; after two epochs that are no better, it ends."""
    accuracies = iter((0.1, 0.4, 0.3, 0.4, 0.5))
    table = np.zeros((10, 10), int)

    def found(*_):
        table[0, 0], table[0, 1] = round(100 * next(accuracies)), 100
        table[0, 1] -= table[0, 0]
        return Scores(table.copy(), 1.0, 1.0)

    monkeypatch.setattr(keeper, "scores", found)
    rows = training.train(network(), few, tmp_path / "run", RECIPE, early_stop=2)
    assert [row["val_accuracy"] for row in rows] == [0.1, 0.4, 0.3, 0.4]


def test_the_rate_falls_where_the_loss_does_not():
    rule = replace(RECIPE, patience=2, warm_up=2, rate=1.0, factor=0.1)
    losses = [3, 2, 2, 2, 1, 1.5, 1.2, 1.1, 1.4]
    rates = [plateau_rate(rule, [{"val_loss": loss} for loss in losses[:n]]) for n in range(len(losses) + 1)]
    assert rates == pytest.approx([0.5, 1, 1, 1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.001])


def test_several_outputs_and_classes_that_count_the_same(few, tmp_path):
    """All heads learn, the first is tested; a class of few images weighs more."""
    model = network(outputs=2)
    before = model.get_weights()
    plain = replace(RECIPE, averaging=None)
    rows = training.train(model, few, tmp_path / "run", plain, epochs=1, class_weights="balanced")
    assert not any(np.array_equal(a, b) for a, b in zip(before, model.get_weights()))
    assert 0 <= rows[0]["accuracy"] <= 1
    assert balanced(np.array([0, 0, 0, 1]), 2).tolist() == pytest.approx([2 / 3, 2])


def test_what_is_refused(few, whole, tmp_path):
    folder = whole[0]

    def refused(message, data=few, place=folder, **options):
        with pytest.raises(ValueError, match=message):
            training.train(network(), data, place, RECIPE, **{"seed": 3, "resume": True, **options})

    refused("has a run already", resume=False)
    refused("its recipe differs in rate", learning_rate=0.5)
    refused("its seed was 3; now it is 2", seed=2)
    less = training.Data((few.train[0][:-1], few.train[1][:-1]), few.test, few.classes)
    refused("its images differs in to learn from, digest", data=less)
    refused("is not the folder of a run", place=tmp_path / "none")
    refused("early_stop must be an int, at least 1; got 0", early_stop=0)
    refused("class_weights must be one of 'balanced'; got 'even'", class_weights="even")


def test_a_full_disk(few, tmp_path, monkeypatch):
    """An epoch between may be lost; the last one not; what was kept stays."""
    told = []
    real = keeper.write_state

    def full(path, *given):
        if path.name in ("state-0002.npz", "state-0003.npz"):
            raise OSError(28, "No space left on device")
        real(path, *given)

    monkeypatch.setattr(keeper, "write_state", full)
    with pytest.raises(OSError, match="No space left"):
        training.train(network(), few, tmp_path / "run", RECIPE, epochs=3, tell=told.append)
    assert len(told) == 1 and told[0].startswith("epoch 2 is not kept: ")
    assert max((tmp_path / "run").glob("state-*.npz")).name == "state-0001.npz"


def test_the_files_of_a_model_have_its_first_output_only(few, tmp_path):
    """The others help to train; with half the weight of their losses they count half as much."""
    model = network(outputs=3)
    model.compile("sgd", ["categorical_crossentropy"] * 3, loss_weights=[1, 0.5, 0.5])
    plain = replace(RECIPE, averaging=None)
    training.train(model, few, tmp_path / "run", plain, epochs=1, tensorboard=True)
    assert model.get_compile_config()["loss_weights"] == [1, 0.5, 0.5]
    image = np.random.default_rng(0).random((4, 8, 8, 1))
    first = keras.ops.convert_to_numpy(model(image)[0])
    for name in ("best.keras", "model.keras"):
        kept = keras.saving.load_model(tmp_path / "run" / name)
        assert kept.name == "net" and len(kept.outputs) == 1 and len(kept.weights) == len(model.weights) - 4
        assert np.allclose(keras.ops.convert_to_numpy(kept(image)), first, atol=1e-6)
    assert len(list((tmp_path / "run" / "events").glob("*/events.out.tfevents.*"))) == 2


def test_a_folder_that_goes_away(few, tmp_path):
    """For a while: the epoch between is lost, and what was kept stays. At the end: it is an error."""
    folder, away, told = tmp_path / "run", tmp_path / "away", []

    class Moved(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch in (1, 3):
                folder.rename(away)
            if epoch == 2:
                away.rename(folder)

    with pytest.raises(FileNotFoundError, match="run is no longer there"):
        training.train(
            network(), few, folder, RECIPE, epochs=4, callbacks=[Moved()], tell=told.append, tensorboard=True
        )
    assert told[-1] == f"epoch 2 is not kept: {folder} is no longer there" and len(told) <= 2
    assert sorted(path.name for path in away.glob("state-*")) == ["state-0001.npz", "state-0003.npz"]
    away.rename(folder)
    again = network(seed=9)
    rows = training.train(again, few, folder, RECIPE, epochs=4, resume=True)
    other = training.train(network(), few, tmp_path / "other", RECIPE, epochs=4)
    assert [{**row, "images_per_second": 0} for row in rows] == [
        {**row, "images_per_second": 0} for row in other
    ]


def test_a_limit_that_the_system_sets(few, tmp_path):
    """A file larger than allowed cannot be written: what a full disk does, from the system itself."""
    resource = pytest.importorskip("resource")
    folder, told = tmp_path / "run", []
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    class Full(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            resource.setrlimit(resource.RLIMIT_FSIZE, (3000 if epoch == 1 else before[0], before[1]))

    try:
        training.train(network(), few, folder, RECIPE, epochs=3, callbacks=[Full()], tell=told.append)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert all("epoch 2 is not kept" in line and "File too large" in line for line in told)
    assert told[-1].startswith("epoch 2 is not kept: ") and len(told) <= 2
    names = {path.name for path in folder.iterdir()}
    assert "state-0003.npz" in names and not any(name.startswith(".keras-cnns") for name in names)
    assert state.read_state(folder / "state-0003.npz")[1]["epoch"] == 3
