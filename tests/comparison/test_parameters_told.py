"""How many parameters a report gives to each cause: those of the layers it names, biases counted once."""

import pytest
from keras import layers
from support.compare_cases import conv, model, relu

from keras_cnns.comparison.compare_models import compare_models


def network(normalized, bias=True, window=2):
    def stack(x):
        for width in (4, 6, 8):
            x = conv(width, 3, padding="same", use_bias=bias)(x)
            if normalized:
                x = layers.BatchNormalization()(x)
            x = layers.MaxPooling2D(window if width == 4 else 2, 2)(relu()(x))
        return x

    return model(stack, layers.GlobalAveragePooling2D(), layers.Dense(3))


@pytest.mark.parametrize("one", [True, False])
def test_batch_normalization_has_its_own_parameters(one):
    """It subtracts the biases before it, but both networks have these."""
    report = compare_models(network(one, window=3), network(not one))
    found = {difference.mistake: difference.parameters for difference in report.differences}
    mistake = "extra batch normalization" if one else "batch normalization missing"
    assert found == {mistake: (1 if one else -1) * 4 * (4 + 6 + 8), "different pooling window": 0}
    assert report.equivalences == ()


def test_a_bias_that_only_one_network_has_is_said():
    report = compare_models(network(True), network(True, bias=False))
    assert report.verdict == "equivalent"
    assert "has a bias, which batch normalization subtracts again" in report.equivalences[0]


def test_parameters_of_biases_are_called_so():
    """An activation has no parameters; before a normalization it makes the bias count."""

    def stem(activation, bias):
        return model(
            conv(5, 3, activation=activation, use_bias=bias), layers.BatchNormalization(), relu(), conv(2, 3)
        )

    (one,) = compare_models(stem("relu", True), stem(None, False)).differences
    assert (one.mistake, one.parameters) == ("extra activation", 5)
    assert "+5 parameters, those of biases that batch normalization would subtract" in one.message
    (one,) = compare_models(stem("relu", True), stem(None, True)).differences
    assert (one.mistake, one.parameters) == ("extra activation", 0) and "bias" not in one.message
