"""How much work a file describes is counted before anything of it is built."""

import json
import signal
import threading
import zipfile

import keras
import pytest
from typer.testing import CliRunner

from keras_cnns import architectures, building  # noqa: F401  registers our layers
from keras_cnns.cli.main import app
from keras_cnns.keras_files import architecture, effort
from keras_cnns.weightless import build_weightless

SHAPE = [None, 4]


def archive(path, config):
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("config.json", config if isinstance(config, str) else json.dumps(config))
    return path


def thing(class_name, module="keras.layers", **config):
    return {"module": module, "class_name": class_name, "registered_name": None, "config": config}


def sequential(*inside, shape=SHAPE):
    return thing("Sequential", "keras", name="s", layers=[thing("InputLayer", batch_shape=shape), *inside])


def reference(name, call=0):
    config = {"shape": SHAPE, "dtype": "float32", "keras_history": [name, call, 0]}
    return {"class_name": "__keras_tensor__", "config": config}


def called(layer, name, *nodes):
    """A layer of a functional model, with what each of its calls reads."""
    calls = [{"args": [node[0] if len(node) == 1 else node], "kwargs": {}} for node in nodes]
    return {**layer, "name": name, "config": {**layer["config"], "name": name}, "inbound_nodes": calls}


def functional(inside, end, call=0, shape=SHAPE):
    start = called(thing("InputLayer", batch_shape=shape), "i")
    ends = {"input_layers": [["i", 0, 0]], "output_layers": [[end, call, 0]]}
    return thing("Functional", "keras.src.models.functional", name="f", layers=[start, *inside], **ends)


RELU = thing("Activation", activation="relu")


def chain(count, backwards=False):
    names = ["i", *(f"a{i}" for i in range(count))]
    inside = [called(RELU, name, [reference(before)]) for before, name in zip(names, names[1:])]
    return functional(inside[::-1] if backwards else inside, names[-1])


def mesh(width, height):
    inside, row = [], ["i", "i"]
    for y in range(height):
        names = [f"m{y}_{x}" for x in range(width)]
        inside += [called(thing("Add"), name, [reference(before) for before in row]) for name in names]
        row = names
    return functional(inside, row[0])


def models_in_models(depth, calls):
    """Each model calls the one in it several times; any size, so that Keras goes through them each time."""
    config = functional([called(RELU, "a", [reference("i")])], "a", shape=[None, None])
    for level in range(depth):
        nodes = [[reference("i")], *([reference("n", i)] for i in range(calls - 1))]
        shape = SHAPE if level == depth - 1 else [None, None]
        config = functional([called(config, "n", *nodes)], "n", calls - 1, shape)
    return config


def two_ways(depth):
    config = thing("SimpleRNN", units=2)
    for _ in range(depth):
        config = thing("Bidirectional", layer=config)
    return sequential(config, shape=[None, 3, 4])


OURS = {**thing("TableConv2D", table=[[0]] * 9000), "registered_name": "keras_cnns>TableConv2D"}
SPLIT = called(thing("Split", "keras.src.ops.numpy", indices_or_sections=10**9), "s", [reference("i")])
CALLS = called(RELU, "a", [reference("i")], *([reference("a", i)] for i in range(12_000)))
ZEROS = thing("Zeros", "keras.initializers")
CELLS = thing("StackedRNNCells", cells=[thing("SimpleRNNCell", units=1)] * 6000)

# What it is, the words of the message, and a limit for those that would make a large file.
LARGE = {
    "a chain": (chain(10_000), "10,001 layers with 10,000 connections", 5000),
    "a mesh": (mesh(30, 4), "121 layers with 2,760 connections", 200),
    "backwards": (chain(500, backwards=True), "501 layers", 5000),
    "one layer, many calls": (functional([CALLS], "a"), "12,002 layers", 5000),
    "models in models": (models_in_models(12, 4), "days", 5000),
    "a long Sequential": (sequential(*[RELU] * 200), "201 layers", 5000),
    "cells": (sequential(thing("RNN", cell=CELLS), shape=[None, 3, 4]), "6,003 layers", 5000),
    "copies of copies": (two_ways(30), "layers", 5000),
    "bins": (sequential(thing("Discretization", bin_boundaries=[1.0] * 30_000)), "2 layers", 50),
    "rows of a table": (sequential(OURS, shape=[None, 8, 8, 4]), "2 layers", 5000),
    "parts of a tensor": (functional([SPLIT], "s"), "2 layers", 5000),
    "initializers": (sequential(thing("Dense", x=[ZEROS] * 2000)), "2 layers", 50),
}


@pytest.fixture
def unbuilt(monkeypatch):
    monkeypatch.setattr(architecture, "build_weightless", lambda *_, **__: pytest.fail("it was built"))


