"""A search for networks that `keras_cnns.compare` calls the same and that numbers tell apart.

python benchmarks/soundness.py [--seconds 60] [--seed 0] [--only arguments]

Three kinds of pairs, in turn: layers and functions that differ in one argument; random networks of which one
has one setting changed, or the inputs of two of its layers swapped; and networks of the catalogue written
differently, half of them with a mistake as well. The numbers are the outputs under equal weights: copied in
Keras' own order, or, for networks written differently, carried over by the proof.
"""

import argparse
import os
import random
import sys
import warnings
from collections import Counter
from functools import cache
from pathlib import Path
from time import perf_counter

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from support.argument_pairs import ACTIVATIONS, VALUES, all_pairs
from support.by_numbers import differ
from support.pair_oracle import judged
from support.random_graphs import random_model
from support.rewrites import rewritten

from keras_cnns.building import without_weights
from keras_cnns.comparison.compare_models import compare_models
from keras_cnns.mutation.editable_model import to_editable
from keras_cnns.mutation.mutate import mutant_of

SMALL = ("lenet_5", "lenet_caffe", "nin_cifar")
SAME = ("exact", "equivalent")


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
        original = random_model(seed)
        config = original.get_config()
        what = rng.choice([changed_setting, swapped_inputs])(config, rng)
        models = [type(original).from_config(each) for each in (original.get_config(), config)]
        found = differ(*models, seed=seed)
    except Exception as error:
        return f"refused: {type(error).__name__}"
    if found is False or what is None:
        return "equal"
    try:
        verdict = compare_models(*models).verdict
    except Exception as error:
        return f"WRONG: {what}: compare raises {type(error).__name__}: {error}"
    if verdict in SAME:
        return f"WRONG: {what} ({found}), {verdict}"
    return "different" if found else "other weights"


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


def swapped_inputs(config: dict, rng: random.Random) -> str | None:
    """Swap what two layers read, or the inputs of one."""
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
    if len(histories) < 2:
        return None
    one, other = rng.sample(histories, 2)
    one["keras_history"], other["keras_history"] = other["keras_history"], one["keras_history"]
    return f"swapped {one['keras_history']} and {other['keras_history']}"


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
