"""Several processes, on one machine or many, that train one model together, each on its share of every batch.

With JAX alone. JAX joins the processes and adds up the gradients; this file lets them agree on what they do.
"""

import json
import os
import re
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import keras
import numpy as np

from keras_cnns.arguments import checked_int, shown
from keras_cnns.backends import refuse_for_hosts

T = TypeVar("T")

LOST_AFTER = 60  # seconds without a sign of life
LATE_AFTER = 300  # seconds that a host may come later than the first


@dataclass(frozen=True)
class Here:
    """Which of the processes this is, counted from 0, of how many, and how many devices all of them have."""

    index: int = 0
    number: int = 1
    devices: int = 1

    @property
    def is_first(self) -> bool:
        return self.index == 0

    def share(self, batch: Sequence[int]) -> Sequence[int]:
        """Return this process's part of a batch, which the number of devices divides."""
        return batch[len(batch) * self.index // self.number : len(batch) * (self.index + 1) // self.number]


def here() -> Here:
    """Return which of the processes this is; the only one, if none were joined."""
    if keras.backend.backend() != "jax":
        return Here()
    import jax

    number = jax.process_count()
    return Here(jax.process_index(), number, jax.device_count()) if number > 1 else Here()


def join(addresses: str | None = None, index: int | None = None, lost_after: int | None = None) -> Here:
    """Join the processes that train together; all of them call this before anything is computed.

    Args:
        addresses: "HOST:PORT,HOST:PORT", one for each process and the same for all. None: JAX asks SLURM,
            Open MPI or Kubernetes, whichever started the process.
        index: which of the addresses is this process's, counted from 0.
        lost_after: a process of which nothing was heard for so many seconds is lost; `LOST_AFTER` by default.

    Raises:
        ValueError: if an argument is wrong, Keras computes with another backend, or nothing says which
            processes there are.
    """
    check_addresses(addresses, index)
    if lost_after is not None:
        checked_int("lost_after", lost_after)
    refuse_for_hosts(keras.backend.backend())
    initialize(addresses.split(",") if addresses else [], index, lost_after)
    devices = keras.distribution.list_devices()
    keras.distribution.set_distribution(
        keras.distribution.DataParallel(devices=devices, auto_shard_dataset=False)
    )
    return here()


def initialize(found: Sequence[str], index: int | None, lost_after: int | None) -> None:
    """Let JAX find the other processes; what this one does when it is asked to end stays as it was."""
    import jax

    # JAX would let the process ignore a request to end, for minutes.
    if hasattr(jax.config, "jax_enable_preemption_service"):
        jax.config.update("jax_enable_preemption_service", False)  # type: ignore[no-untyped-call]
    handler = signal.getsignal(signal.SIGTERM)
    try:
        jax.distributed.initialize(
            found[0] if found else None, len(found) or None, index, initialization_timeout=LATE_AFTER,
            heartbeat_timeout_seconds=LOST_AFTER if lost_after is None else lost_after,
        )  # fmt: skip
    except ValueError as error:
        if "must be defined" not in str(error) and "should be defined" not in str(error):
            raise
        raise ValueError(
            "no cluster was found: SLURM's srun, Open MPI's mpirun or Kubernetes must have started this "
            "process. Otherwise name the hosts: --hosts 10.0.0.1:8476,10.0.0.2:8476 --host 0"
        ) from None
    if handler is not None and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, handler)


def check_addresses(addresses: Any, index: Any) -> None:
    """Refuse addresses that are no list of hosts and ports, or a number that is none of them."""
    if addresses is None:
        if index is not None:
            raise ValueError(f"index goes with addresses; alone the cluster says it. Got {shown(index)}.")
        return
    places = addresses.split(",") if isinstance(addresses, str) else []
    if not places or not all(re.fullmatch(r"\S+:\d{1,5}", place) for place in places):
        raise ValueError(
            "addresses must be one HOST:PORT for each process, such as 10.0.0.1:8476,10.0.0.2:8476; "
            f"got {shown(addresses)}."
        )
    if checked_int("index", index, least=0) >= len(places):
        raise ValueError(f"index must be below {len(places)}, the number of addresses; got {index}.")


