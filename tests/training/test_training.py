"""The trainer reads real data, holds some of it out, and refuses what it cannot use."""

import keras
import numpy as np
import pytest
from PIL import Image

from keras_cnns import architectures, training
from keras_cnns.atomic_write import written_whole


@pytest.fixture(scope="module")
def digits():
    return training.load("digits")


@pytest.fixture
def folder(tmp_path):
    """Ten red and ten blue pictures, of several sizes and formats, and things that are not images."""
    for name, colour in (("red", (200, 0, 0)), ("blue", (0, 0, 200))):
        (tmp_path / "data" / name).mkdir(parents=True)
        for i in range(10):
            suffix = ("png", "jpg", "BMP")[i % 3]
            Image.new("RGB", (20 + i, 30), colour).save(tmp_path / "data" / name / f"{i}.{suffix}")
        (tmp_path / "data" / name / "notes.txt").write_text("not an image")
    (tmp_path / "data" / ".cache").mkdir()
    return tmp_path / "data"


def test_digits_are_split_the_same_way_each_time(digits):
    again = training.load("digits")
    assert (len(digits.train[0]), len(digits.test[0])) == (1438, 359)
    assert np.array_equal(digits.test[0], again.test[0])
    assert digits.classes == list("0123456789")
    assert all(30 <= count <= 40 for count in np.bincount(digits.test[1]))
    seen = {image.tobytes() for image in digits.train[0]}
    assert sum(image.tobytes() in seen for image in digits.test[0]) == 0


def test_folder(folder):
    data = training.load(folder)
    assert data.classes == ["blue", "red"]
    assert (len(data.train[0]), len(data.test[0])) == (16, 4)
    assert not set(data.train[0]) & set(data.test[0])
    colours = {0: (0, 0, 200), 1: (200, 0, 0)}
    for image, label in zip(*data.test):
        pixels = training.pixels(image, (32, 24, 3))
        assert pixels.shape == (32, 24, 3)
        assert np.allclose(pixels.mean(axis=(0, 1)) * 255, colours[label], atol=3)
    assert training.pixels(data.test[0][0], (8, 8, 1)).shape == (8, 8, 1)


def test_only_training_images_are_shuffled_and_distorted(digits):
    images, labels = digits.train
    plain = training.Batches(images, labels, (32, 32, 1), lambda labels: labels, 8)
    assert np.array_equal(plain[0][1], labels[:8])
    assert np.array_equal(plain[0][0], plain[0][0])
    random = training.Batches(images, labels, (32, 32, 1), lambda labels: labels, 8, np.random.default_rng(0))
    assert not np.array_equal(random[0][1], labels[:8])
    assert not np.array_equal(random[0][0], random[0][0])
    assert random[0][0].min() >= 0
    assert random[0][0].max() <= 1
    assert sum(len(plain[i][1]) for i in range(len(plain))) == 1438


@pytest.mark.parametrize("heads", [1, 2, 3])
def test_learns_colours_with_every_head(folder, heads):
    """A model of one, two or three outputs trains all of them; the first tells red from blue."""
    data = training.load(folder)
    optimizer = training.optimizer(data, epochs=20, batch_size=4, learning_rate=0.1)
    inputs = keras.Input((8, 8, 3))
    mean = keras.layers.GlobalAveragePooling2D()(inputs)
    outputs = [keras.layers.Dense(2, "softmax", name=f"head{i}")(mean) for i in range(heads)]
    model = keras.Model(inputs, outputs if heads > 1 else outputs[0])
    model.compile(optimizer, ["categorical_crossentropy"] * heads, metrics=["accuracy"] * heads)
    before = model.get_weights()
    training.fit(model, data, epochs=20, batch_size=4, seed=1, verbose=0)
    assert not any(np.array_equal(old, new) for old, new in zip(before, model.get_weights()))
    assert training.confusion(model, data).tolist() == [[2, 0], [0, 2]]
    assert np.isclose(optimizer.learning_rate, 0, atol=1e-9)


def test_confusion_counts_by_true_class(digits):
    """A model that always answers 3 puts every image in that column."""
    model = architectures.lenet_5()
    model.layers[-1].set_weights([np.zeros((84, 10)), np.eye(10)[3]])
    table = training.confusion(model, digits)
    assert table[:, 3].tolist() == np.bincount(digits.test[1]).tolist()
    assert table.sum() == len(digits.test[1])


def test_files_are_replaced_whole_or_not_at_all(tmp_path):
    path = tmp_path / "model.keras"
    path.write_text("old")
    with pytest.raises(RuntimeError), written_whole(path) as file:
        file.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    with written_whole(path) as file:
        architectures.lenet_5().save(file)
    assert keras.saving.load_model(path).name == "lenet_5"
    assert list(tmp_path.iterdir()) == [path]


def test_bad_data(tmp_path, folder):
    with pytest.raises(ValueError, match='data must be "digits" or a folder.*got .*nowhere'):
        training.load(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="two or more sub-folders.*0 sub-folders"):
        training.load(tmp_path / "empty")
    (folder / "green").mkdir()
    with pytest.raises(ValueError, match="in green fewer than two"):
        training.load(folder)


def test_missing_pillow_is_named(monkeypatch, folder):
    monkeypatch.setattr(training.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"Pillow: pip install .*\[train\]"):
        training.load(folder)


def test_bad_image(folder):
    (folder / "red" / "3.png").write_bytes(b"this is no image")
    with pytest.raises(ValueError, match=r"data must hold images that can be read; .*3\.png"):
        training.pixels(folder / "red" / "3.png", (8, 8, 3))
