"""Two processes train one network: as one would, with the same bits in both, and on after one is lost."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from keras_cnns.training.batches import Batches
from keras_cnns.training.hosts import Here, is_loss

ROOT = Path(__file__).parents[2]
LIMIT = 240  # seconds; some two where nothing else runs


def free_port():
    """A port that nobody listens at, below those that the system gives to others meanwhile."""
    low = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    for port in np.random.default_rng().permutation(np.arange(10_000, max(low, 11_000))):
        with socket.socket() as tried:
            try:
                tried.bind(("", int(port)))
                return int(port)
            except OSError:
                continue
    raise AssertionError("no port is free")


def together(number, folder, *words):
    """Run some processes to their end; returns the exit status and the output of each."""
    port = free_port()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    started = [
        subprocess.Popen(
            [sys.executable, str(ROOT / "tests/support/host.py"), str(port), str(number), str(index),
             str(folder), *words],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        for index in range(number)
    ]  # fmt: skip
    end = time.monotonic() + LIMIT
    found = []
    try:
        for process in started:
            found.append((process, process.communicate(timeout=max(1, end - time.monotonic()))[0]))
            if "stop" in "".join(words):
                started[-1].kill()
    finally:
        for process in started:
            process.kill()
            process.wait()
    return [(process.returncode, output) for process, output in found]


def ends(folder):
    """All variables of each process at its end."""
    files = sorted(folder.glob("end-*.npz"))
    return [[values for _, values in sorted(np.load(file).items())] for file in files]


def bits(arrays):
    return [array.tobytes() for array in arrays]


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """The folder of a run of two processes."""
    folder = tmp_path_factory.mktemp("pair")
    found = together(2, folder)
    assert [status for status, _ in found] == [0, 0], found
    return folder


@pytest.mark.peers
def test_two_hosts_learn_what_one_learns(pair, tmp_path):
    """With batch normalization, dropout, noise, momentum, averages, a plateau: the same bits in both."""
    [(status, output)] = together(1, tmp_path)
    assert status == 0, output
    one, (first, second) = ends(tmp_path)[0], ends(pair)
    assert bits(first) == bits(second)
    assert len(one) == len(first) > 15
    for alone, both in zip(one, first):
        assert np.abs(alone.astype("float64") - both.astype("float64")).max() <= 5e-7
    # What is written by one alone, and only by the first.
    assert not (pair / "nowhere").exists()
    names = {"best.keras", "curves.svg", "log.csv", "model.keras", "run.json", "state-0005.npz"}
    assert names <= set(os.listdir(pair))
    assert json.loads((pair / "run.json").read_text())["training"]["hosts"] == 2
    rows = [(folder / "log.csv").read_text().splitlines()[1:] for folder in (tmp_path, pair)]
    for line, other in zip(*rows, strict=True):
        numbers, others = (np.array(text.split(",")[:-1], float) for text in (line, other))
        assert np.allclose(numbers, others, rtol=0, atol=5e-6)


@pytest.mark.peers
def test_a_host_that_is_killed(pair, tmp_path):
    """The other one is told at once; both go on with the bits of a run that lost none."""
    (status, output), (killed, _) = together(2, tmp_path, "die=3")
    assert (status, killed) == (7, -9)
    assert "lost: True" in output
    assert max(tmp_path.glob("state-*.npz")).name == "state-0002.npz"
    found = together(2, tmp_path, "resume")
    assert [status for status, _ in found] == [0, 0], found
    assert [bits(arrays) for arrays in ends(tmp_path)] == [bits(arrays) for arrays in ends(pair)]


def batches(images, size, here):
    return Batches(images, np.arange(len(images)), (4, 4, 1), lambda labels: labels, size, seed=1, here=here)


def test_the_shares_of_a_batch():
    """Each device of each host has as many; what is too little for all at the end is left out."""
    images = [np.full((4, 4), i, "uint8") for i in range(23)]
    for devices, hosts in ((4, 2), (6, 3), (2, 2)):
        parts = [batches(images, 12, Here(i, hosts, devices)) for i in range(hosts)]
        whole = batches(images, 12, Here())
        for index in range(len(parts[0])):
            labels = [part[index][1] for part in parts]
            assert len({len(own) for own in labels}) == 1
            together = np.concatenate(labels)
            assert len(together) % devices == 0 and len(whole[index][1]) - len(together) < devices
            assert together.tolist() == whole[index][1][: len(together)].tolist()
    assert len(batches(images, 20, Here(0, 2, 4))) == 1


def test_a_damaged_file_leaves_no_gap(tmp_path):
    """Another image takes its place, since all devices must have as many."""
    images = [np.full((4, 4), i, "uint8") for i in range(7)] + [tmp_path / "gone.png"]
    parts = [batches(images, 8, Here(i, 2, 2)) for i in range(2)]
    assert [len(part[0][0]) for part in parts] == [4, 4]


def test_what_a_lost_host_says():
    assert is_loss(ValueError("UNKNOWN: Gloo AllGather failed: Connection reset by peer"))
    assert not is_loss(ValueError("no image of a batch can be read any more"))
