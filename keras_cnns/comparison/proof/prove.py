"""Whether a verdict of sameness holds: both models run with equal weights on the same random inputs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import prod

import numpy as np
from keras import Model, backend

from keras_cnns.comparison.alignment.pairing import Pairing
from keras_cnns.comparison.canonical.canonical_graph import CanonicalGraph
from keras_cnns.comparison.proof.carry import Carrier
from keras_cnns.comparison.proof.numbers import (
    BATCH,
    Random,
    Values,
    difference,
    outputs_of,
    random_inputs,
    random_weights,
    walk,
)
from keras_cnns.comparison.proof.sizes import fitting
from keras_cnns.comparison.symbolic_run import Unfit
from keras_cnns.graph import Graph, read
from keras_cnns.graph.tracing import first_line
from keras_cnns.safe_text import one_line

# Outputs that differ by more, relative to the largest, do not come from rounding.
TOLERANCE = 1e-3
# What is proved without being asked for costs less than this.
MOST_SECONDS = 2.0
NOT_PROVED = "could not be proved by numbers"
RANDOM = f"{NOT_PROVED}: a model draws random numbers"
RECURRENT = re.compile("LSTM|GRU|RNN")
# How fast a slow laptop computes: multiply-adds and weights in a second.
MACS, WEIGHTS = 2e9, 4e7
# The seconds of a call; where the backend is JAX, of the first of its kind, which is compiled.
CALL, COMPILED, COMPILED_RECURRENCE = 0.002, 0.04, 0.5


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether numbers bear a verdict out.

    Attributes:
        state: "proved"; "refuted"; "impossible", if weights have no counterpart or a model cannot be run; or
            "not tried".
        sentence: this in words.
        n_inputs: on how many random inputs.
        largest: the largest difference of the outputs, relative to the largest output.
        places: where the outputs part, the student's layer and the reference's; None where that is not known.
        without: the student's layers whose weights have no counterpart.
    """

    state: str
    sentence: str
    n_inputs: int = 0
    largest: float | None = None
    places: tuple[str | None, str | None] = (None, None)
    without: tuple[str, ...] = ()


def seconds_for(*graphs: CanonicalGraph) -> float:
    """Return about how long a proof takes, from the sizes of both networks, in seconds."""
    macs = 0
    compiled: set[tuple[object, ...]] = set()
    for graph in graphs:
        for node in graph.nodes:
            shapes = (node.shape, *(graph.nodes[source].shape for source in node.sources))
            if node.parameters:
                macs += node.parameters * max(prod(n or 8 for n in shape[1:-1]) for shape in shapes)
            attributes = sorted(item for item in node.attributes.items() if item[0] != "name")
            compiled.add((node.kind, tuple(attributes), shapes))
    weights = sum(graph.parameters for graph in graphs)
    calls = CALL * sum(len(graph.nodes) for graph in graphs)
    if backend.backend() == "jax":
        calls += sum(COMPILED_RECURRENCE if RECURRENT.search(str(key)) else COMPILED for key in compiled)
    return 1.5 * BATCH * macs / MACS + weights / WEIGHTS + calls


def prove(pairing: Pairing, student: Model, reference: Model, asked: bool | None) -> Proof | None:
    """Run both models and compare their outputs.

    Args:
        pairing: the canonical graphs of both with their pairs.
        student: the model; its weights are not changed, nor need they have values.
        reference: the other.
        asked: True, whatever it costs; None, if it is quick; False, never.

    Returns:
        The proof; None if it was not wanted.
    """
    if asked is False:
        return None
    seconds = seconds_for(pairing.student, pairing.reference)
    if asked is None and seconds > MOST_SECONDS:
        text = f"not proved by numbers, which would take about {_about(seconds)}; prove=True does it"
        return Proof("not tried", text)
    try:
        return _attempt(pairing, student, reference)
    except Random:
        return Proof("impossible", RANDOM)
    except Unfit as error:
        return Proof("impossible", f"{NOT_PROVED}: {first_line(error)}")
    except Exception as error:  # code of another may raise anything
        said = first_line(error) or "no message"
        return Proof("impossible", f"{NOT_PROVED}: {type(error).__name__} in a model's code: {said}")


