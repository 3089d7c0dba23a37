"""`keras-cnns train --hosts`: the same command on each of several hosts.

JAX ends a process with an abort when another one is silent for too long, and no code in the process can say
why. So the command trains in a process of its own, waits for it, and has the last word.
"""

import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from keras_cnns import backends
from keras_cnns.cli.common import Screen, say, say_error

T = TypeVar("T")

# Set for the process that trains: a file that it removes when all hosts have come.
INNER = "KERAS_CNNS_TRAINS_FOR_HOSTS"
LOST = 75  # exit status "try again", as sysexits.h has it
GRACE = 10  # seconds in which a process that is asked to end does so


class Joined:
    """Whether this process trains together with others."""

    yes = False


@contextmanager
def on_hosts(hosts: str | None, host: int | None, folder: Path) -> Iterator[None]:
    """Within the context this process trains with the others; outside of it, it never was one of them.

    Args:
        hosts: "auto", "HOST:PORT,HOST:PORT", or None: no others.
        host: which of them this is, counted from 0.
        folder: of the run.

    Raises:
        ValueError: if the hosts are not given as they must be, or the backend is not JAX.
        SystemExit: in the command itself, with the status of the process that trains.
    """
    if hosts is None:
        if host is not None:
            raise ValueError("--host goes with --hosts, which names all of them.")
        yield
        return
    check_hosts(hosts, host)
    os.environ.setdefault("KERAS_BACKEND", "jax")
    backends.refuse_for_hosts(os.environ["KERAS_BACKEND"])
    backends.require_backend()
    if INNER not in os.environ:
        raise SystemExit(watch(f"--hosts {hosts}" + ("" if host is None else f" --host {host}"), folder))
    end_with_the_command()
    try:
        join(hosts, host)
        yield
        from keras_cnns.training.hosts import leave

        leave()
    except BaseException as error:
        # An ordinary end would wait for the other hosts, which wait for this one.
        end_now(status_of(error))


def check_hosts(hosts: str, host: int | None) -> None:
    """Refuse hosts that are not given as they must be."""
    if hosts == "auto":
        if host is not None:
            raise ValueError(
                "--host goes with a list of hosts; with --hosts auto the cluster says which it is."
            )
        return
    found = hosts.split(",")
    for place in found:
        name, _, port = place.rpartition(":")
        if not re.fullmatch(r"[\w.-]+|\[[0-9a-fA-F:]+\]", name) or not re.fullmatch(r"\d{1,5}", port):
            raise ValueError(
                f"--hosts must be auto, or a list such as 10.0.0.1:8476,10.0.0.2:8476; got {hosts}."
            )
        if not 0 < int(port) < 65536:
            raise ValueError(f"--hosts must have ports from 1 to 65535; got {place}.")
    if host is None or not 0 <= host < len(found):
        got = "none" if host is None else host
        raise ValueError(f"--host must say which of the {len(found)} hosts this is, from 0; got {got}.")


def watch(words: str, folder: Path) -> int:
    """Train in a process of its own, and say how to go on if it does not end well; return its status."""
    with tempfile.TemporaryDirectory() as place:
        waits = Path(place) / "waits"
        waits.touch()
        status = status_of_training(waits)
        joined = not waits.exists()
    if status != LOST and status >= 0:
        return status
    by = "" if status == LOST else f" (ended by signal {-status})"
    if joined:
        how = f"keras-cnns train --resume {folder} {words}"
        line = f"this host or another was lost{by}; {held(folder)}. Go on with this, on every host: {how}"
    else:
        line = f"not all hosts came{by}; nothing was trained. Give the same command again, on every host."
    say(line, screen=Screen(stderr=True))
    return LOST


def status_of_training(waits: Path) -> int:
    """Train in a process of its own to its end; it removes the file `waits` when all hosts have come."""
    command = [sys.executable, "-m", "keras_cnns", *sys.argv[1:]]
    child = subprocess.Popen(command, env={**os.environ, INNER: str(waits)}, stdin=subprocess.PIPE)
    try:
        return child.wait()
    except BaseException:  # SIGTERM, Ctrl-C; the process that trains may be waiting for another host
        child.terminate()
        try:
            child.wait(GRACE)
        except BaseException:
            child.kill()
            child.wait()
        raise


def held(folder: Path) -> str:
    """Say what the folder of a run holds."""
    from keras_cnns.training.folder import Folder

    states = Folder(folder).states()
    if not states:
        return "what is kept is in the folder of host 0"
    return f"{folder} holds epoch {int(states[-1].stem.rpartition('-')[2])}"


def end_with_the_command() -> None:
    """End when the command that waits for this process has gone, however it went."""

    def wait() -> None:
        os.read(0, 1)  # its standard input ends then
        os._exit(LOST)

    threading.Thread(target=wait, daemon=True).start()


def join(hosts: str, host: int | None) -> None:
    """Join the others; only the first speaks from then on, but for what goes wrong."""
    from keras_cnns.training import hosts as training_hosts

    at = training_hosts.join(None if hosts == "auto" else hosts, host)
    Path(os.environ[INNER]).unlink(missing_ok=True)
    Joined.yes = True
    say(f"{at.number} hosts, {at.devices} devices")
    if not at.is_first:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115


def by_first(compute: Callable[[], T]) -> T:
    """Return what the first host computes, to all; alone, what is computed here."""
    if not Joined.yes:
        return compute()
    from keras_cnns.training.hosts import from_first

    return from_first(compute)


def status_of(error: BaseException) -> int:
    """Say what went wrong, and return the exit status."""
    if isinstance(error, KeyboardInterrupt):
        return 130
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else 1
    from keras_cnns.training.hosts import is_loss

    if is_loss(error):
        return LOST
    say_error(error)
    return 1


def end_now(status: int) -> None:
    """End this process without a word to the other hosts."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(status)
