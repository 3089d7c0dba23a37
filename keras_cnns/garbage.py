"""Python's cyclic garbage collector, paused where many objects are made and few are garbage.

The collector looks at all objects each time so many more are made. Where a large graph is read, that can
double the time, and little of what it looks at can go.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_lock = Lock()
_pauses = 0  # that have begun and not ended, in all threads
_was_on = False


@contextmanager
def collector_paused() -> Iterator[None]:
    """Let no collection begin inside, and then again; a collector that was off stays off.

    Pauses may be in one another and in several threads: the collector goes on after the last. What reference
    counts free is freed as ever. It serves as a decorator, too.
    """
    global _pauses, _was_on
    with _lock:
        if not _pauses:
            _was_on = gc.isenabled()
            gc.disable()
        _pauses += 1
    try:
        yield
    finally:
        with _lock:
            _pauses -= 1
            if not _pauses and _was_on:
                gc.enable()
