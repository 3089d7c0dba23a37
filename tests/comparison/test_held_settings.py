"""What a layer of a person's own holds counts, whether or not its config tells it."""

import keras
import numpy as np
import pytest
from keras import layers, ops
from support.compare_cases import filled

from keras_cnns.comparison.compare_models import compare_models


class Own(layers.Layer):
    """Two kernels, so that it is compared by its code alone; its config has only its name."""

    def __init__(self, held=None, **options):
        super().__init__(**options)
        self.held = held
        self.seeds = keras.random.SeedGenerator()

    def build(self, shape):
        self.one, self.other = (self.add_weight((shape[-1], shape[-1])) for _ in range(2))

    def call(self, x):
        return ops.tanh(x @ self.one) @ self.other

    def get_config(self):
        return {"name": self.name}


class Closed(Own):
    """Its call cannot be followed on symbolic tensors."""

    def __init__(self, **settings):
        super().__init__()
        self.parts = {"first": [layers.Conv2D(4, 3, padding="same", **settings)]}

    def build(self, shape):
        self.parts["first"][0].build(shape)

    def call(self, x):
        if isinstance(x, keras.KerasTensor):
            raise ValueError
        return self.parts["first"][0](x)

    def compute_output_shape(self, shape):
        return shape


class Settings:
    def __init__(self, n):
        self.n = n


def verdict(one, other):
    models = (filled(layers.Conv2D(4, 3), layer, layers.Flatten(), layers.Dense(2)) for layer in (one, other))
    return compare_models(*models).verdict


# What a layer may hold: a function that makes a value from a number.
HELD = {
    "a number": lambda n: n,
    "a function": lambda n: lambda x, k: x @ k * n,
    "a list in a dict": lambda n: {"of": [1, n]},
    "an array": lambda n: np.full(3, n),
    "an object": Settings,
    "a string": str,
}


@pytest.mark.parametrize("name", HELD)
def test_what_a_layer_holds_counts(name):
    make = HELD[name]
    assert verdict(Own(make(2)), Own(make(2))) == "exact"
    assert verdict(Own(make(2)), Own(make(3))) == "unknown"


@pytest.mark.parametrize(
    "setting", [{"dilation_rate": 2}, {"activation": "relu"}, {"data_format": "channels_last"}]
)
def test_layers_in_a_closed_layer_count(setting):
    same = "data_format" in setting
    assert verdict(Closed(), Closed()) == "exact"
    assert (verdict(Closed(), Closed(**setting)) == "exact") == same


def test_what_the_config_tells_is_named():
    class Power(Own):
        def __init__(self, n):
            super().__init__(n)
            self.n = n

        def get_config(self):
            return {"name": self.name, "n": self.n}

    models = (filled(layers.Conv2D(4, 3), Power(n), layers.Flatten()) for n in (2, 3))
    (one,) = compare_models(*models).differences
    assert (one.attribute, one.yours, one.reference) == ("n", 2, 3)
