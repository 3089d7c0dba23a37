"""Images become what a network was trained on: Pillow's resize, torchvision's crop, Keras' three modes."""

import os
import subprocess
import sys
from dataclasses import replace

import keras
import numpy as np
import pytest
from keras.applications.imagenet_utils import preprocess_input
from PIL import Image

from keras_cnns.weights import find, preprocess, preprocessing_layers, provenance
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
from keras_cnns.weights import find, preprocess, preprocessing_layers, provenance
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


def with_weights(name, in_shape, source):
    """A model of which it is noted that it has published weights."""
    model = small(in_shape)
    provenance.loaded[model] = find(name, source)
    return model


def small(in_shape):
    image = keras.Input(in_shape)
    return keras.Model(image, keras.layers.Dense(2)(keras.layers.GlobalAveragePooling2D()(image)), name="m")


def test_the_size_is_the_model_s_own():
    """The crop's share of the image stays; what a model reads of any size, has the published size."""
    image = noise(300, 400, 3)
    model = with_weights("resnet18", (64, 64, 3), "torchvision")
    found = preprocess(model, image)
    assert found.shape == (1, *model.input_shape[1:])
    assert (found == apply(Preprocessing.torch(64, 73), image)).all()  # 256 / 224 of 64
    assert (preprocess("resnet18", image, size=64) == found).all()
    free = with_weights("resnet18", (None, None, 3), "torchvision")
    assert preprocess(free, image).shape == preprocess("resnet18", image).shape == (1, 224, 224, 3)
    assert preprocess(free, image, size=(40, 90)).shape == (1, 40, 90, 3)


@pytest.mark.parametrize("there", [(300, 400), (400, 300), (90, 90), (31, 400)])
def test_a_rectangle_is_a_resize_and_a_crop(there):
    """With Pillow: resized in proportion until the crop is 7/8 of the side that is tight; its centre."""
    image, (height, width) = noise(*there, 3), (40, 80)
    found = apply(pixels(224, 256), image, (height, width))[0]
    grows = max(round(height * 8 / 7) / there[0], round(width * 8 / 7) / there[1])
    across, down = (int(grows * length + 1e-9) for length in there[::-1])
    picture = np.asarray(Image.fromarray(image).resize((across, down), PILLOW["bilinear"]), dtype="float32")
    top, left = round((down - height) / 2), round((across - width) / 2)
    assert (found == picture[top : top + height, left : left + width]).all()


@pytest.mark.parametrize("size", [0, -1, 2.5, "64", (64,), (64, 64, 3), (64, 0), True, 10**6])
def test_sizes_that_are_refused(size):
    with pytest.raises(ValueError, match="size must be"):
        preprocess("resnet18", noise(40, 50, 3), size=size)


def test_the_hint_is_about_the_model_given():
    """Following it must not treat images as those of another network."""
    image = noise(40, 50, 3)
    for name, hint in (
        ("resnet18", r"preprocess\('resnet18', images, source='torchvision', size=\(8, 8\)\)"),
        ("mine", "Scale images as in its training"),
    ):
        model = keras.Model((made := small((8, 8, 3))).input, made.output, name=name)
        with pytest.raises(ValueError, match=hint) as told:
            preprocess(model, image)
        assert "resnet50" not in str(told.value)


@pytest.mark.parametrize(
    "source", [("resnet50", "keras"), ("resnet18", "torchvision"), ("xception", "keras")]
)
def test_layers_give_the_values_of_preprocess(source, tmp_path):
    """At any size, in front of a network, and saved with it."""
    layers = preprocessing_layers(*source)
    image = noise(2, 31, 47, 3)
    seen = find(*source).preprocessing
    expected = apply(replace(seen, size=1, resize=1), image, (31, 47))  # nothing to resize
    assert np.array_equal(np.asarray(layers(image)), expected)
    model = keras.Sequential([keras.Input((31, 47, 3)), layers])
    model.save(tmp_path / "a.keras")
    again = keras.saving.load_model(tmp_path / "a.keras")
    np.testing.assert_allclose(again.predict(image, verbose=0), expected, rtol=1e-6, atol=1e-6)


def test_symbolic_images_are_refused_with_the_way():
    image = keras.Input((8, 8, 3))
    way = r"let weights.preprocessing_layers\(model\) scale them"
    with pytest.raises(ValueError, match=way):
        preprocess("resnet18", image)
    assert preprocessing_layers("resnet18")(image).shape == (None, 8, 8, 3)
    if keras.backend.backend() != "tensorflow":
        return
    import tensorflow as tf

    images = tf.data.Dataset.from_tensors(noise(1, 8, 8, 3))
    with pytest.raises(ValueError, match=way):
        images.map(lambda x: preprocess("resnet18", x))
    layers = preprocessing_layers("resnet50")
    (found,) = images.map(layers)
    np.testing.assert_allclose(found, layers(noise(1, 8, 8, 3)), rtol=1e-6)
