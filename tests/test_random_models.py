"""Random networks of nearly all that Keras has, through every part of the package.

`benchmarks/fuzz.py` does the same with larger networks, for as long as one likes.
"""

import pytest
from support.graph_checks import STEPS, Trial
from support.random_graphs import random_model

from keras_cnns.visualize import outline

MOST_LAYERS = 10


@pytest.mark.filterwarnings("ignore")  # Keras has much to say of such networks
@pytest.mark.parametrize("seed", range(20))
def test_what_holds_of_any_network(seed):
    trial = Trial(seed, MOST_LAYERS)
    for step in STEPS.values():
        step(trial)


@pytest.mark.filterwarnings("ignore")
def test_a_seed_gives_the_same_network():
    first, second = (outline(random_model(3), expand_nested=True) for _ in range(2))
    assert first == second
    assert first != outline(random_model(4), expand_nested=True)
