"""Blocks that are planted so many times in a network are found so many times, whatever follows the last."""

import pytest
from support.outline_grammar import Repeat, parse
from support.planted import planted
from support.unfolded import check

from keras_cnns.diagram.fold.fold import fold
from keras_cnns.visualize import outline
from keras_cnns.weightless import build_weightless


@pytest.mark.parametrize("seed", range(30))
def test_each_is_found(seed):
    network = build_weightless(planted, seed)
    text = outline(network.model)
    check(fold(network.model))
    counts = [part.count for part in parse(text).lane if isinstance(part, Repeat)]
    assert network.times in counts, (network.block, network.times, network.ends, text)
