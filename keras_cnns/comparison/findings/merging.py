"""Findings that have one cause become one finding.

Each rule of `MERGES` looks at what was found, never at which network it is.
"""

from __future__ import annotations

from collections.abc import Callable

from keras_cnns.comparison.alignment.pairing import Pairing
from keras_cnns.comparison.canonical.canonicalize import IDLE
from keras_cnns.comparison.findings.finding import Finding
from keras_cnns.comparison.findings.lenet_layers import is_trained_pooling
from keras_cnns.comparison.findings.merging_shortcuts import merge_option_a
from keras_cnns.comparison.findings.merging_widths import (
    merge_expansion,
    merge_growth,
    merge_widths_of_gates,
)
from keras_cnns.comparison.findings.merging_windows import (
    drop_padding_of_other_windows,
    drop_pooling_of_one_position,
    merge_border_of_other_images,
    merge_padding_after,
    merge_stem,
)

Merge = Callable[[Pairing, list[Finding]], list[Finding]]

# What a response normalization is defined by; all of it is one choice.
CONSTANTS_OF = ("activation", "local response normalization")
AT_EACH_POSITION = "at each position"
RELU = {"function": "relu"}


def merge_settings(pairing: Pairing, found: list[Finding]) -> list[Finding]:
    """What differs in one activation, or in the constants of one normalization, is one finding."""
    first: dict[int, Finding] = {}
    kept = []
    for one in found:
        of_one_layer = one.kind == "changed" and one.attribute != "kind"
        if of_one_layer and pairing.student.nodes[one.student[0]].kind in CONSTANTS_OF:
            cause = first.setdefault(one.student[0], one)
            if cause is not one:
                cause.more.append((str(one.attribute), one.values))
                continue
        kept.append(one)
    return kept


def keep_idle_activations(pairing: Pairing, found: list[Finding]) -> list[Finding]:
    """A ReLU that changes nothing is left out; where the reference has one, none is missing or moved."""
    kept = []
    for one in found:
        if one.reference and one.kind != "changed" and _has_idle_twin(pairing, one.reference):
            if one.kind == "missing":
                continue
            if one.attribute == "place":
                # What seems to be moved is a second one.
                one.kind, one.attribute, one.reference = "extra", None, []
                one.places = [(i, None) for i, _ in one.places]
        kept.append(one)
    return kept


def _has_idle_twin(pairing: Pairing, group: list[int]) -> bool:
    """Whether the student's graph has a ReLU where the reference has this one, but left out as idle."""
    node = pairing.reference.nodes[group[0]]
    if len(group) > 1 or node.attributes != RELU or len(node.sources) != 1:
        return False
    before = pairing.back.get(node.sources[0])
    return before is not None and IDLE in pairing.student.nodes[before].equivalent_forms


def merge_squashing(pairing: Pairing, found: list[Finding]) -> list[Finding]:
    """A trained sub-sampling ends with its squashing function, which is gone with the layer."""
    by_source = {one.reference[0]: one for one in found if one.kind == "changed" and one.attribute == "kind"}
    kept = []
    for one in found:
        if one.kind == "missing" and len(one.reference) == 1:
            node = pairing.reference.nodes[one.reference[0]]
            cause = by_source.get(node.sources[0]) if node.kind == "activation" else None
            if cause is not None and is_trained_pooling(pairing.reference.nodes[cause.reference[0]]):
                cause.reference = [*cause.reference, *one.reference]
                continue
        kept.append(one)
    return kept


def drop_bias_of_moved_normalization(pairing: Pairing, found: list[Finding]) -> list[Finding]:
    """A bias counts only because something stands between a layer and its batch normalization.

    That is what is said; without it the bias would be subtracted again.
    """
    between = {
        i: one for one in found if one.kind == "extra" or one.attribute == "place" for i in one.student
    }
    readers = pairing.student.readers(), pairing.reference.readers()

    def follows(one: Finding) -> bool:
        if one.attribute != "bias" or one.values != (True, False):
            return False
        i, j = one.student[0], one.reference[0]
        normalized = any(pairing.reference.nodes[k].kind == "batch normalization" for k in readers[1][j])
        causes = [between[reader] for reader in readers[0][i] if reader in between] if normalized else []
        for cause in causes[:1]:
            cause.charged.append(i)
        return bool(causes)

    return [one for one in found if not follows(one)]


def merge_dense_on_maps(pairing: Pairing, found: list[Finding]) -> list[Finding]:
    """Dense layers run at each position because of one layer: the first of them, or a missing pooling."""
    on_maps = [one for one in found if one.attribute == AT_EACH_POSITION]
    if not on_maps:
        return found
    first = min(on_maps, key=lambda one: one.reference[0])
    whole = [
        one
        for one in found
        if one.kind == "missing"
        and pairing.reference.nodes[one.reference[-1]].attributes.get("window") == "whole map"
        and one.reference[-1] < first.reference[0]
    ]
    dropped = on_maps if whole else [one for one in on_maps if one is not first]
    for one in dropped:
        (whole or [first])[0].student += [] if whole else one.student
    return [one for one in found if one not in dropped]


MERGES: tuple[Merge, ...] = (
    keep_idle_activations,
    merge_settings,
    merge_squashing,
    merge_padding_after,
    drop_padding_of_other_windows,
    merge_stem,
    merge_border_of_other_images,
    drop_pooling_of_one_position,
    drop_bias_of_moved_normalization,
    merge_dense_on_maps,
    merge_option_a,
    merge_widths_of_gates,
    merge_growth,
    merge_expansion,
)


def merged(pairing: Pairing, found: list[Finding]) -> list[Finding]:
    """Return the findings with those of one cause as one, by all rules."""
    for merge in MERGES:
        found = merge(pairing, found)
    return found
