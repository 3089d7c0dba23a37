"""A search for networks that `keras_cnns.compare` calls the same and that numbers tell apart.

python benchmarks/soundness.py [--seconds 60] [--seed 0] [--only arguments]

Three kinds of pairs, in turn: layers and functions that differ in one argument; random networks of which one
has a setting, a class or a number changed, a layer left out, or the inputs of two layers swapped; and
networks of the catalogue written differently, half of them with a mistake as well. The numbers are the
outputs under equal weights: copied in Keras' own order, or, where a network has other weights because it is
written differently, carried over by the proof. Where the report says that images are prepared otherwise,
which is not compared, the numbers are those of the models without their preparation.
"""

import argparse
import os
import random
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import keras
from support import random_layers
from support.argument_pairs import ACTIVATIONS, VALUES, all_pairs
from support.by_numbers import differ
from support.pair_oracle import SAME, judged, numbers_without_preparation, prepares_otherwise
from support.random_graphs import random_model
from support.rewrites import rewritten

from keras_cnns.building import without_weights
from keras_cnns.comparison.compare_models import compare_models
from keras_cnns.mutation.editable_model import to_editable
from keras_cnns.mutation.mutate import mutant_of

SMALL = ("lenet_5", "lenet_caffe", "nin_cifar")
TRIES = 8
OWN = {name: value for name, value in vars(random_layers).items() if callable(value)}


def main() -> None:
    warnings.simplefilter("ignore")  # Keras warns of masks and names
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=WAYS)
    wanted = parser.parse_args()
    end, number, counts = perf_counter() + wanted.seconds, wanted.seed, {way: Counter() for way in WAYS}
    while perf_counter() < end:
        for way in [wanted.only] if wanted.only else WAYS:
            outcome = WAYS[way](number)
            counts[way][outcome.partition(":")[0]] += 1
            if outcome.startswith("WRONG"):
                print(way, number, outcome, flush=True)
        number += 1
    for way, count in counts.items():
        print(f"{way}, seeds {wanted.seed} to {number - 1}:", dict(count))


@cache
def known_pairs() -> list:
    return all_pairs()


def argument(seed: int) -> str:
    """Two layers that differ in one argument."""
    pairs = known_pairs()
    found = judged(*pairs[seed * 97 % len(pairs)])
    return f"WRONG: {found.label}" if found.is_wrong else found.numbers


def random_pair(seed: int) -> str:
    """A random network and the same with something changed."""
    rng = random.Random(seed)
    try:
        original = random_model(seed, has_hostile_names=False)
        with keras.saving.custom_object_scope(OWN):
            first = type(original).from_config(original.get_config())
            what, other = changed(original, rng)
            found = differ(first, other, seed=seed)
    except Exception as error:
        return f"refused: {type(error).__name__}: {str(error)[:200]}"
    if found is False:
        return "equal"
    try:
        report = compare_models(first, other)
    except Exception as error:
        return f"WRONG: {what}: compare raises {type(error).__name__}: {error}"
    verdict = report.verdict
    if verdict in SAME and prepares_otherwise(report):
        numbers = numbers_without_preparation(report, first, other, seed)
        if numbers in ("equal", "prepared"):
            return "prepared otherwise" + (", not judged" if numbers == "prepared" else "")
    if verdict in SAME and found is None:  # such as a bias that a batch normalization subtracts again
        proof = compare_models(first, other, prove=True).proof
        if proof is not None and proof.state == "proved":
            return "proved"
    if verdict in SAME:
        return f"WRONG: {what} ({found}), {verdict}"
    return "different" if found else "other weights"


def changed(original: keras.Model, rng: random.Random) -> tuple[str, keras.Model]:
    """A model with one change that Keras accepts; ValueError if none of some is."""
    for _ in range(TRIES):
        config = original.get_config()
        place = rng.choice(list(models_in(config)))
        what = rng.choice(CHANGES)(place, rng)
        if what is not None:
            with suppress(Exception):  # whatever Keras says to what does not fit
                return what, type(original).from_config(config)
    raise ValueError("no change fits")


def models_in(config: dict) -> Iterator[dict]:
    """A model's config, and those of the models in it."""
    yield config
    for layer in config["layers"]:
        inner = layer["config"]
        if isinstance(inner.get("layers"), list) and "input_layers" in inner:
            yield from models_in(inner)


def changed_setting(config: dict, rng: random.Random) -> str | None:
    """Change one setting of one layer."""
    settings = [
        (layer, key)
        for layer in config["layers"]
        for key in layer["config"]
        if VALUES.get(key) and not isinstance(layer["config"][key], dict)
    ]
    if not settings:
        return None
    layer, key = rng.choice(settings)
    before = layer["config"][key]
    new = rng.choice(ACTIVATIONS if key == "activation" else VALUES[key])
    layer["config"][key] = list(new) if isinstance(new, tuple) else new
    return f"{layer['class_name']} {key}={before!r}, {new!r}"


