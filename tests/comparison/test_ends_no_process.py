"""Networks on which a backend's kernels end the process, or which need more memory than there is."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_cnns.comparison.compare_models import compare_models
from keras_cnns.weightless import build_weightless

# Each of these ends TensorFlow's process where it is run: the window of a max-pooling is larger than its map.
DEADLY = """
import sys
import keras
from keras import layers, ops
import keras_cnns

class Pooled(layers.Layer):
    def call(self, x):
        return ops.max_pool(x, 16, 16)

def network(shape, *parts):
    def build():
        x = inputs = keras.Input(shape)
        for part in parts:
            x = part()(x)
        return keras.Model(inputs, x)
    return build

def adaptive():
    return layers.AdaptiveMaxPooling2D(1)

def deadly_activation(x):
    return ops.reshape(ops.max_pool(ops.reshape(x, (1, -1, 1)), 10**5, 1), (-1,))

CASES = {
    "adaptive": network((4, 4, 3), adaptive, lambda: layers.Dense(3)),
    "in a wrapper": network((2, 4, 4, 3), lambda: layers.TimeDistributed(adaptive())),
    "maps that vanish": network((None, None, 3), *[lambda: layers.MaxPooling2D(2)] * 9),
    "in a class": network((None, 3), Pooled),
    "in a function": network((None, 3), lambda: layers.Lambda(lambda x: ops.max_pool(x, 16, 16), (None, 3))),
    "an activation": network((4,), lambda: layers.Dense(9, activation=deadly_activation)),
}
for name, build in CASES.items():
    report = keras_cnns.compare(build(), build(), prove=True)
    print(name, report.proof.state if report.proof else "no proof", flush=True)
first, *_ = CASES.values()
first().save(sys.argv[1])
report = keras_cnns.compare(sys.argv[1], first())
print("file", report.verdict, report.proof.state, report.score(10))
keras_cnns.assert_matches(first(), first())
print("end")
"""


def test_no_network_ends_the_process(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", DEADLY, tmp_path / "student.keras"],
        env={**os.environ, "KERAS_BACKEND": "tensorflow"},
        capture_output=True,
        text=True,
    )
    said = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    assert said[:3] == ["adaptive impossible", "in a wrapper impossible", "maps that vanish impossible"]
    assert said[-2:] == ["file exact impossible 10.0", "end"]


# Each of these ends PyTorch's process: the smallest whole number divided by -1 is no whole number.
TRAPPING = """
import keras
from keras import layers, ops
import keras_cnns

def multiple(x):
    whole = ops.cast(x * 1e20, "int32")
    return ops.cast(ops.lcm(whole, whole + 1), "float32")

def network(layer):
    return keras.Sequential([keras.Input((8, 3)), layer(), layers.Dense(3)])

for layer in (lambda: layers.Lambda(multiple), lambda: layers.Dense(3, activation=multiple)):
    print(keras_cnns.compare(network(layer), network(layer), prove=True).proof.sentence)
"""


@pytest.mark.peers
def test_no_kernel_of_pytorch_ends_the_process():
    done = subprocess.run(
        [sys.executable, "-c", TRAPPING],
        env={**os.environ, "KERAS_BACKEND": "torch"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    said = "could not be proved by numbers: lcm of the smallest whole number is none"
    assert done.stdout.splitlines() == [said] * 2


def network(shape, *parts):
    x = inputs = keras.Input(shape)
    for part in parts:
        x = part(x)
    return keras.Model(inputs, x)


TOO_LARGE = {
    "an input": lambda: network((100_000, 100_000, 3), layers.MaxPooling2D(2)),
    "a map": lambda: network((8, 8, 3), layers.UpSampling2D(50_000), layers.MaxPooling2D(2)),
    "a function's input": lambda: network((30_000, 30_000, 3), layers.Lambda(lambda x: x * 2)),
    "weights": lambda: network((8,), layers.Dense(2**28), layers.Dense(1)),
}


@pytest.mark.parametrize("case", TOO_LARGE)
def test_what_needs_more_memory_than_there_is_is_not_run(case, monkeypatch):
    models = [build_weightless(TOO_LARGE[case]) for _ in range(2)]
    monkeypatch.setattr(np.random, "default_rng", lambda *_: Refusing())
    report = compare_models(*models, prove=True)
    assert report.verdict == "unknown"  # the proof that was asked for was not run
    assert report.proof.sentence == "could not be proved by numbers: it takes more than 4 GB of memory"


class Refusing:
    """Random numbers that are not drawn."""

    def __getattr__(self, name):
        raise AssertionError(f"{name} draws numbers")


def vanishing():
    return network((None, None, 3), *[layers.AveragePooling2D(2) for _ in range(9)])


def not_numbers():
    return network((8, 8, 3), layers.Lambda(lambda x: ops.log(-ops.abs(x) - 1)), layers.Dense(3))


@pytest.mark.parametrize("build", [vanishing, not_numbers])
def test_outputs_without_numbers_prove_nothing(build):
    assert compare_models(build(), build(), prove=True).proof.state == "impossible"


def test_maps_of_any_size_are_as_large_as_they_must_be():
    def build():
        return network((None, None, 3), *[layers.MaxPooling2D(2) for _ in range(8)])

    assert compare_models(build(), build(), prove=True).proof.state == "proved"
