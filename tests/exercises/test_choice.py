"""Mutants by kind and verdict, all different, with names that give nothing away."""

import random
import re
from collections import Counter
from statistics import mean

import keras
import numpy as np
import pytest
from keras import layers
from support.compare_cases import residual
from support.sizes import weightless

import keras_cnns
from keras_cnns.comparison.compare_models import compare_models
from keras_cnns.mutation.editable_model import duplicate, to_editable
from keras_cnns.mutation.mutate import drawn, mutant_of
from keras_cnns.mutation.neutral_names import answer, rename

NETWORKS = ("lenet_caffe", "alexnet", "vgg11", "resnet18", "inception_v1", "xception")


def guessed(names, original, rng):
    """What a student would suspect who sees names and classes, and has the list of the original's at hand.

    Both are {name: class}. What stands where is not asked: that is to be read from the picture.
    """
    suspects = sorted(names.keys() ^ original.keys())  # gone, or new
    suspects += [name for name in names if name in original and names[name] != original[name]]
    suspects += [name for name, kind in names.items() if stem(name) in KERAS_NAMES - {keras_name(kind)}]
    return rng.choice(suspects or sorted(names))


def stem(name):
    return re.sub(r"_\d+$", "", name)


def keras_name(kind):
    return re.sub("([a-z])([A-Z])", r"\1_\2", re.sub("(.)([A-Z][a-z]+)", r"\1_\2", kind)).lower()


KERAS_NAMES = {keras_name(kind) for kind in dir(layers)}


def chance(names, before, right):
    """How often one is right who picks a layer of a class of which there are more, or fewer, than before.

    How many layers there are of a class is no secret of the names: every picture shows it.
    """
    now, then = Counter(names.values()), Counter(before.values())
    changed = {kind for kind in now if now[kind] != then[kind]} or {*now}
    picked = [name for name, kind in names.items() if kind in changed]
    return sum(name in right for name in picked) / len(picked)


def attacked(neutral):
    """How often a guess by names is right, and how often one by the numbers of layers would be."""
    hits, chances = [], []
    for network in NETWORKS:
        original = to_editable(weightless(network))
        plain = duplicate(original)
        if neutral:
            rename(plain)
        before = {call.name: call.kind.__name__ for call in plain.calls}
        for seed in range(60):
            rng = random.Random(f"guess {network} {seed}")  # not the numbers that plant the mistake
            model, planted = next(drawn(original, random.Random(seed)))
            change = answer(original, planted, rename(model)) if neutral else planted
            names = {call.name: call.kind.__name__ for call in model.in_order()}
            hits.append(guessed(names, before, rng) in change.layers)
            chances.append(chance(names, before, change.layers))
    return hits, chances


def test_names_tell_no_more_than_chance():
    hits, chances = attacked(neutral=True)
    spread = sum(p * (1 - p) for p in chances) ** 0.5
    assert sum(hits) <= sum(chances) + 3 * spread
    assert len(hits) == 360


def test_names_that_stay_as_they_were_would_tell():
    """Or the test above would prove nothing."""
    hits, chances = attacked(neutral=False)
    spread = sum(p * (1 - p) for p in chances) ** 0.5
    assert sum(hits) > sum(chances) + 3 * spread
    assert mean(hits) > 2 * mean(chances)


def test_names_are_those_that_keras_gives():
    """The same layers made anew without names, in the same order, have the same names but for the count."""
    mutant = keras_cnns.mutate("xception", 5).model
    for layer in mutant.layers:
        config = {key: value for key, value in layer.get_config().items() if key != "name"}
        again = type(layer).from_config(config)
        assert re.sub(r"_\d+$", "", again.name) == re.sub(r"_\d+$", "", layer.name)


def test_inner_layers_are_named_anew():
    inputs = keras.Input((3, 8, 8, 1))
    x = layers.TimeDistributed(layers.Conv2D(4, 3, name="the_second"), name="own")(inputs)
    x = layers.Dense(5, activation="relu")(layers.Flatten()(x))
    mutant = keras_cnns.mutate(keras.Model(inputs, layers.Dense(3)(x)), 1).model
    assert mutant.get_layer("time_distributed").layer.name == "conv2d"


