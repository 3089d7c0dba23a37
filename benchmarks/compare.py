"""How well `keras_cnns.compare` finds mistakes, and how often it reports a mistake in a correct model.

python benchmarks/compare.py [--mutants 2000] [--rewrites 500] [--pairs 500] [--processes 2] [--seed 0]
    [--layers 4000]

Mutants are our networks with one plausible mistake each (`keras_cnns.mutate`): the first difference reported
must be at the layer that was changed, and no other may be reported, since nothing else was changed. Rewrites
are the same functions written differently: no difference may be reported. Pairs are any two models, ours, of
keras.applications, or random graphs: `compare` must not fail, and the parameters that the differences account
for must add up to the total difference. Last it times two large models, and each network of ours against
itself, in a quiet process: goals are 1.5 s for 4,000 layers and 0.3 s for ours.
"""

import argparse
import os
import random
import sys
import traceback
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Builds models without weights fastest.
os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import keras
from rich.console import Console
from rich.progress import track
from rich.table import Table
from support.own_rewrites import composed

from keras_cnns.building import without_weights
from keras_cnns.catalog import facts
from keras_cnns.comparison.compare_models import compare_models
from keras_cnns.comparison.report.report import Report
from keras_cnns.mutation.change import Change
from keras_cnns.mutation.editable_model import EditableModel, to_editable
from keras_cnns.mutation.mutate import mutant_of
from keras_cnns.weightless import build_weightless

