"""Which of Keras' backends a command that only looks at networks should load."""

import importlib.util
import json
import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# By time and memory to import Keras and build every network without weights: JAX 6 s and 0.36 GB, TensorFlow
# 10 s and 0.70 GB, PyTorch 9 s and 0.48 GB, of which 3.5 s to start; for one network JAX 2 s, the others 4 s.
# Keras' NumPy backend is not among them: it imports JAX, and computes every grouped convolution for real.
LIGHTEST = ("jax", "tensorflow", "torch")


def choose_lightest() -> str | None:
    """Let Keras load the backend that starts fastest, if it is not loaded yet and the user has chosen none.

    Only for work with shapes: training and numbers stay with the user's backend.

    Returns:
        The name of the backend chosen, None if there was no choice to make.
    """
    if "keras" in sys.modules or chosen_by_user():
        return None
    for name in LIGHTEST:
        if importlib.util.find_spec(name):
            os.environ["KERAS_BACKEND"] = name
            # Shapes need no accelerator, and JAX would take most of its memory at once.
            os.environ.setdefault("JAX_PLATFORMS", "cpu")
            return name
    return None


def chosen_by_user() -> bool:
    """Whether the environment or keras.json names a backend; Keras itself writes "tensorflow" there."""
    return bool(os.environ.get("KERAS_BACKEND")) or configured() != "tensorflow"


def configured() -> str:
    """Return the backend that keras.json names, or Keras' default."""
    return settings().get("backend", "tensorflow")


def has_usual_settings() -> bool:
    """Whether Keras computes in float32 with the channels last, as far as it is told now."""
    keras: Any = sys.modules.get("keras")
    if keras and hasattr(keras, "config"):
        policy, floats, axes = (
            keras.config.dtype_policy().name,
            keras.config.floatx(),
            keras.config.image_data_format(),
        )
        return (policy, floats, axes) == ("float32", "float32", "channels_last")
    found = settings()
    floats, axes = found.get("floatx", "float32"), found.get("image_data_format", "channels_last")
    return (floats, axes) == ("float32", "channels_last")


def settings() -> dict[str, Any]:
    """Return what keras.json has; nothing if there is none, or none that can be read."""
    try:
        home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
        found = json.loads((home.expanduser() / "keras.json").read_text(encoding="utf-8"))
        return found if isinstance(found, dict) else {}
    except (OSError, ValueError, RuntimeError):
        return {}


@contextmanager
def no_tensorflow() -> Iterator[None]:
    """Within the context Keras does not import TensorFlow, if it has not yet.

    Where a layer tells its settings, Keras looks whether one of them is a shape of TensorFlow's, and imports
    all of it for that, with its messages on standard error; nbgrader gives no points to a test that writes
    there. Without TensorFlow there can be no such shape.
    """
    from keras.src.utils import module_utils

    tensorflow: Any = getattr(module_utils, "tensorflow", None)
    if "tensorflow" in sys.modules or getattr(tensorflow, "_available", True) is not None:
        yield
        return
    tensorflow._available = False
    try:
        yield
    finally:
        tensorflow._available = None


def require_backend() -> None:
    """Say what to do if the backend that Keras is going to load is not installed; Keras says only its name.

    Raises:
        ImportError: with the backends that are installed and how to choose one.
    """
    backend = os.environ.get("KERAS_BACKEND") or configured()
    if "keras" in sys.modules or backend not in LIGHTEST or importlib.util.find_spec(backend):
        return
    installed = [name for name in LIGHTEST if importlib.util.find_spec(name)]
    remedy = (
        f"Set the environment variable KERAS_BACKEND to {' or '.join(installed)}, which is installed"
        if installed
        else 'Install one: pip install "keras-cnns[tensorflow]", or [jax] or [torch]'
    )
    raise ImportError(f"Keras would compute with {backend}, which is not installed. {remedy}.", name=backend)


def refuse_for_hosts(backend: str) -> None:
    """Refuse the backends with which Keras cannot train on several hosts.

    Raises:
        ValueError: with the reason, and the way that works.
    """
    reasons = {
        "tensorflow": "Keras 3 does not fit a model under MultiWorkerMirroredStrategy (keras issue 20585)",
        "torch": "Keras has no keras.distribution for PyTorch yet",
    }
    if backend != "jax":
        raise ValueError(
            f"several hosts need JAX: {reasons.get(backend, f'{backend} cannot train')}. Set the environment "
            'variable KERAS_BACKEND to jax; pip install "keras-cnns[jax]" if it is missing.'
        )


def ask_for_onednn() -> None:
    """Let TensorFlow compute with oneDNN on any x86 processor, if it is not loaded yet and nobody has chosen.

    By itself it does so on the newer ones alone. Grouped convolutions train in its kernels only with oneDNN.
    """
    if "tensorflow" not in sys.modules and platform.machine() in ("x86_64", "AMD64"):
        os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
