"""How a model differs from another: causes, in the order in which they come, in the words of a student.

Names, nesting, Sequential or functional, `activation=` or a layer of its own, and the order in which towers
were built are no differences. What is written in another way and computes the same is said, and no
difference either.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from keras import Model

from keras_cnns.comparison.alignment.align import align
from keras_cnns.comparison.alignment.pairing import Pairing
from keras_cnns.comparison.canonical.canonicalize import read
from keras_cnns.comparison.canonical.nodes import Network
from keras_cnns.comparison.findings.equivalences import equivalences
from keras_cnns.comparison.findings.find import find
from keras_cnns.comparison.findings.known_mistakes import RULES
from keras_cnns.comparison.report.messages import Difference, difference
from keras_cnns.comparison.report.report import Report

# What does not count unless it is asked for: it matters in training only, or not at all.
ALSO = ("dropout", "initializers", "momentum", "names", "regularizers")
ATTRIBUTES = ("bias", "center", "dilation", "epsilon", "filters", "function", "groups", "in_shape", "inputs")
ATTRIBUTES += ("kernel", "kind", "n_classes", "order of inputs", "outputs", "padding", "place", "scale")
ATTRIBUTES += ("place of the stride", "separable", "statistic", "strides", "window")


def compare_models(
    student: Model,
    reference: Model,
    *,
    ignore: Iterable[str] = (),
    also: Iterable[str] = (),
    in_shape: tuple[int, ...] | None = None,
) -> Report:
    """Compare two models; `compare` takes names and files, too.

    Args:
        student: a functional or built Sequential model; nothing in it is changed or computed.
        reference: what it should be.
        ignore: differences that do not count: attributes such as "n_classes" or "epsilon", names of mistakes
            such as "one tower", or names of layers.
        also: what else counts, of "dropout", "initializers", "momentum", "names" and "regularizers".
        in_shape: what the reference was made for, if the model given was built for other images.

    Returns:
        The report.

    Raises:
        ValueError: if a model is no graph of layers, or a word in `ignore` or `also` means nothing.
    """
    ignored, besides = words("ignore", ignore), words("also", also)
    for word in besides:
        if word not in ALSO:
            raise ValueError(f"also must be of {', '.join(ALSO)}; got {word!r}.")
    yours, theirs = read(student, besides), read(reference, besides)
    check_ignored(ignored, yours, theirs)
    if in_shape is not None:
        for node in theirs.nodes:
            if node.kind == "input":
                node.facts = {"in_shape": tuple(in_shape)}
    pairing = Pairing(yours, theirs, align(yours, theirs))
    found = [(finding, difference(pairing, finding)) for finding in find(pairing)]
    counted = [one for _, one in found if not is_ignored(one, ignored)]
    same = equivalences(pairing)
    verdict = judge(counted, same, yours, theirs)
    notes = left_out(yours, theirs) if "dropout" not in besides else []
    if ignored_count := len(found) - len(counted):
        plural = "" if ignored_count == 1 else "s"
        notes.append(f"{ignored_count} difference{plural} to be ignored")
    counts = yours.parameters, theirs.parameters
    names = yours.name, theirs.name
    return Report(*names, verdict, tuple(counted), tuple(same), tuple(notes), counts, pairing, student)


def words(argument: str, given: Iterable[str]) -> list[str]:
    """Return the words; a ValueError if it is one string, or not strings."""
    if isinstance(given, str) or not all(isinstance(word, str) for word in given):
        raise ValueError(f'{argument} must be a list of strings, such as ["n_classes"]; got {given!r}.')
    return list(given)


def check_ignored(ignored: list[str], *networks: Network) -> None:
    """Raise a ValueError for a word that could never match."""
    known = {*ATTRIBUTES, *ALSO, *(mistake.name for mistake, _ in RULES)}
    layers = {node.layer for network in networks for node in network.nodes}
    for word in ignored:
        if word not in known | layers:
            near = difflib.get_close_matches(word, known, n=3)
            hint = (
                f"did you mean {' or '.join(near)}?" if near else f"attributes are {', '.join(ATTRIBUTES)}."
            )
            raise ValueError(f"ignore must name attributes, mistakes or layers; got {word!r}, {hint}")


def is_ignored(one: Difference, ignored: list[str]) -> bool:
    """Whether a word names the difference itself, or all the layers at which it was found."""
    if one.attribute in ignored or one.mistake in ignored:
        return True
    return bool(one.places) and all(mine in ignored or theirs in ignored for mine, theirs in one.places)


def judge(counted: list[Difference], same: list[str], yours: Network, theirs: Network) -> str:
    """Return the verdict."""
    if not counted:
        return "equivalent" if same else "exact"
    ends = [
        [
            [node.shape for node in network.nodes if node.kind == "input"],
            [network.nodes[o].shape for o in network.outputs],
        ]
        for network in (yours, theirs)
    ]
    return "same shapes" if yours.weights == theirs.weights and ends[0] == ends[1] else "different"


def left_out(yours: Network, theirs: Network) -> list[str]:
    """Say what differs in training only."""
    rates = [network.aside.get("dropout", []) for network in (yours, theirs)]
    if rates[0] == rates[1]:
        return []
    said = [", ".join(rate) if rate else "none" for rate in rates]
    return [f"dropout, which matters in training only: {said[0]}, in the reference {said[1]}"]