@pytest.mark.parametrize(("config", "words", "limit"), LARGE.values(), ids=LARGE)
def test_what_takes_long_is_refused_before_it_is_built(config, words, limit, tmp_path, unbuilt):
    path = archive(tmp_path / "m.keras", config)
    with pytest.raises(ValueError, match=f"m.keras describes .*{words}.* --no-limit.*limit=None") as error:
        architecture.load_architecture(path, **({} if limit == 5000 else {"limit": limit}))
    assert "building it takes about" in str(error.value)
    assert len(str(error.value)) < 500


def test_the_limit_can_be_moved(tmp_path):
    path = archive(tmp_path / "m.keras", chain(30))
    with pytest.raises(ValueError, match="31 layers with 30 connections"):
        architecture.load_architecture(path, limit=20)
    assert len(architecture.load_architecture(path, limit=None).layers) == 31
    assert len(building.saved(path, no_limit=True).layers) == 31


@pytest.mark.parametrize(
    "command", [["draw", "--force"], ["profile"], ["compare"]], ids=lambda words: words[0]
)
def test_commands_go_on_when_asked(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = archive(tmp_path / "m.keras", chain(5))
    words = [*command, path.name, *([path.name] if command[0] == "compare" else [])]
    monkeypatch.setattr(effort, "MAKE", 1000)  # so a file that is built soon counts as one that is not
    refused = CliRunner().invoke(app, words)
    assert refused.exit_code != 0
    assert "--no-limit" in str(refused.exception) + refused.output
    assert CliRunner().invoke(app, [*words, "--no-limit"]).exit_code == 0


@pytest.mark.parametrize("config", [chain(300), chain(60, backwards=True), models_in_models(5, 3)])
def test_what_is_counted_is_what_keras_calls(config, monkeypatch):
    """No step goes uncounted: every call of a layer, with those that fail or are made again."""
    calls = 0
    real = keras.layers.Layer.compute_output_spec

    def counted(self, *args, **options):
        nonlocal calls
        calls += 1
        return real(self, *args, **options)

    steps = effort.effort(config).steps
    monkeypatch.setattr(keras.layers.Layer, "compute_output_spec", counted)
    build_weightless(keras.saving.deserialize_keras_object, json.loads(json.dumps(config)))
    assert 10 < calls * effort.CALL <= steps


@pytest.mark.parametrize("seconds", [7, 60, 90, 7200, 100_000, 10**12])
def test_times_are_in_words(seconds):
    words = ["7 seconds", "1 minute", "2 minutes", "2 hours", "1 day", "more than 1,000 days"]
    assert architecture.duration(seconds) in words


NUMBERS = {
    "digits": ('{"x": 1%s}' % ("0" * 400), "a number of 401 digits"),
    "more digits than Python reads": ('{"x": -1%s}' % ("0" * 5000), "a number of 5001 digits"),
    "beyond 2^63": (f'{{"x": {2**63}}}', "a number of 19 digits; sizes end at 9223372036854775807"),
    "infinity": ('{"units": Infinity}', "'units' is inf, which is no size"),
    "not a number": ('{"units": [NaN]}', "'units' is nan"),
    "a float that overflows": ('{"units": 1e999}', "'units' is inf"),
    "brackets": ("[" + "[]," * 10**6 + "[]]", "more than 1,000,000 lists and objects"),
}


@pytest.mark.parametrize(("text", "words"), NUMBERS.values(), ids=NUMBERS)
def test_numbers_that_are_no_sizes(text, words, tmp_path):
    with pytest.raises(ValueError, match=f"m.keras has a config.json that cannot be read: .*{words}"):
        architecture.load_architecture(archive(tmp_path / "m.keras", text))


def test_bounds_may_be_infinite(tmp_path):
    inputs = keras.Input((4,))
    model = keras.Model(inputs, keras.ops.clip(inputs, 0.0, float("inf")))
    assert "Infinity" in model.to_json()
    assert architecture.load_architecture(archive(tmp_path / "m.keras", model.to_json())).count_params() == 0


def test_sizes_that_multiply_are_refused(tmp_path):
    """Each is less than 2^63; together they are beyond what a float can count."""
    grown = [thing("UpSampling2D", size=[2**40, 2**40])] * 3
    config = sequential(*grown, shape=[None, 8, 8, 1])
    with pytest.raises(ValueError, match="m.keras describes a tensor that no computer can hold, of shape"):
        architecture.load_architecture(archive(tmp_path / "m.keras", config))


def test_ctrl_c_stops_a_build():
    """The thread that builds ends, too; it would go on for hours."""
    builders, go_on = [], threading.Event()

    def endless():
        builders.append(threading.current_thread())
        signal.raise_signal(signal.SIGINT)
        while not go_on.wait(0.01):
            pass

    try:
        with pytest.raises(KeyboardInterrupt):
            build_weightless(endless)
        builders[0].join(20)
        assert not builders[0].is_alive()
    finally:
        go_on.set()
