"""Models with shapes but no weights: cheap to count, draw and compare."""

import ctypes
from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
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
    built: Future[Built] = Future()

    def build_here() -> None:
        try:
            with keras.StatelessScope(initialize_variables=False):
                built.set_result(build(*arguments, **options))
        except BaseException as error:
            built.set_exception(error)

    # Keras keeps one list per thread of the variables that still need values, and the next StatelessScope in
    # that thread (JAX's `fit` opens one) would fill them all. A separate thread takes its list with it.
    own_thread = Thread(target=build_here, daemon=True)
    try:
        own_thread.start()
        while own_thread.is_alive():
            own_thread.join(0.2)  # on Windows Ctrl-C does not end a wait without a limit
    except BaseException:
        stop(own_thread)
        raise
    return built.result()


def stop(thread: Thread) -> None:
    """Raise a KeyboardInterrupt in the thread at its next line of Python; do not wait for it."""
    if thread.ident is not None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident), ctypes.py_object(KeyboardInterrupt)
        )