def apart_from(n_ignored: int) -> Proof:
    """Return what is said where differences are ignored: with these the outputs differ anyway."""
    differences = "a difference is ignored" if n_ignored == 1 else f"{n_ignored} differences are ignored"
    return Proof("impossible", f"could not be proved by numbers: {differences}")


def without_counterparts(layers: list[str]) -> Proof:
    """Return what is said where nobody knows which weights of these layers are which of the reference's."""
    names = ", ".join(layers[:3]) + (" …" if len(layers) > 3 else "")
    text = one_line(f"{NOT_PROVED}: weights of {names} have no counterpart")
    return Proof("impossible", text, without=tuple(layers))


def _about(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} minutes"


def _attempt(pairing: Pairing, student: Model, reference: Model) -> Proof:
    graphs = read(student, expand_nested=True), read(reference, expand_nested=True)
    starts = [[graph.nodes[i] for i in graph.inputs] for graph in (pairing.student, pairing.reference)]
    shapes = [[tuple(node.shape) for node in nodes] for nodes in starts]
    skipped = [frozenset(done for node in nodes for done in node.prepared_by) for nodes in starts]
    if shapes[0] != shapes[1]:
        return Proof("impossible", f"{NOT_PROVED}: the inputs have other shapes")
    rng = np.random.default_rng(0)
    inputs = random_inputs(graphs[1], fitting((student, reference), graphs, shapes[1], skipped), rng)
    theirs = random_weights(graphs[1], inputs, rng, skipped[1])
    carrier = Carrier(pairing, *graphs, theirs, rng, skipped[0])
    carrier.carry()
    if carrier.without:
        return without_counterparts(carrier.without)

    def both() -> tuple[list[np.ndarray], list[np.ndarray]]:
        mine = outputs_of(student, graphs[0], inputs, carrier.values, skipped[0])
        return mine, outputs_of(reference, graphs[1], inputs, theirs, skipped[1])

    first, second = both()
    if not all(np.isfinite(output).any() for output in second):
        return Proof("impossible", f"{NOT_PROVED}: on random inputs the outputs are no numbers")
    largest = max(map(difference, first, second)) if len(first) == len(second) else float("inf")
    if largest <= TOLERANCE:
        size = f"largest difference {largest:.0e}" if largest else "no difference"
        text = f"proved on {BATCH} random inputs: {size}"
        return Proof("proved", text, BATCH, largest)
    again = both()
    if any(difference(a, b) > 0 for a, b in zip(first + second, again[0] + again[1])):
        return Proof("impossible", RANDOM)
    if carrier.guessed:
        return without_counterparts(carrier.guessed)
    places = _parting(pairing, graphs, inputs, (carrier.values, theirs), skipped)
    return Proof("refuted", _refuted(largest, places), BATCH, largest, places)


def _refuted(largest: float, places: tuple[str | None, str | None]) -> str:
    size = "have other shapes" if largest == float("inf") else f"differ by {largest:.1g} of the largest value"
    where = f", first at {places[0]} (the reference's {places[1]})" if places[0] else ""
    return one_line(f"with equal weights the outputs {size}{where}")


def _parting(
    pairing: Pairing,
    graphs: tuple[Graph, Graph],
    inputs: list[np.ndarray],
    values: tuple[Values, Values],
    skipped: list[frozenset[int]],
) -> tuple[str | None, str | None]:
    """The first pair, in the reference's order, from which on no pair's outputs agree."""
    results: list[dict[int, np.ndarray]] = []
    for graph, canonical, known, left in zip(graphs, (pairing.student, pairing.reference), values, skipped):
        wanted = {node.call for node in canonical.nodes if node.is_result}
        results.append(
            {
                i: np.asarray(outputs[0])
                for i, outputs in enumerate(walk(graph, inputs, known, left))
                if i in wanted and outputs
            }
        )
    for i, j in sorted(pairing.pairs.items(), key=lambda pair: pair[1]):
        one, other = pairing.student.nodes[i], pairing.reference.nodes[j]
        if not (one.is_result and other.is_result) or one.equivalent_forms != other.equivalent_forms:
            continue
        a, b = results[0].get(one.call), results[1].get(other.call)
        if a is None or b is None:
            continue
        if a.size == b.size:
            a = a.reshape(b.shape)
        if difference(a, b) > TOLERANCE:
            return one.layer, other.layer
    return None, None
