"""Models that differ in one argument are never called the same if numbers tell them apart.

A seeded slice of the pairs; `benchmarks/compare.py` takes all of them.
"""

import random

import pytest
from support.argument_pairs import all_pairs, kinds, unknown_arguments
from support.pair_oracle import judged

SLICE, PARTS = 80, 4


def slice_of_pairs():
    """One pair in a few, so that all kinds of layers have some."""
    pairs = all_pairs()
    rng = random.Random(3)
    step = len(pairs) // SLICE
    return [rng.choice(pairs[i : i + step]) for i in range(0, len(pairs), step)]


@pytest.mark.parametrize("part", range(PARTS))
def test_no_pair_that_numbers_tell_apart_is_called_the_same(part):
    found = [judged(*pair) for pair in slice_of_pairs()[part::PARTS]]
    assert [one for one in found if one.is_wrong] == []
    assert sum(one.numbers in ("different", "other weights") for one in found) > len(found) / 3


def test_there_are_many_kinds_and_all_their_arguments_are_known():
    assert len({kind.label for kind in kinds()}) >= 40
    assert unknown_arguments() == [], "Keras has new arguments: give them values, or say that they do nothing"
