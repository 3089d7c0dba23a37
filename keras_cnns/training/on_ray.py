"""A training on the hosts of a Ray cluster, begun again by itself when one of them is lost.

Ray starts a process on each host and tells when one has ended. JAX joins them as it does without Ray, and
the run's folder holds what was learned. Processes are never used twice: JAX joins others only once.
"""

import importlib
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras

from keras_cnns.arguments import checked_int, checked_path, shown
from keras_cnns.training.data import Data
from keras_cnns.training.folder import Folder, Tell
from keras_cnns.training.log import Row
from keras_cnns.training.recipes import SMALL, Recipe


def train_on_ray(
    build: Callable[[], keras.Model],
    read: Callable[[], Data],
    folder: str | Path,
    recipe: Recipe = SMALL,
    *,
    hosts: int = 2,
    restarts: int = 3,
    needs: Mapping[str, Any] | None = None,
    tell: Tell = print,
    **options: Any,
) -> list[Row]:
    """Train on several processes of a Ray cluster, with JAX; begin or go on with the run in the folder.

    When a process is lost, all are started anew, and go on after the last epoch that was kept.

    Args:
        build: makes the model. It is called in each process, after the seed was set.
        read: makes the data, such as `lambda: load("photos")`. It is called in each process.
        folder: of the run, on a disk that all hosts of the cluster see.
        recipe: how to train.
        hosts: how many processes train.
        restarts: how often they are started anew; the next loss ends the training.
        needs: of each process, as Ray's `options` has them, such as `{"num_gpus": 1}`. By default a core.
        tell: is called with a line when a process was lost.
        **options: go to `train`, such as `epochs` and `seed`.

    Returns:
        A row for each epoch, as in log.csv.

    Raises:
        ImportError: if Ray is not installed.
        ValueError: if an argument is wrong, or what `train` raises in a process.
        RuntimeError: if processes were lost too often.
    """
    for name, function in (("build", build), ("read", read)):
        if not callable(function):
            raise ValueError(f"{name} must be a function without arguments; got {shown(function)}.")
    if not isinstance(recipe, Recipe):
        raise ValueError(f"recipe must be what training.recipe returns; got {shown(recipe)}.")
    if needs is not None and not isinstance(needs, Mapping):
        raise ValueError(f"needs must be options of Ray, such as {{'num_gpus': 1}}; got {shown(needs)}.")
    place = checked_path("folder", folder).absolute()
    checked_int("hosts", hosts)
    checked_int("restarts", restarts, least=0)
    ray = _ray()
    work = (build, read, place, recipe, options)
    reason = ""
    for attempt in range(restarts + 1):
        if attempt:
            tell(f"a host was lost: {reason}; start {attempt + 1} of at most {restarts + 1}")
        group = [ray.remote(Host).options(**options_of(needs)).remote() for _ in range(hosts)]
        try:
            addresses = ",".join(ray.get([host.address.remote() for host in group]))
            waiting = [host.run.remote(addresses, index, *work) for index, host in enumerate(group)]
            first = waiting[0]
            while waiting:
                done, waiting = ray.wait(waiting)
                ray.get(done)
            return list(ray.get(first))
        except ray.exceptions.RayTaskError as error:
            if not isinstance(error.cause, Lost):
                raise error.cause from None
            reason = str(error.cause)
        except ray.exceptions.RayActorError as error:
            reason = str(error).splitlines()[0]
        finally:
            for host in group:
                ray.kill(host)
    raise RuntimeError(f"hosts were lost {restarts + 1} times, the last time: {reason}")


def options_of(needs: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return how Ray shall start a process; on hosts that have no other, as long as there are some."""
    environment = {"env_vars": {"KERAS_BACKEND": "jax"}}
    return {"num_cpus": 1, "scheduling_strategy": "SPREAD", "runtime_env": environment, **(needs or {})}


class Lost(Exception):
    """Another process has ended."""


class Host:
    """A process of the training."""

    def address(self) -> str:
        """Return this host's address, with a port that is free."""
        with socket.socket() as found:
            found.bind(("", 0))
            return f"{_ray().util.get_node_ip_address()}:{found.getsockname()[1]}"

    def run(
        self,
        addresses: str,
        index: int,
        build: Callable[[], keras.Model],
        read: Callable[[], Data],
        folder: Path,
        recipe: Recipe,
        options: dict[str, Any],
    ) -> list[Row]:
        """Train together with the others."""
        from keras_cnns.training import hosts, train

        hosts.join(addresses, index)
        keras.utils.set_random_seed(options.get("seed", 1))
        try:
            resume = hosts.from_first(lambda: Folder(folder).settings.exists())
            rows = train(build(), read(), folder, recipe, **{**options, "resume": resume})
        except Exception as error:
            if hosts.is_loss(error):
                raise Lost(str(error).splitlines()[0]) from None
            raise
        hosts.leave()
        return rows


def _ray() -> Any:
    try:
        return importlib.import_module("ray")
    except ImportError as error:
        raise ImportError('training on Ray needs it: pip install "keras-cnns[ray]"') from error
