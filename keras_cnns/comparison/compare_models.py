"""How a model differs from another: canonical graphs, their alignment, findings and a report, in this order.

Names, nesting, Sequential or functional, `activation=` or a layer of its own, and the order in which towers
were built are no differences. What is written differently and computes the same is reported, but is no
difference either.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from keras import Model

from keras_cnns.arguments import checked_strings
from keras_cnns.comparison.alignment.align import align
from keras_cnns.comparison.alignment.gates import align_without_gates
from keras_cnns.comparison.alignment.pairing import Pairing
from keras_cnns.comparison.also import ALSO, checked_also
from keras_cnns.comparison.canonical.canonical_graph import CanonicalGraph, Pairs
from keras_cnns.comparison.canonical.canonicalize import canonicalize
from keras_cnns.comparison.canonical.towers import with_sorted_towers
from keras_cnns.comparison.findings.equivalences import find_equivalences
from keras_cnns.comparison.findings.find import find_differences
from keras_cnns.comparison.findings.finding import Finding, extent
from keras_cnns.comparison.findings.hidden import without_hidden
from keras_cnns.comparison.findings.merging_gates import PLACE_OF_GATE
from keras_cnns.comparison.findings.merging_widths import COMPRESSION, EXPANSION, GROWTH_RATE
from keras_cnns.comparison.left_out import have_same_shapes, notes_on_ignored
from keras_cnns.comparison.report.attributes import ATTRIBUTES
from keras_cnns.comparison.report.messages import (
    Difference,
    difference,
    equivalence_sentences,
    hidden_difference,
    hidden_equivalence,
    hidden_note,
)
from keras_cnns.comparison.report.report import Report
from keras_cnns.comparison.symbolic_run import no_trapping_kernel
from keras_cnns.garbage import collector_paused
from keras_cnns.mistakes import MISTAKES
from keras_cnns.safe_text import one_line

if TYPE_CHECKING:
    from keras_cnns.comparison.proof.prove import Proof


def compare_models(
    student: Model,
    reference: Model,
    *,
    ignore: Iterable[str] = (),
    also: Iterable[str] = (),
    in_shape: tuple[int | None, ...] | None = None,
    prove: bool | None = False,
) -> Report:
    """Compare two models; `compare` takes names and files, too.

    Args:
        student: a functional or built Sequential model; nothing in it is changed or computed.
        reference: what it should be.
        ignore: differences that do not count: attributes such as "n_classes" or "epsilon", names of mistakes
            such as "one tower", or names of layers.
        also: what else counts, of "dropout", "initializers", "momentum", "names" and "regularizers".
        in_shape: what the reference was made for, if the model given was built for other images.
        prove: whether numbers must bear out that both compute the same: True; False; or None, if it is quick.

    Returns:
        The report.

    Raises:
        ValueError: if a model is no graph of layers, or a word in `ignore` or `also` means nothing.
    """
    with no_trapping_kernel():
        return _compared(student, reference, ignore, also, in_shape, prove)


def _compared(
    student: Model,
    reference: Model,
    ignore: Iterable[str],
    also: Iterable[str],
    in_shape: tuple[int | None, ...] | None,
    prove: bool | None,
) -> Report:
    ignore, also = checked_strings("ignore", ignore, "n_classes"), checked_also(also)
    with collector_paused():
        yours, theirs = canonicalize(student, also), canonicalize(reference, also)
        check_ignored(ignore, yours, theirs)
        if in_shape is not None:
            _take_for_made_for(theirs, in_shape)
        pairing, findings = closest_pairing(yours, theirs)
        seen, hidden = without_hidden(pairing, findings)
        found = [difference(pairing, finding) for finding in seen]
        counted = [one for one in found if not is_ignored(one, ignore)]
        ignored = [one for one in found if is_ignored(one, ignore)]
        same_shapes = have_same_shapes((student, reference), (yours, theirs), ignored)
        equivalences = equivalence_sentences(find_equivalences(pairing))
    proof = prove_same(pairing, student, reference, prove, len(ignored)) if not counted else None
    if hidden and proof is not None:
        proof, hidden, counted = settled(pairing, hidden, proof, equivalences)
    else:
        counted += refutations(proof)
    is_certain = not (hidden or yours.unseen or theirs.unseen) and (
        bool(ignored) or is_borne_out(proof, prove)
    )
    notes = [*notes_on(yours, theirs), *notes_on_ignored(ignored), *notes_on_unseen(yours, theirs)]
    notes += [hidden_note(pairing, hidden)] if hidden else []
    return Report(
        yours.name,
        theirs.name,
        verdict_of(counted, equivalences, same_shapes, is_certain),
        tuple(counted),
        tuple(equivalences),
        tuple(notes),
        (yours.parameters, theirs.parameters),
        pairing,
        student,
        proof,
        is_partial=bool(ignored),
        has_same_shapes=same_shapes,
    )


def _take_for_made_for(reference: CanonicalGraph, in_shape: tuple[int | None, ...]) -> None:
    """Let a reference that was built for other images count as made for these."""
    for node in reference.nodes:
        if node.kind == "input":
            node.attributes = {"in_shape": tuple(in_shape)}


def prove_same(
    pairing: Pairing, student: Model, reference: Model, prove: bool | None, n_ignored: int
) -> Proof | None:
    """Ask numbers whether models are the same in which nothing was found to differ that counts."""
    if prove is False:
        return None
    from keras_cnns.comparison.proof.prove import apart_from
    from keras_cnns.comparison.proof.prove import prove as run_both

    return apart_from(n_ignored) if n_ignored else run_both(pairing, student, reference, prove)


def settled(
    pairing: Pairing, hidden: list[Finding], proof: Proof, equivalences: list[str]
) -> tuple[Proof, list[Finding], list[Difference]]:
    """Let numbers say what hidden layers compute.

    Returns:
        The proof, the findings that stay hidden, and the differences: none but where numbers part, and all
        weights have the counterparts that structure shows. Where they agree, `equivalences` says so.
    """
    if proof.state == "proved":
        equivalences.append(hidden_equivalence(pairing, hidden))
        return proof, [], []
    if proof.state != "refuted":
        return proof, hidden, []
    with_weights = [
        node.layer
        for graph in (pairing.student, pairing.reference)
        for node in graph.nodes
        if node.is_hidden and node.parameters
    ]
    if with_weights:  # they may have to be given in another form
        from keras_cnns.comparison.proof.prove import without_counterparts

        return without_counterparts(with_weights), hidden, []
    return proof, [], [hidden_difference(pairing, hidden, proof.sentence)]


def refutations(proof: Proof | None) -> list[Difference]:
    """Return what numbers have found and the structure does not show, as a difference."""
    if proof is None or proof.state != "refuted":
        return []
    layer, reference_layer = proof.places
    message = f"not found by structure: {proof.sentence}."
    places = (proof.places,) if layer else ()
    at = (layer,) if layer else ()
    return [
        Difference("changed", "function", None, None, layer, reference_layer, message, places=places, at=at)
    ]


def closest_pairing(yours: CanonicalGraph, theirs: CanonicalGraph) -> tuple[Pairing, list[Finding]]:
    """Align two graphs as they are written and, if they differ, in other ways.

    These are with towers of free order sorted, and without the gates, which may stand elsewhere.

    Returns:
        The pairing in which they differ at fewest places, and what differs.
    """
    graphs = [(yours, theirs)]
    found = [_aligned(yours, theirs, align(yours, theirs))]
    if found[0][1] and all(any(node.any_order for node in graph.nodes) for graph in (yours, theirs)):
        graphs.append((with_sorted_towers(yours), with_sorted_towers(theirs)))
        found.append(_aligned(*graphs[1], align(*graphs[1])))
    best = min(found, key=lambda one: sum(len(finding.places) for finding in one[1]))
    if best[1]:
        student, reference = best[0].student, best[0].reference
        pairs = align_without_gates(student, reference, align)
        other = _aligned(student, reference, pairs) if pairs else best
        if any(one.attribute == PLACE_OF_GATE for one in other[1]) and extent(other[1]) <= extent(best[1]):
            return other
    return best


def _aligned(
    student: CanonicalGraph, reference: CanonicalGraph, pairs: Pairs
) -> tuple[Pairing, list[Finding]]:
    pairing = Pairing(student, reference, pairs)
    return pairing, find_differences(pairing)


def check_ignored(ignored: list[str], *graphs: CanonicalGraph) -> None:
    """Raise a ValueError for a word that could never match."""
    known = {*ATTRIBUTES, *ALSO, *(mistake.name for mistake in MISTAKES)}
    layers = {node.layer for graph in graphs for node in graph.nodes}
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
    if "filters" in ignored and one.attribute in (GROWTH_RATE, COMPRESSION, EXPANSION):
        return True
    return bool(one.places) and all(mine in ignored or theirs in ignored for mine, theirs in one.places)


def is_borne_out(proof: Proof | None, prove: bool | None) -> bool:
    """Whether numbers have left no doubt: those asked for were run, and each weight has a counterpart."""
    if proof is None or proof.state == "proved":
        return True
    return prove is None and not proof.without


def verdict_of(
    counted: list[Difference], equivalences: list[str], same_shapes: bool, is_certain: bool
) -> str:
    """Return the verdict; see `Report`."""
    if not counted:
        return ("equivalent" if equivalences else "exact") if is_certain else "unknown"
    return "same shapes" if same_shapes else "different"


def notes_on(yours: CanonicalGraph, theirs: CanonicalGraph) -> list[str]:
    """Return sentences about what was not compared."""
    notes = []
    if "dropout" not in yours.also and yours.dropout_rates != theirs.dropout_rates:
        mine, reference = (", ".join(graph.dropout_rates) or "none" for graph in (yours, theirs))
        notes.append(f"dropout, which matters in training only: {mine}, in the reference {reference}")
    if yours.prepared != theirs.prepared:
        mine, reference = (", ".join(graph.preparation) or "none" for graph in (yours, theirs))
        other = " with other settings" if mine == reference else ""
        notes.append(f"the preparation of the images: {mine}; in the reference {reference}{other}")
    return notes


def notes_on_unseen(*graphs: CanonicalGraph) -> list[str]:
    """Return sentences about layers and functions whose code is not in a file or cannot be followed."""
    closed = dict.fromkeys(why for graph in graphs for why in graph.closed)
    notes = [f"the inside of a layer of one's own cannot be seen: {why.rstrip('.')}" for why in closed]
    names = one_line(", ".join(dict.fromkeys(name for graph in graphs for name in graph.unseen)))
    if names:
        notes.append(f"what is inside {names}: the code is not in the file, only the name and the settings")
    return notes