THEIRS = ("VGG16", "ResNet50", "ResNet50V2", "InceptionV3", "InceptionResNetV2", "Xception", "MobileNet")
THEIRS += ("MobileNetV2", "MobileNetV3Small", "DenseNet121", "NASNetMobile", "EfficientNetB0", "ConvNeXtTiny")
RANDOM = 60
console = Console()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mutants", type=int, default=2000)
    parser.add_argument("--rewrites", type=int, default=500)
    parser.add_argument("--pairs", type=int, default=500)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0, help="the first of the random seeds")
    parser.add_argument("--layers", type=int, default=4000, help="of each of the two models that are timed")
    parser.add_argument("--show", action="store_true", help="say which went wrong")
    wanted = parser.parse_args()
    with get_context("spawn").Pool(wanted.processes) as pool:
        for title, work, count in (
            ("mutants", mutant, wanted.mutants),
            ("rewrites", rewrite, wanted.rewrites),
            ("pairs", pair, wanted.pairs),
        ):
            tasks = list(jobs(count, wanted.seed))
            done = pool.imap_unordered(work, tasks, chunksize=1 + len(tasks) // 400)
            report(title, list(track(done, title, len(tasks), console=console, transient=True)), wanted.show)
    if wanted.layers:
        print_speed(wanted.layers)


def jobs(count: int, seed: int) -> Iterator[tuple[str, int]]:
    """(network, seed): all networks equally often, each network's jobs together so that it is built once."""
    names = facts.list_models()
    for place, name in enumerate(names):
        for i in range(place, count, len(names)):
            yield name, seed + i


@cache
def network(name: str) -> tuple[keras.Model, EditableModel]:
    """One of our networks, without weights, and as an editable model."""
    model = without_weights(name)
    return model, to_editable(model)


def mutant(job: tuple[str, int]) -> dict:
    """Whether the first difference is what was changed."""
    name, seed = job
    try:
        original, editable = network(name)
        model, change = mutant_of(editable, seed)
        start = perf_counter()
        found = compare_models(model, original)
        seconds = perf_counter() - start
    except Exception:
        return outcome(job, False, what="crash", detail=traceback.format_exc(limit=-3))
    first = found.differences[0].message if found.differences else found.verdict
    row = outcome(job, is_first(found, change), seconds, change.mistake, f"{change.sentence}\n    {first}")
    row["alone"] = len(found.differences) == 1
    row["true"] = not false_statements(found, change)
    row["named"] = bool(found.differences) and found.differences[0].mistake == change.mistake
    return row


def is_first(found: Report, change: Change) -> bool:
    """Whether the first difference is at one of the layers that were changed."""
    return bool(found.differences) and not set(found.differences[0].places[0]).isdisjoint(change.layers)


def false_statements(found: Report, change: Change) -> list[str]:
    """The differences that are not at the change: nothing else was changed, so they are not so."""
    return [
        one.message
        for one in found.differences
        if any(set(place).isdisjoint(change.layers) for place in one.places)
    ]


def rewrite(job: tuple[str, int]) -> dict:
    """Whether no difference is found in a correct model."""
    name, seed = job
    try:
        original, editable = network(name)
        model, ways = composed(editable, seed)
        start = perf_counter()
        found = compare_models(model, original)
        seconds = perf_counter() - start
    except Exception:
        return outcome(job, False, what="crash", detail=traceback.format_exc(limit=-3))
    detail = "\n    ".join([", ".join(ways), *(one.message for one in found.differences[:3])])
    return outcome(job, found.verdict in ("exact", "equivalent"), seconds, ways[-1], detail)


def pair(job: tuple[str, int]) -> dict:
    """Whether two unrelated models are compared without error, and their parameters accounted for."""
    rng = random.Random(job[1])
    names = [rng.choice(any_names()) for _ in range(2)]
    try:
        models = [any_model(name) for name in names]
        start = perf_counter()
        found = compare_models(*models)
        str(found), found.markdown(), found.json(), found.html()
        seconds = perf_counter() - start
    except Exception:
        return outcome(job, False, what="crash", detail=f"{names}\n{traceback.format_exc(limit=-3)}")
    total = sum(one.parameters for one in found.differences)
    networks = found.pairing.student, found.pairing.reference
    mine, theirs = (sum(node.parameters for node in network.nodes) for network in networks)
    sound = total == mine - theirs
    return outcome(job, sound, seconds, "pair", f"{names}: {total:,} of {found.parameters} accounted for")


def any_names() -> list[str]:
    return [*facts.list_models(), *THEIRS, *(f"random {i}" for i in range(RANDOM))]


@cache
def any_model(name: str) -> keras.Model:
    if name in THEIRS:
        return build_weightless(getattr(keras.applications, name), weights=None)
    if name.startswith("random"):
        return random_models()[int(name.split()[1])]
    return network(name)[0]


@cache
def random_models() -> list[keras.Model]:
    from hypothesis import given, settings
    from support.random_models import dags

    found = []

    @settings(max_examples=RANDOM, derandomize=True, deadline=None, database=None)
    @given(dags())
    def collect(model):
        found.append(model)

    collect()
    return (found * RANDOM)[:RANDOM]


def outcome(job: tuple, right: bool, seconds: float = 0.0, what: str = "", detail: str = "") -> dict:
    return {"job": job, "right": right, "seconds": seconds, "what": what, "detail": detail}


def report(title: str, rows: list[dict], show: bool) -> None:
    """Print the share of right answers, in all and for each kind of mistake."""
    if not rows:
        return
    right = sum(row["right"] for row in rows)
    crashed = sum(row["what"] == "crash" for row in rows)
    times = sorted(row["seconds"] for row in rows)
    console.print(
        f"{title}: {right} of {len(rows)} right, {right / len(rows):.2%}; {crashed} crashes; compared in "
        f"{times[len(times) // 2]:.3f} s (median), {times[-1]:.2f} s at most"
    )
    if title == "mutants":
        alone, named, true = (
            sum(row.get(key, False) for row in rows) / len(rows) for key in ("alone", "named", "true")
        )
        console.print(f"  the only difference: {alone:.2%}; by its name: {named:.2%}")
        console.print(f"  with a statement that is not about the change: {1 - true:.2%}")
        console.print(by_mistake(rows))
    for row in rows:
        if show and not row["right"]:
            console.print(f"{row['job']} {row['what']}: {row['detail']}", markup=False, highlight=False)


def print_speed(n_layers: int) -> None:
    """Print how long two large models and each of our networks take; models are built before."""
    sys.setrecursionlimit(100 * n_layers)  # Keras looks at a layer from within its look at the next
    large = [build_weightless(residual_network, n_layers) for _ in range(2)]
    seconds = min(seconds_to_compare(*large) for _ in range(3))
    console.print(f"two models of {len(large[0].layers):,} layers: {seconds:.2f} s, the best of three")
    times = sorted((seconds_to_compare(*pair_of(name)), name) for name in facts.list_models())
    (most, slowest), median = times[-1], times[len(times) // 2][0]
    console.print(f"ours: {median:.3f} s (median), {most:.2f} s at most ({slowest})")


def residual_network(n_layers: int) -> keras.Model:
    """A network of blocks of seven layers, each with a shortcut."""
    layers = keras.layers
    x = inputs = keras.Input((32, 32, 8))
    for _ in range(n_layers // 7):
        y = layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(8, 3, padding="same")(x)))
        y = layers.BatchNormalization()(layers.Conv2D(8, 3, padding="same")(y))
        x = layers.ReLU()(layers.Add()([x, y]))
    return keras.Model(inputs, x)


def pair_of(name: str) -> list[keras.Model]:
    return [without_weights(name) for _ in range(2)]


def seconds_to_compare(student: keras.Model, reference: keras.Model) -> float:
    start = perf_counter()
    compare_models(student, reference)
    return perf_counter() - start


def by_mistake(rows: list[dict]) -> Table:
    counts = defaultdict(Counter)
    for row in rows:
        counts[row["what"]].update(n=1, right=row["right"], named=row.get("named", False))
    table = Table("mistake", box=None)
    for column in ("mutants", "first", "named"):
        table.add_column(column, justify="right")
    for mistake, count in sorted(counts.items(), key=lambda item: -item[1]["n"]):
        table.add_row(mistake, *(str(int(count[key])) for key in ("n", "right", "named")))
    return table


if __name__ == "__main__":
    main()
