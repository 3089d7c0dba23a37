"""Models with shapes but no weights: cheap to count, draw and compare."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import keras

Built = TypeVar("Built")


def build_weightless(build: Callable[..., Built], *arguments, **options) -> Built:
    """Call `build` so that the variables it creates have shapes but no values: VGG-19 without its 575 MB.

    The result can be counted, drawn, summarised and cut. It cannot predict, train or load weights. Pass an
    optimizer as an object, not by name: its step counter must be a real variable.

    Args:
        build: a function that builds Keras models or layers.
        *arguments: its positional arguments.
        **options: its keyword arguments.

    Returns:
        What `build` returns, with layer names counted from one.

    Raises:
        Exception: whatever `build` raises.
    """

    def build_here() -> Built:
        with keras.StatelessScope(initialize_variables=False):
            return build(*arguments, **options)

    # Keras keeps one list per thread of the variables that still need values, and the next StatelessScope in
    # that thread (JAX's `fit` opens one) would fill them all. A separate thread takes its list with it.
    with ThreadPoolExecutor(max_workers=1) as own_thread:
        return own_thread.submit(build_here).result()
