"""A run that is killed at any instant, and goes on, has the bits of one that was not."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_cnns.training import state

ROOT = Path(__file__).parents[2]


def as_it_should_be(folder, backend, *options):
    """Kill a run eight times; its variables, log and models are those of a run that was not killed."""
    words = [sys.executable, "-m", "tests.support.killed_runs", str(folder), *map(str, options)]
    environment = {**os.environ, "KERAS_BACKEND": backend, "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    whole, killed = folder / "whole", folder / "killed"
    names = sorted(os.listdir(whole))
    assert sorted(os.listdir(killed)) == names and "model.keras" in names
    for name in (name for name in names if name.startswith("state-")):
        (one, record), (two, again) = (state.read_state(place / name) for place in (whole, killed))
        assert [array.tobytes() for array in one] == [array.tobytes() for array in two]
        assert len(one) > 20 and record["epoch"] == again["epoch"] >= 10
    logs = []
    for place in (whole, killed):
        with (place / "log.csv").open() as file:
            logs.append([{**row, "images_per_second": ""} for row in csv.DictReader(file)])
    assert logs[0] == logs[1]
    assert len({row["learning_rate"] for row in logs[0]}) > 2  # it rose, and fell where the loss did not
    for name in ("best.keras", "model.keras"):
        one, two = (keras.saving.load_model(place / name, compile=False) for place in (whole, killed))
        assert all(np.array_equal(a, b) for a, b in zip(one.get_weights(), two.get_weights()))
    assert (whole / "confusion.csv").read_text() == (killed / "confusion.csv").read_text()


@pytest.mark.long
def test_eight_kills(tmp_path):
    as_it_should_be(tmp_path, keras.backend.backend())


# With the test above, CI has each backend and each policy; all of both take minutes.
IN_CI = [("tensorflow", "mixed_float16"), ("jax", "float32"), ("torch", "mixed_bfloat16")]
EACH = [
    pytest.param(backend, policy, marks=[pytest.mark.large] * ((backend, policy) not in IN_CI))
    for backend in ("tensorflow", "jax", "torch")
    for policy in ("float32", "mixed_bfloat16", "mixed_float16")
]


@pytest.mark.peers
@pytest.mark.parametrize(("backend", "policy"), EACH)
def test_eight_kills_on_each_backend(tmp_path, backend, policy):
    as_it_should_be(tmp_path, backend, "--policy", policy, "--seed", 2)