def changed_class(config: dict, rng: random.Random) -> str | None:
    """Another layer or function that takes the same."""
    found = [(layer, twins) for layer in config["layers"] for twins in TWINS if layer["class_name"] in twins]
    if not found:
        return None
    layer, twins = rng.choice(found)
    before, layer["class_name"] = layer["class_name"], rng.choice(twins)
    return f"{before} for {layer['class_name']}"


def changed_number(config: dict, rng: random.Random) -> str | None:
    """Change a number among the arguments of a call."""
    places: list[tuple[str, Any, Any]] = []
    for layer in config["layers"]:
        waiting = [node[key] for node in layer["inbound_nodes"] for key in ("args", "kwargs") if key in node]
        for one in waiting:
            if isinstance(one, tuple) or (isinstance(one, dict) and "keras_history" in one.get("config", {})):
                continue
            for key, value in one.items() if isinstance(one, dict) else enumerate(one):
                if isinstance(value, (dict, list)):
                    waiting.append(value)
                elif isinstance(value, (int, float)) and not isinstance(value, bool):
                    places.append((layer["class_name"], one, key))
    if not places:
        return None
    name, holder, key = rng.choice(places)
    before = holder[key]
    holder[key] = rng.choice([before + 1, -before, before * 2, before - 1])
    return f"{name} {key}: {before}, {holder[key]}"


def left_out(config: dict, rng: random.Random) -> str | None:
    """Let what reads a layer read what the layer reads."""
    layers = {layer["name"]: layer for layer in config["layers"]}
    histories = histories_in(config)
    one = rng.choice(histories)["keras_history"] if histories else None
    sources = histories_in({"layers": [layers[one[0]]]}) if one else []
    if not sources:
        return None
    left, source = list(one), list(rng.choice(sources)["keras_history"])
    for other in histories:
        if list(other["keras_history"]) == left:
            other["keras_history"] = source
    return f"{layers[left[0]]['class_name']} is left out"


def histories_in(config: dict) -> list[dict]:
    """Where it stands what the calls of a model read."""
    histories = []
    for layer in config["layers"]:
        waiting = [layer["inbound_nodes"]]
        for one in waiting:
            if isinstance(one, dict) and "keras_history" in one.get("config", {}):
                histories.append(one["config"])
            elif isinstance(one, dict):
                waiting += one.values()
            elif isinstance(one, (list, tuple)):
                waiting += one
    return histories


def swapped_inputs(config: dict, rng: random.Random) -> str | None:
    """Swap what two layers read, or the inputs of one."""
    histories = histories_in(config)
    if len(histories) < 2:
        return None
    one, other = rng.sample(histories, 2)
    one["keras_history"], other["keras_history"] = other["keras_history"], one["keras_history"]
    return f"swapped {one['keras_history']} and {other['keras_history']}"


CHANGES = [changed_setting, changed_setting, changed_class, changed_number, left_out, swapped_inputs]
# Layers and functions with the same arguments.
TWINS = [[f"{kind}Pooling{n}D" for kind in ("Max", "Average")] for n in (1, 2, 3)]
TWINS += [[f"Global{kind}Pooling{n}D" for kind in ("Max", "Average")] for n in (1, 2, 3)]
TWINS += [["Add", "Multiply", "Average", "Maximum", "Minimum", "Subtract"], ["LSTM", "GRU"]]
TWINS += [
    ["Relu", "Gelu", "Sigmoid", "Exp", "Square", "Tanh", "Sign", "Absolute", "Negative", "Sin", "Floor"]
]
TWINS += [["Mean", "Sum", "Max", "Min", "Std", "Var", "Prod", "Logsumexp"], ["Flip", "Sort", "Cumsum"]]
TWINS += [["Add", "Subtract", "Multiply", "TrueDivide", "Divide", "FloorDivide", "Mod", "Maximum", "Minimum"]]


def rewrite(seed: int) -> str:
    """A small network of the catalogue written differently, perhaps with a mistake."""
    rng = random.Random(seed)
    original = without_weights(rng.choice(SMALL))
    editable = to_editable(original)
    ways: list[str] = []
    try:
        if rng.random() < 0.5:
            mutant, change = mutant_of(editable, seed)
            editable = to_editable(mutant)
            ways.append(change.sentence)
        model, more = rewritten(editable, seed)
    except ValueError as error:  # some rewritings do not fit a mutant
        return f"refused: {error}"
    report = compare_models(model, original, prove=True)
    if report.proof is None:
        return "different"
    if report.proof.state == "refuted":
        return f"WRONG: {ways + more}: {report.proof.sentence}"
    if ways and report.proof.state != "proved":
        return f"WRONG: {ways + more}: a mistake is called the same, {report.proof.sentence}"
    return f"{report.proof.state}: {report.proof.sentence}"


WAYS = {"arguments": argument, "random networks": random_pair, "rewrites": rewrite}

if __name__ == "__main__":
    main()
