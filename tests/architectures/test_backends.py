"""Every network computes the same on TensorFlow, JAX and PyTorch.

Each backend runs in a process of its own, see `backend_outputs.py`, with the same weights and images; the
logits must agree with TensorFlow's. `make proof` runs every network; other runs take, of the cheapest of each
file, those that between them have every kind of layer in every setting: B7 of EfficientNet asks nothing of a
backend that B0 does not.
"""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from support.sizes import SMALLEST, weightless

from keras_cnns.catalog.facts import NETWORKS

pytestmark = [pytest.mark.peers, pytest.mark.timeout(1800)]

SCRIPT = Path(__file__).parents[1] / "support" / "backend_outputs.py"
TOLERANCE = 1e-4
BACKENDS = ("tensorflow", "jax", "torch")
NAMES = {"jax": "JAX", "torch": "PyTorch"}
NUDGED = "resnet18"
# What a backend computes in code of its own; numbers such as epsilon and filters are not among them.
SETTINGS = ("strides", "padding", "dilation_rate", "depth_multiplier", "axis", "activation")


def run(backend, file, *arguments):
    """What the script saved: arrays by network and number of the output."""
    # On maps this small threads wait for each other more than they compute.
    environment = {**os.environ, "KERAS_BACKEND": backend, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(SCRIPT), str(file), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return dict(np.load(file))


def setting(operation):
    """What a layer or a function asks of a backend; of a kernel it matters whether its sides are even."""
    config = operation.get_config() if isinstance(operation, keras.Layer) else {}
    sides = [min(side, 2 + side % 2) for side in config.get("kernel_size", ())]
    grouped = config.get("groups", 1) > 1
    return type(operation), grouped, *sides, *(str(config.get(name)) for name in SETTINGS)


def of_all_settings(names):
    """Cheap networks that between them have all settings of `names`, which are in the order of their cost."""
    asked = {name: set(map(setting, weightless(name).operations)) for name in names}
    kept = list(names)
    for name in reversed(names):  # the dearest is the first to be left out
        others = [asked[other] for other in kept if other != name]
        if asked[name] <= set().union(*others):
            kept.remove(name)
    return kept


@pytest.fixture(scope="module")
def cases(request):
    """What to run; auxiliary classifiers with the first network that has them as an option."""
    from support.backend_outputs import CASES

    if request.config.getoption("--proof"):
        return CASES
    cheapest = [each.name for each in sorted(NETWORKS, key=lambda each: each.macs) if each.name in SMALLEST]
    with_aux = next(case for case in CASES if " with " in case)
    return tuple(dict.fromkeys((NUDGED, *of_all_settings(cheapest), with_aux)))


@pytest.fixture(scope="module")
def outputs(tmp_path_factory, cases):
    """The outputs on a backend, computed when first asked for."""
    folder, found = tmp_path_factory.mktemp("outputs"), {}

    def on(backend):
        if backend not in found:
            found[backend] = run(backend, folder / f"{backend}.npz", *cases)
        return found[backend]

    return on


def differences(ours, theirs):
    """For each output the greatest difference, relative to the greatest logit."""
    assert ours.keys() == theirs.keys()
    return {name: float(abs(ours[name] - theirs[name]).max() / abs(theirs[name]).max()) for name in theirs}


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_outputs_depend_on_the_image(outputs, cases, backend):
    """Logits that were the same for all classes or all images would agree anyhow."""
    found = outputs(backend)
    assert {name.rpartition(" ")[0] for name in found} == set(cases)
    for name, logits in found.items():
        size = abs(logits).max()
        assert 0.1 < size < 1000, name
        assert np.ptp(logits) > 0.1 * size, name
        assert abs(logits[0] - logits[1]).max() > 1e-2 * size, name


@pytest.mark.parametrize("backend", BACKENDS[1:])
def test_the_backends_agree(outputs, backend, proof):
    found = differences(outputs(backend), outputs("tensorflow"))
    for name, difference in found.items():
        network, _, aux = name.rpartition(" ")[0].partition(" with ")
        options = {aux: True} if aux else {}
        proof(network, f"the same on {NAMES[backend]}", "float32", difference, TOLERANCE, **options)
    assert {name: difference for name, difference in found.items() if difference > TOLERANCE} == {}


@pytest.mark.parametrize("backend", BACKENDS[1:])
def test_a_nudged_weight_shows(outputs, backend, tmp_path):
    """The tolerance is not so wide that one wrong number in one of twenty kernels would go unseen."""
    nudged = run(backend, tmp_path / "nudged.npz", NUDGED, "--nudge")
    output = f"{NUDGED} 0"
    found = differences(nudged, {output: outputs("tensorflow")[output]})
    assert found[output] > TOLERANCE


@pytest.mark.parametrize("backend", BACKENDS[1:])
def test_an_untrusted_file_is_read_alike(backend):
    """The layers have other base classes there, and it is these that tell which are refused.

    How an archive is opened does not depend on it; large models have no other layers.
    """
    tests = str(Path(__file__).parents[1] / "keras_files" / "test_saved.py")
    environment = {**os.environ, "KERAS_BACKEND": backend}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        tests,
        "-k",
        "not zip_bomb and not keras_applications",
    ]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
