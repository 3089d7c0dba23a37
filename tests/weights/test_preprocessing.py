"""Images become what a network was trained on: Pillow's resize, torchvision's crop, Keras' three modes."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras.applications.imagenet_utils import preprocess_input
from PIL import Image

from keras_cnns.weights.preprocessing import Preprocessing, apply

PILLOW = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
SIZES = [(224, 256), (224, 232), (299, 342), (299, 333), (224, 224)]
MODES = {"caffe": Preprocessing.caffe, "tf": Preprocessing.tf, "torch": Preprocessing.torch}


@pytest.fixture(scope="module")
def photographs():
    """Two of landscape format; one upright; a small part, to be made larger; a large one; a square."""
    datasets = pytest.importorskip("sklearn.datasets")
    china, flower = datasets.load_sample_images().images
    upright = np.ascontiguousarray(china.transpose(1, 0, 2))
    return [china, flower, upright, china[100:201, :333], np.tile(flower, (3, 4, 1)), china[:300, :300]]


def pixels(size, resize, interpolation="bilinear"):
    """Resize and crop alone."""
    return Preprocessing(size, resize, interpolation, "RGB", (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


def noise(*shape):
    return np.random.default_rng(1).integers(0, 256, shape, dtype="uint8")


@pytest.mark.parametrize("interpolation", PILLOW)
@pytest.mark.parametrize(("size", "resize"), SIZES)
def test_resize_is_pillow_s(photographs, interpolation, size, resize):
    """To the last bit, its fixed-point numbers included.

    Floats are not rounded; two roundings, of which each is off by up to a half, differ by a third on average.
    """
    for image in photographs:
        height, width = image.shape[:2]
        shorter = min(height, width)
        there = (int(resize * width / shorter), int(resize * height / shorter))
        picture = np.asarray(Image.fromarray(image).resize(there, PILLOW[interpolation]), dtype="float32")
        top, left = (round((length - size) / 2) for length in picture.shape[:2])
        expected = picture[top : top + size, left : left + size]
        ours = apply(pixels(size, resize, interpolation), image)[0]
        assert np.array_equal(ours, expected)
        floats = apply(pixels(size, resize, interpolation), image.astype("float64"))[0]
        assert abs(floats - expected).max() < 1.1
        assert abs(floats - expected).mean() < 1 / 3


@pytest.mark.parametrize("interpolation", PILLOW)
def test_the_other_interpolation_shows(photographs, interpolation):
    """The tolerance is not so wide that any kernel would do."""
    other = next(name for name in PILLOW if name != interpolation)
    ours, theirs = (apply(pixels(224, 256, name), photographs[0]) for name in (interpolation, other))
    assert abs(ours - theirs).max() > 10


@pytest.mark.peers
@pytest.mark.parametrize("interpolation", PILLOW)
@pytest.mark.parametrize(("size", "resize"), SIZES)
def test_torchvision(photographs, interpolation, size, resize):
    """The whole of it, as published accuracies are measured."""
    from support.torch_peers import import_torchvision

    import_torchvision()
    from torchvision import transforms

    mode = transforms.InterpolationMode(interpolation)
    steps = [transforms.Resize(resize, mode), transforms.CenterCrop(size), transforms.ToTensor()]
    steps.append(transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    for image in photographs:
        expected = transforms.Compose(steps)(Image.fromarray(image)).numpy().transpose(1, 2, 0)
        ours = apply(Preprocessing.torch(size, resize, interpolation), image)[0]
        levels = abs(ours - expected) * 255 * 0.229
        print(f"{image.shape}: {levels.max():.1e} grey levels")
        assert levels.max() < 1e-3


@pytest.mark.parametrize(("width", "first"), [(225, 0), (226, 1), (227, 2), (230, 3), (231, 4), (301, 38)])
def test_the_centre_is_torchvision_s(width, first):
    """Half a pixel goes to the even side."""
    image = noise(224, width, 3)
    found = apply(pixels(224, 224), [image, image.transpose(1, 0, 2)])
    expected = image[:, first : first + 224]
    assert (found[0] == expected).all()
    assert (found[1] == expected.transpose(1, 0, 2)).all()


@pytest.mark.parametrize("mode", MODES)
def test_values_are_keras_s(mode):
    image = noise(224, 224, 3)
    expected = preprocess_input(image[None].astype("float32"), data_format="channels_last", mode=mode)
    found = apply(MODES[mode](224, 224), image)
    assert found.dtype == "float32"
    np.testing.assert_allclose(found, expected, atol=2e-5 if mode == "caffe" else 2e-6)


def test_one_image_a_batch_and_a_list():
    batch, preprocessing = noise(3, 40, 50, 3), Preprocessing.torch(24, 32)
    together = apply(preprocessing, batch)
    assert together.shape == (3, 24, 24, 3)
    assert (apply(preprocessing, list(batch)) == together).all()
    assert (apply(preprocessing, batch[1]) == together[1:2]).all()
    mixed = apply(preprocessing, [batch[0], noise(33, 70, 3), Image.fromarray(batch[2])])
    assert (mixed[[0, 2]] == together[[0, 2]]).all()
    assert (apply(preprocessing, keras.ops.convert_to_tensor(batch)) == together).all()
    assert (apply(preprocessing, batch.astype("int64")) == together).all()


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (noise(40, 50), r"got \(40, 50\). This is a grey image"),
        (noise(40, 50, 1), r"got \(40, 50, 1\). This is a grey image"),
        (noise(40, 50, 4), r"alpha channel: drop it, images\[..., :3\]"),
        (noise(3, 40, 50), "channels first: move them"),
        (noise(2, 3, 40, 50), "channels first: move them"),
        (
            [noise(40, 50, 3), noise(2, 40, 50, 3)],
            r"images\[1\] must be RGB, \(height, width, 3\); got \(2, ",
        ),
        (noise(0, 50, 3), r"got \(0, 50, 3\)"),
        ([], "one image or more"),
        (noise(40, 50, 3) / 255, "got 0 to 1, which looks like 0 to 1: multiply by 255"),
        ([noise(40, 50, 3), noise(40, 50, 3) / 255], r"images\[1\] must be pixels from 0 to 255; got 0 to 1"),
        (noise(40, 50, 3) / 127.5 - 1, "not preprocessed already; got -1 to 1"),
        (noise(40, 50, 3) * 257.0, "got 0 to 6.554e"),
        (np.full((40, 50, 3), np.nan), "got nan to nan"),
        (noise(40, 50, 3) > 9, "integers or floats from 0 to 255; got bool"),
    ],
)
def test_what_is_no_image(images, message):
    with pytest.raises(ValueError, match=message):
        apply(Preprocessing.torch(24, 32), images)


@pytest.mark.parametrize("level", [0, 1])
def test_a_truly_dark_image_is_one(level):
    """8-bit pixels that someone has made floats are whole numbers, at night, too."""
    dark = np.random.default_rng(1).integers(0, level + 1, (32, 32, 3)).astype("float32")
    assert (apply(pixels(32, 32), dark)[0] == dark).all()
    batch = np.stack([dark * np.float32(0.4), np.full_like(dark, 200)])
    assert (apply(pixels(32, 32), batch) == batch).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"resize": 200}, "resize must be at least size; got size 224, resize 200"),
        ({"size": 0}, "size must be an int, at least 1; got 0"),
        ({"interpolation": "nearest"}, "interpolation must be one of .*'bicubic'.*; got 'nearest'"),
        ({"mode": "caffe"}, "mode must be one of 'RGB', 'BGR'; got 'caffe'"),
        ({"std": (1.0, 0.0, 1.0)}, "std must be 3 numbers, none of them 0; got "),
        ({"mean": (1.0,)}, "mean must be 3 numbers; got "),
    ],
)
def test_what_is_no_preprocessing(change, message):
    with pytest.raises(ValueError, match=message):
        Preprocessing(**{**vars(Preprocessing.torch()), **change})


@pytest.mark.peers
@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_backends(backend, tmp_path):
    """Tensors of any backend give the very numbers that arrays give, and a model takes them."""
    image, file = noise(40, 50, 3), tmp_path / "image.npy"
    np.save(file, image)
    code = f"""
import keras, numpy as np
from keras_cnns.weights.preprocessing import Preprocessing, apply
image, preprocessing = np.load({str(file)!r}), Preprocessing.caffe(24, 32, "bicubic")
values = apply(preprocessing, keras.ops.convert_to_tensor(image))
assert isinstance(values, np.ndarray)
model = keras.Sequential([keras.Input((24, 24, 3)), keras.layers.Flatten()])
assert keras.backend.backend() == {backend!r}
assert (model.predict(values, verbose=0) == values.reshape(1, -1)).all()
np.save({str(file)!r}, values)
"""
    environment = {**os.environ, "KERAS_BACKEND": backend}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (np.load(file) == apply(Preprocessing.caffe(24, 32, "bicubic"), image)).all()
