"""Work in processes of its own: whole commands, and workers that run when they are asked."""

import ctypes
import gc
import json
import os
import re
import select
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
STATUS = Path("/proc/self/status")
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu"}


def environment(**changes: str) -> dict[str, str]:
    """This process' environment, in which the package of this checkout is found."""
    before = os.environ.get("PYTHONPATH")
    path = f"{ROOT}{os.pathsep}{before}" if before else str(ROOT)
    return {**os.environ, **QUIET, "PYTHONPATH": path, **changes}


def needs_linux() -> None:
    if not STATUS.exists():
        sys.exit("Only Linux tells a process' own peak of memory.")


def whole(command: list[str], folder: Path, wanted: int = 0) -> tuple[float, float]:
    """Run a command to its end; return seconds, and the most memory that it took, in MB.

    Raises:
        RuntimeError: if it ends with another status than is wanted.
    """
    launcher = [sys.executable, "-S", str(Path(__file__).with_name("launcher.py"))]
    done = subprocess.run(
        [*launcher, *command], cwd=folder, env=environment(), capture_output=True, text=True, check=True
    )
    seconds, megabytes, status = json.loads(done.stdout)
    if status != wanted:
        raise RuntimeError(f"{' '.join(command)} ended with {status}:\n{done.stderr[-2000:]}")
    return seconds, megabytes


class Worker:
    """A process that runs `python FILE --worker …` and answers one request after another.

    Contenders that would get in each other's way in one process, with threads or settings, take turns so.
    """

    def __init__(self, file: str, *arguments: str, **changes: str) -> None:
        command = [sys.executable, file, "--worker", *arguments]
        self.name = " ".join(arguments)
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(**changes), text=True
        )

    def ask(self, request: Any = None, limit: float | None = None) -> Any:
        """Send a request, wait for the answer.

        Raises:
            TimeoutError: if there is none within `limit` seconds; the worker is ended then.
            RuntimeError: if the worker has ended.
        """
        assert self.process.stdin and self.process.stdout
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # the answer will be missing, too
        if limit is not None and not select.select([self.process.stdout], [], [], limit)[0]:
            self.process.kill()
            self.process.wait()
            raise TimeoutError(f"{self.name}: no answer in {limit:.0f} s")
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{self.name} ended with {self.process.wait()}")
        return json.loads(answer)

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def serve(answer: Callable[[Any], Any]) -> int:
    """What a worker does: answer each line that comes; what else is printed goes to the errors."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # libraries print from C, too
    for request in sys.stdin:
        print(json.dumps(answer(json.loads(request))), file=replies, flush=True)
    return 0


def start_of_peak() -> int:
    """Give what is free back to the system and forget the peak; return the bytes taken now."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # else what comes next would fill what was left free
    Path("/proc/self/clear_refs").write_text("5")
    return taken()


def peak() -> int:
    """The most bytes that this process took since then."""
    return _status("VmHWM")


def taken() -> int:
    return _status("VmRSS")


def _status(what: str) -> int:
    return 1024 * int(re.findall(rf"{what}:\s+(\d+) kB", STATUS.read_text())[0])


def start_quietly(backend: str | None = None) -> None:
    """Set, before Keras is imported, what keeps it quiet and on the processor; and its backend."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    if backend:
        os.environ.setdefault("KERAS_BACKEND", backend)
