"""Mutants have a mistake, which `compare` finds; rewritten networks have none, and it finds none."""

import keras
import pytest
from keras import layers
from support.compare_cases import residual, same_function, towers
from support.rewrites import REWRITINGS, nested, rewritten, shuffled

from keras_cnns import mutate
from keras_cnns.building import without_weights
from keras_cnns.comparison.compare_models import compare_models
from keras_cnns.mutation.editable_model import duplicate, to_editable
from keras_cnns.mutation.mutate import MUTATIONS, mutant_of

NETWORKS = ("lenet_5", "alexnet", "nin_cifar", "inception_v1", "resnet18", "xception")


@pytest.fixture(scope="module")
def taken():
    """Each network with its model."""
    models = {name: without_weights(name) for name in NETWORKS}
    return {name: (model, to_editable(model)) for name, model in models.items()}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_model_put_together_again_is_itself(taken, name):
    model, model = taken[name]
    again = duplicate(model).build()
    assert compare_models(again, model, also=["dropout", "names", "initializers"]).verdict == "exact"


@pytest.mark.parametrize("name", NETWORKS)
def test_the_mistake_is_the_first_difference(taken, name):
    model, model = taken[name]
    for seed in range(10):
        mutant = mutant_of(model, seed)
        report = compare_models(mutant.model, model)
        assert report.differences, mutant.change
        found = set(report.differences[0].places[0])
        assert found & set(mutant.change.layers), (seed, mutant.change, str(report))


@pytest.mark.parametrize("name", NETWORKS)
def test_rewritten_networks_have_no_difference(taken, name):
    model, model = taken[name]
    for seed in range(8):
        again, ways = rewritten(model, seed)
        report = compare_models(again, model)
        assert report.differences == (), (seed, ways, str(report))


def small():
    """A network with a place for every rewriting."""
    x = inputs = keras.Input((12, 12, 3))
    x = layers.Conv2D(4, 3, 2, padding="same")(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    y = layers.Conv2D(4, 3, activation="relu")(layers.ZeroPadding2D(1)(x))
    x = layers.Add()([y, x])
    x = layers.SeparableConv2D(4, 3, padding="same", use_bias=False)(x)
    x = layers.Dropout(0.3)(layers.Concatenate()([x, y, x]))
    two = [layers.GlobalAveragePooling2D()(x), layers.Dense(5)(layers.Flatten()(x))]
    return keras.Model(inputs, layers.Dense(3)(layers.Concatenate()(two)))


@pytest.mark.parametrize("rewriting", [*REWRITINGS, nested, shuffled], ids=lambda one: one.__name__)
def test_a_rewriting_changes_no_output(rewriting, monkeypatch):
    """Or the rewritings would prove nothing."""
    import random

    model = small()
    model = to_editable(model)
    rng = random.Random(1)
    if rewriting in (nested, shuffled):
        monkeypatch.setattr(
            "keras_cnns.mutation.editable_model.build_weightless", lambda build, *given: build(*given)
        )
        again = rewriting(model, rng)
    else:
        for _ in range(4):
            rewriting(model, rng)
        again = model.build_with_weights()
    if rewriting.__name__ == "superfluous_bias":
        again.layers[1].bias.assign([5.0] * 4)  # what batch normalization learns takes this away
    else:
        assert same_function(again, model)
    assert compare_models(again, model).verdict in ("exact", "equivalent")


@pytest.mark.parametrize(
    "mutation", sorted((mutation for mutation, _ in MUTATIONS), key=lambda one: one.__name__), ids=lambda one: one.__name__
)
def test_every_mutation_has_a_place_in_some_network(taken, mutation):
    import random

    plans = [model for _, model in taken.values()]
    plans += [
        to_editable(residual()),
        to_editable(towers()),
        to_editable(without_weights("resnet50")),
    ]
    for seed in range(60):
        model = duplicate(plans[seed % len(plans)])
        if change := mutation(model, random.Random(seed)):
            assert change.layers
            assert change.sentence
            return
    raise AssertionError("it never applies")


def test_one_seed_is_one_mutant():
    model = residual()
    one, again, other = mutate(model, 3), mutate(model, 3), mutate(model, 4)
    assert one.change == again.change
    assert compare_models(one.model, again.model).verdict == "exact"
    assert other.change != one.change


def test_the_original_stays_as_it_is():
    model = residual()
    before = [layer.get_config() for layer in model.layers]
    for seed in range(15):
        mutate(model, seed)
    assert [layer.get_config() for layer in model.layers] == before


def test_bad_input():
    with pytest.raises(ValueError, match="must be a functional or Sequential Keras model"):
        mutate(3, 1)
    with pytest.raises(ValueError, match="seed must be an int"):
        mutate(residual(), "one")
    x = keras.Input((4,))
    with pytest.raises(ValueError, match="has no place for a mistake"):
        mutate(keras.Model(x, layers.Identity()(x)), 1)
    with pytest.raises(ValueError, match="layers that give one tensor each"):
        mutate(keras.Model(x, keras.ops.sin(x)), 1)
