"""Descriptions of real models with a few places changed at random: a ValueError, or a model; nothing else."""

import json
import random
import zipfile
from pathlib import Path

import keras
from keras import layers

from keras_cnns.keras_files import architecture, opaque_layer
from keras_cnns.keras_files.policy import objects, refusal
from keras_cnns.weightless import build_weightless

COUNT = 200
KERAS2 = sorted((Path(__file__).parent / "keras2").glob("*.json"))
CLASSES = [
    "Bidirectional",
    "Conv2D",
    "Dense",
    "DTypePolicy",
    "Embedding",
    "Functional",
    "InputLayer",
    "Lambda",
]
CLASSES += [
    "LSTM",
    "MelSpectrogram",
    "RandAugment",
    "RepeatVector",
    "Reshape",
    "Sequential",
    "Split",
    "system",
]
VALUES = [None, True, 0, -1, -(10**9), 10**9, 2**62, 10**30, 10**400, 0.5, 1e308, float("inf"), float("nan")]
VALUES += [
    "",
    "x" * 10_000,
    "\x1b[31m",
    "same",
    "float16",
    [],
    {},
    [1] * 1000,
    [[[[1]]]],
    {"class_name": "Dense"},
]


def convolutional():
    image = keras.Input((8, 8, 3))
    x = layers.BatchNormalization()(layers.Conv2D(4, 3, padding="same")(image))
    x = layers.GlobalAveragePooling2D()(layers.Add()([x, layers.Conv2D(4, 1)(image)]))
    return keras.Model(image, layers.Dense(2, "softmax", kernel_regularizer="l2")(x))


def recurrent():
    steps = keras.Input((6, 4))
    x = layers.TimeDistributed(layers.Dense(2))(
        layers.Bidirectional(layers.LSTM(3, return_sequences=True))(steps)
    )
    return keras.Model(steps, layers.RNN([layers.GRUCell(2), layers.SimpleRNNCell(2)])(x))


def operations():
    image = keras.Input((4, 4, 3))
    red, green, blue = keras.ops.split(image, 3, axis=-1)
    x = keras.ops.concatenate([keras.ops.relu(red * 2 + green), keras.ops.clip(blue, 0, float("inf"))], -1)
    return keras.Model(image, keras.ops.mean(keras.ops.reshape(x, (-1, 16, 2)), axis=1))


def nested():
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(4, "gelu")])
    start = keras.Input((4,))
    return keras.Model(start, inner(inner(start)) * 2 + start)


def places(value, path=()):
    """The way to every value inside."""
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield (*path, key)
        yield from places(value[key], (*path, key))


def change(config, draw):
    """Take something out, put it in twice, wrap it, rename its class, or write another value there."""
    *way, last = draw.choice(list(places(config)))
    around = config
    for key in way:
        around = around[key]
    kind = draw.choice(["out", "twice", "wrapped", "renamed", "replaced", "replaced"])
    if kind == "out":
        del around[last]
    elif kind == "twice" and isinstance(around, list):
        around.insert(last, json.loads(json.dumps(around[last])))
    elif kind == "wrapped":
        for _ in range(draw.choice([1, 30])):
            around[last] = [around[last]]
    elif kind == "renamed" and "class_name" in around:
        around["class_name"] = draw.choice(CLASSES)
    else:
        around[last] = json.loads(json.dumps(draw.choice(VALUES)))


def test_a_value_error_or_a_model(tmp_path):
    texts = [build_weightless(build).to_json() for build in (convolutional, recurrent, operations, nested)]
    texts += [json.dumps(json.loads(file.read_text())["description"]) for file in KERAS2]
    path, loaded = tmp_path / "m.keras", 0
    for seed in range(COUNT):
        draw = random.Random(seed)
        config = json.loads(draw.choice(texts))
        for _ in range(draw.choice([1, 1, 2, 4])):
            change(config, draw)
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("config.json", json.dumps(config))
        try:
            model = architecture.load_architecture(path)
        except ValueError as error:
            assert "m.keras" in str(error), seed
            assert str(error).isprintable(), seed
            assert len(str(error)) < 600, seed
        else:
            loaded += 1
            nodes = [*objects(json.loads(model.to_json()))]
            nodes = [node for node in nodes if node.get("module") != opaque_layer.__name__]  # a box
            assert all(refusal(node) is None for node in nodes), seed
    assert 10 < loaded < COUNT - 50