@pytest.mark.parametrize("name", ["lenet_caffe", "resnet18", "inception_v1"])
def test_the_answer_is_in_the_names_of_the_mutant(name):
    model = weightless(name)
    for seed in range(8):
        mutant, change = keras_cnns.mutate(model, seed)
        assert {*change.layers} <= {layer.name for layer in mutant.layers}
        assert {*change.originals} <= {layer.name for layer in model.layers}
        found = compare_models(mutant, model).differences[0].places[0]
        assert {*found} & {*change.layers, *change.originals}, change
        assert not re.search(r"[\[\]()]|\d{5}|True|False", change.sentence), change.sentence


@pytest.mark.parametrize(
    "kind", ["ReLU before the addition", "activation missing", "different padding", "too few blocks"]
)
def test_kind(kind):
    assert {keras_cnns.mutate("resnet18", seed, kind=kind).change.mistake for seed in range(3)} == {kind}


def test_verdict():
    model = weightless("lenet_caffe")
    for verdict in ("same shapes", "different"):
        found = keras_cnns.mutants(model, 4, verdict=verdict)
        assert [compare_models(mutant.model, model).verdict for mutant in found] == [verdict] * 4
    hidden, _ = keras_cnns.mutate("resnet18", 3, verdict="same shapes")
    assert hidden.count_params() == weightless("resnet18").count_params()


def test_what_fits():
    every = keras_cnns.mutations("lenet_caffe")
    hidden = keras_cnns.mutations("lenet_caffe", verdict="same shapes")
    assert {"different kernel", "softmax missing"} <= {*every} and "shortcut" not in every
    assert "activation missing" in hidden and "different number of filters" not in hidden
    assert {*hidden} < {*every}
    for kind in every:
        assert keras_cnns.mutate("lenet_caffe", kind=kind).change.mistake == kind


def test_mutants_are_different():
    found = keras_cnns.mutants("lenet_caffe", 30)
    kinds = [mutant.change.mistake for mutant in found]
    assert len({str(mutant.model.get_config()) for mutant in found}) == 30
    assert len({*kinds[:10]}) >= 9
    assert found[0].change == keras_cnns.mutate("lenet_caffe").change
    assert len({str(keras_cnns.mutate("lenet_caffe", seed).change) for seed in (-2, -1, 1, 2)}) == 4


def test_trivial_mistakes_are_rare():
    trivial = {"wrong number of classes", "softmax missing", "bias", "different epsilon"}
    found = [keras_cnns.mutate(weightless("lenet_caffe"), seed).change.mistake for seed in range(60)]
    before = [mutant_of(to_editable(weightless("lenet_caffe")), seed).change.mistake for seed in range(60)]
    assert sum(one in trivial for one in found) <= sum(one in trivial for one in before) / 2


def test_a_file_is_as_good_as_a_model(tmp_path):
    model = weightless("lenet_caffe")
    (tmp_path / "network.json").write_text(model.to_json())
    assert keras_cnns.mutate(tmp_path / "network.json", 4).change == keras_cnns.mutate(model, 4).change


def test_what_needs_values_is_refused(tmp_path):
    mutant = keras_cnns.mutate("lenet_caffe", 4).model
    for use in (
        lambda: mutant.predict(np.zeros((1, 28, 28, 1))),
        lambda: mutant.save(tmp_path / "mutant.keras"),
        lambda: mutant.evaluate(np.zeros((1, 28, 28, 1))),
    ):
        with pytest.raises(RuntimeError, match="have shapes but no values"):
            use()
    assert not [*tmp_path.iterdir()]
    runs = keras.models.clone_model(mutant)
    assert runs.predict(np.zeros((1, 28, 28, 1)), verbose=0).shape == (1, 10)
    assert compare_models(runs, mutant).verdict == "exact"


def test_wrong_arguments():
    with pytest.raises(ValueError, match="kind must be one of 'different number of filters'"):
        keras_cnns.mutate("lenet_caffe", kind="typo")
    with pytest.raises(ValueError, match="verdict must be one of 'same shapes', 'different'"):
        keras_cnns.mutate("lenet_caffe", verdict="exact")
    with pytest.raises(ValueError, match="no place for the mistake 'shortcut'"):
        keras_cnns.mutate("lenet_caffe", kind="shortcut")
    with pytest.raises(ValueError, match="has only 1 different mutants? with the mistake 'softmax missing'"):
        keras_cnns.mutants("lenet_caffe", 2, kind="softmax missing")
    with pytest.raises(ValueError, match="seed must be an int"):
        keras_cnns.mutate(residual(), True)
    with pytest.raises(ValueError, match="n must be an int, at least 1"):
        keras_cnns.mutants(residual(), 0)
    with pytest.raises(ValueError, match="model must be that of a network"):
        keras_cnns.mutate("lenet_99")
