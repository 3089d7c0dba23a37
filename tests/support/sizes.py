"""Inputs small enough to run each network in a test, networks without weights, what code takes of memory."""

import gc
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import keras
import pytest

from keras_cnns.building import without_weights
from keras_cnns.catalog import facts
from keras_cnns.catalog.facts import NETWORKS, list_models
from keras_cnns.weightless import build_weightless

find_network = cache(facts.find_network)  # asked a hundred thousand times for the marks of all tests

SMALL = {network.name: max(32, network.smallest) for network in NETWORKS} | {
    "lenet_caffe": 28,
    "xception": 48,
}


# The one network of each file that the short run looks at: the one with the fewest multiply-adds.
SMALLEST = {
    min((each for each in NETWORKS if each.module == file), key=lambda each: each.macs).name
    for file in {network.module for network in NETWORKS}
}


# Of networks with more parameters it takes seconds to make, save, load and compute with the weights.
HEAVY = 6e6
# Its 823 layers take ten seconds where others take two; every run compares it with timm's.
DEEPEST = "inception_resnet_v2"


def marks_of_size(name, names, heavy=False, further=pytest.mark.large):
    """Marks of a network: `further` if one of its file among `names` costs less, long if it is `heavy`.

    Where the weights are needed, the deepest is large.
    """
    own = find_network(name)
    if heavy and name == DEEPEST:
        return [pytest.mark.large]
    if any(one.module == own.module and one.macs < own.macs for one in map(find_network, names)):
        return [further]
    return [pytest.mark.long] if heavy and own.trainable > HEAVY else []


def each(names, given=None, heavy=False, further=pytest.mark.large):
    """As parameters; a network is marked where `names` have a smaller one of its file.

    Args:
        names: of networks, or of cases that begin with one, such as "resnet50-v1.5".
        given: what each test gets, if it is not the name itself.
        heavy: the test needs the weights, so those networks that have many are marked long.
        further: the mark of all but the smallest of each file.
    """
    names = list(names)
    found = [network_of(name) for name in names]
    known = [one.name for one in found if one]
    return [
        pytest.param(
            *(value if isinstance(value, tuple) else (value,)),
            id=case,
            marks=marks_of_size(one.name, known, heavy, further) if one else (),
        )
        for case, one, value in zip(names, found, given or names, strict=True)
    ]


def heavy_cases(cases):
    """Named cases as parameters, each a tuple that begins with the network whose weights it needs."""
    return [
        pytest.param(
            *case, id=name, marks=marks_of_size(case[0], case[:1], heavy=True) if network_of(case[0]) else ()
        )
        for name, case in cases.items()
    ]


def rows(networks, further=pytest.mark.large):
    """The rows of the catalogue as parameters, marked as `each` does."""
    networks = list(networks)
    return each([network.name for network in networks], networks, further=further)


@cache
def network_of(case):
    """The network that the name of a case is, or begins with; None for another library's."""
    names = [name for name in list_models() if case == name or case.startswith((f"{name}-", f"{name}_"))]
    return find_network(max(names, key=len)) if names else None


def weightless_model(factory, *arguments, **options):
    """Build any factory, also one with a mistake planted, without weights; the optimizer is made outside."""
    return build_weightless(factory, *arguments, opt=keras.optimizers.SGD(), **options)


@cache
def weightless(name, **options):
    """A network of the catalogue without weights, or one of keras.applications; built once for all tests.

    Only read it: at the end of the session a model that a test has changed is an error.
    """
    if name in list_models():
        model = without_weights(name, **options)
    else:
        model = build_weightless(getattr(keras.applications, name), weights=None, **options)
    as_built.append((model, model.to_json()))
    gc.collect()
    gc.freeze()  # as it stays, the collections between tests need not look at it
    return model


as_built = []


def changed_models():
    """The names of the models of `weightless` that are no longer what was built."""
    return [model.name for model, text in as_built if model.to_json() != text]


STATUS = Path("/proc/self/status")
PROC = pytest.mark.skipif(not STATUS.exists(), reason="only Linux tells a process' own peak of memory")


def peak_memory():
    """The most memory that this process has taken, in MiB; unlike getrusage's, not its parent's."""
    return int(re.search(r"VmHWM:\s+(\d+) kB", STATUS.read_text())[1]) / 1024


def alone(code, *arguments):
    """Run Python code in a process of its own, where it may import the tests' files; return its output."""
    paths = [str(Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout.strip()
