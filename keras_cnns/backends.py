"""Which of Keras' backends a command that only looks at networks should load."""

import importlib.util
import json
import os
import sys
from pathlib import Path

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
    if os.environ.get("KERAS_BACKEND"):
        return True
    try:
        home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
        configured = json.loads((home.expanduser() / "keras.json").read_text(encoding="utf-8"))
        return configured.get("backend", "tensorflow") != "tensorflow"
    except (OSError, ValueError, AttributeError, RuntimeError):
        return False
