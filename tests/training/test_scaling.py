"""How long a training takes on many devices, against rings and trainings worked out one message at a time."""

import csv
from pathlib import Path

import numpy as np
import pytest

from keras_cnns.training.scaling import all_reduce_seconds, reckon

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("devices", [1, 2, 3, 8])
def test_a_ring_sends_as_many_numbers_as_are_reckoned(devices):
    """A ring that really adds up: in turns each device passes one part on to the next."""
    parts, sent = 24, 0
    held = np.random.default_rng(0).integers(0, 99, (devices, devices, parts // devices))
    expected = held.sum(axis=0)
    for phase, adds in ((0, True), (1, False)):
        for turn in range(devices - 1):
            moved = [(i, (i - turn + phase) % devices) for i in range(devices)]
            copies = [(i, part, held[i, part].copy()) for i, part in moved]
            for i, part, values in copies:
                place = (i + 1) % devices
                held[place, part] = held[place, part] + values if adds else values
            sent += parts // devices  # by each device
    assert all(np.array_equal(own, expected) for own in held)
    gigabits = 1e-9 * 32  # a number a second
    assert all_reduce_seconds(parts, devices, gigabits) == pytest.approx(sent)


def test_resnet50():
    """By hand: 25.6 million gradients are 102 MB; over 100 Gbit/s nearly twice that takes 16 ms."""
    one, eight, many, most = reckon(25_557_032, 1000, 100)
    assert (one.adding, one.efficiency, one.batch) == (0, 1, 256)
    assert one.hours == pytest.approx(90 * 1_281_167 / 1000 / 3600)
    assert eight.adding == pytest.approx(2 * 7 / 8 * 102.228e6 / 12.5e9, rel=1e-4)
    assert (eight.batch, many.batch, most.batch) == (2048, 8192, 8192)
    assert (many.computing, most.computing) == pytest.approx((0.128, 0.016))
    assert most.hours == pytest.approx(most.hours_hidden * (most.computing + most.adding) / most.adding)
    assert most.efficiency == pytest.approx(0.016 / (0.016 + most.adding))


def test_what_the_page_says_of_this_processor():
    """1.4 s for 8 images, more than 200 days, 2.7 s and 1.6 s: from what was measured."""
    lines = (ROOT / "docs/benchmarks/training.csv").read_text().splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    (step,) = [row for row in rows if (row["case"], row["who"]) == ("resnet50", "ours, oneDNN on")]
    assert float(step["median"]) == pytest.approx(1.4, rel=0.15)
    one, many = reckon(25_557_032, 8 / float(step["median"]), 1, devices=(1, 512))
    assert one.hours > 200 * 24
    assert (many.computing, many.adding) == pytest.approx((2.7, 1.6), rel=0.15)


def test_what_is_refused():
    with pytest.raises(ValueError, match="gigabits must be positive; got 0"):
        reckon(1000, 10.0, 0)
    with pytest.raises(ValueError, match="devices must be an int, at least 1; got 0"):
        reckon(1000, 10.0, 1.0, devices=[0])
    with pytest.raises(ValueError, match="largest_batch must be an int, at least 256; got 8"):
        reckon(1000, 10.0, 1.0, largest_batch=8)