def leave() -> None:
    """Wait until all processes are done, and let go of them."""
    import jax

    jax.distributed.shutdown()  # type: ignore[no-untyped-call]


def is_loss(error: BaseException) -> bool:
    """Whether an exception says that another process is gone."""
    words = str(error)
    return type(error).__name__ in ("JaxRuntimeError", "XlaRuntimeError") or "Gloo" in words


@contextmanager
def alone() -> Iterator[None]:
    """Within the context, what is built and computed is this process's own and waits for no other."""
    distribution = keras.distribution.distribution()
    keras.distribution.set_distribution(None)
    try:
        yield
    finally:
        keras.distribution.set_distribution(distribution)


def gathered(content: bytes) -> list[bytes]:
    """Return what each process gives, in their order. All must call this."""
    if here().number == 1:
        return [content]
    from jax.experimental import multihost_utils

    sizes = multihost_utils.process_allgather(np.array([len(content)], "uint32"))[:, 0]
    width = 1 << int(sizes.max()).bit_length()  # few sizes, since JAX compiles for each
    padded = np.zeros(width, "uint8")
    padded[: len(content)] = np.frombuffer(content, "uint8")
    return [row[:size].tobytes() for row, size in zip(multihost_utils.process_allgather(padded), sizes)]


def from_first(compute: Callable[[], T]) -> T:
    """Return what the first process computes, to all; JSON must be able to hold it.

    Raises:
        ValueError: in all processes, if the first raises it or OSError.
    """
    at = here()
    if at.number == 1:
        return compute()
    told: dict[str, Any] = {}
    if at.is_first:
        try:
            told["value"] = compute()
        except (ValueError, OSError) as error:
            told["error"] = str(error)
    told = json.loads(gathered(json.dumps(told).encode())[0])
    if "error" in told:
        raise ValueError(told["error"])
    return told["value"]


def arrays_from_first(arrays: list[np.ndarray] | None, like: list[np.ndarray]) -> list[np.ndarray]:
    """Return the arrays of the first process, to all; `like` has their shapes and types."""
    if here().number == 1:
        return arrays or []
    from jax.experimental import multihost_utils

    found = []
    for i, pattern in enumerate(like):
        own = pattern if arrays is None else np.asarray(arrays[i], pattern.dtype)
        # As bytes, because JAX adds numbers up, and 0 and -0 make 0.
        flat = np.frombuffer(np.ascontiguousarray(own).tobytes(), "uint8")
        told = multihost_utils.broadcast_one_to_all(flat)
        found.append(np.frombuffer(told.tobytes(), pattern.dtype).reshape(pattern.shape))
    return found


def summed(numbers: np.ndarray) -> np.ndarray:
    """Return the sums over all processes of float64 numbers, the same bits in all."""
    own = np.asarray(numbers, "float64")
    parts = [np.frombuffer(part).reshape(own.shape) for part in gathered(own.tobytes())]
    return np.sum(parts, axis=0)


def check_same(what: dict[str, Any]) -> None:
    """Refuse, in all processes, what is not the same in all.

    Raises:
        ValueError: with the names of what differs, and in which process.
    """
    told = [json.loads(part) for part in gathered(json.dumps(what, sort_keys=True).encode())]
    for index, other in enumerate(told):
        names = [name for name in told[0] if told[0][name] != other.get(name)]
        if names:
            raise ValueError(
                f"host {index} differs from host 0 in {', '.join(names)}. All hosts need the same command, "
                "the same images in folders of the same names, and the same versions."
            )


def end_at_once(status: int) -> None:
    """End this process without a word to the others, which would be waited for."""
    os._exit(status)
