"""What numbers say of a pair of models, and what `compare` says."""

from __future__ import annotations

from dataclasses import dataclass

import keras

from keras_cnns.comparison.canonical.canonical_graph import CanonicalGraph
from keras_cnns.comparison.compare_models import compare_models
from keras_cnns.comparison.report.report import Report
from support.argument_pairs import Build
from support.by_numbers import differ

SAME = ("exact", "equivalent")


@dataclass(frozen=True)
class Judged:
    """A pair: what differs; what numbers say; and the verdict.

    Numbers say "different", "equal", "other weights", "refused", or "prepared" where images are prepared
    otherwise and the models without that cannot be made.
    """

    label: str
    numbers: str
    verdict: str = ""

    @property
    def is_wrong(self) -> bool:
        """Whether what differs is called the same."""
        return self.numbers in ("different", "other weights") and self.verdict in SAME


def judged(label: str, one: Build, other: Build) -> Judged:
    """Build a pair, run both with equal weights, and compare them."""
    try:
        models = one(), other()
        found = differ(*models)
    except Exception:  # Keras refuses many combinations of arguments
        return Judged(label, "refused")
    numbers = {True: "different", False: "equal", None: "other weights"}[found]
    reports = [compare_models(*pair) for pair in (models, models[::-1])]
    worst = next((one for one in reports if one.verdict in SAME), reports[0])
    if numbers == "different" and worst.verdict in SAME and prepares_otherwise(worst):
        numbers = numbers_without_preparation(reports[0], *models)
    return Judged(label, numbers, worst.verdict)


def prepares_otherwise(report: Report) -> bool:
    """Whether the report lists under what it has not compared how images are prepared."""
    return any(note.startswith("the preparation of the images") for note in report.notes)


def numbers_without_preparation(
    report: Report, student: keras.Model, reference: keras.Model, seed: int = 0
) -> str:
    """What numbers say of two models from where the report lets both begin."""
    graphs = report.pairing.student, report.pairing.reference
    try:
        models = [_unprepared(model, graph) for model, graph in zip((student, reference), graphs)]
    except ValueError:
        return "prepared"
    found = differ(*models, seed=seed)
    return {True: "different", False: "equal", None: "other weights"}[found]


def _unprepared(model: keras.Model, graph: CanonicalGraph) -> keras.Model:
    """The model from behind its preparation on; a ValueError if that is inside another layer."""
    called_once = [operation for operation in model.operations if len(operation._inbound_nodes) == 1]
    outputs = {id(operation): operation.output for operation in called_once}
    starts = []
    for tensor, node in zip(model.inputs, (graph.nodes[i] for i in graph.inputs)):
        if node.prepared_by and node.prepared_by[-1] not in outputs:
            raise ValueError("the preparation is inside another layer")
        starts.append(outputs[node.prepared_by[-1]] if node.prepared_by else tensor)
    return keras.Model(starts, model.outputs)
