"""The trainer reads real data, holds some of it out, and refuses what it cannot use."""

import importlib.util
import re

import keras
import numpy as np
import pytest
from PIL import Image

from keras_cnns import architectures, training
from keras_cnns.atomic_write import written_whole
from keras_cnns.training import recipes
from keras_cnns.training.fitting import fit
from keras_cnns.training.optimizers import optimizer_of


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
    random = training.Batches(images, labels, (32, 32, 1), lambda labels: labels, 8, seed=0)
    assert not np.array_equal(random[0][1], labels[:8])
    assert sorted(random.order) == list(range(1438))
    for i, image in zip(random.order, random[0][0]):
        assert not np.array_equal(image, training.pixels(images[i], (32, 32, 1)))
    assert random[0][0].min() >= 0
    assert random[0][0].max() <= 1
    assert sum(len(plain[i][1]) for i in range(len(plain))) == 1438


def test_order_and_distortions_follow_from_seed_epoch_and_image(digits):
    """Not from what was shown before; so a run that goes on, or a second worker, sees the same pixels."""
    images, labels = digits.train

    def made(seed, epoch):
        batches = training.Batches(images, labels, (8, 8, 1), lambda labels: labels, 500, seed)
        batches.epoch = epoch
        return batches

    once, again = made(3, 5), made(3, 5)
    again.epoch = 0
    assert not np.array_equal(again[1][0], once[1][0])
    again.on_epoch_end()  # Keras calls it before the first epoch, too
    again.epoch = 5
    assert np.array_equal(again[2][0], once[2][0]) and np.array_equal(again[1][0], once[1][0])
    shown = {int(i): pixels for i, pixels in zip(once.order, once[0][0])}
    larger = training.Batches(images, labels, (8, 8, 1), lambda labels: labels, 1438, 3)
    larger.epoch = 5
    everything = dict(zip(map(int, larger.order), larger[0][0]))
    assert all(np.array_equal(everything[i], pixels) for i, pixels in shown.items())
    for other in (made(4, 5), made(3, 6)):
        assert not np.array_equal(other.order, once.order)
        changed = dict(zip(map(int, other.order), other[0][0]))
        assert not any(np.array_equal(changed[i], shown[i]) for i in shown.keys() & changed.keys())


def test_an_epoch_has_its_number_on_every_backend(digits):
    """The batches of a model's own training are those of epochs 3 and 4 when it starts with the third."""
    seen = []

    class Watched(training.Batches):
        def readable(self, index):
            found = super().readable(index)
            seen.append((self.epoch, index, found[1].tobytes()))
            return found

    few = training.Data((digits.train[0][:60], digits.train[1][:60]), digits.test, digits.classes)
    model = keras.Sequential(
        [keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")]
    )
    model.compile("sgd", "categorical_crossentropy")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("keras_cnns.training.fitting.Batches", Watched)
        fit(model, few, epochs=5, batch_size=20, seed=1, verbose=0, initial_epoch=3)
    epochs = [epoch for epoch, _, _ in seen]
    assert {3, 4} == set(epochs) and epochs == sorted(epochs)
    labels = {(epoch, index): found for epoch, index, found in seen}
    for (epoch, index), found in labels.items():
        plain = training.Batches(*few.train, (8, 8, 1), lambda labels: labels, 20, 1)
        plain.epoch = epoch
        assert plain[index][1].tobytes() == found


def adam(data, epochs, batch_size, rate):
    """The optimizer of the small recipe."""
    used = recipes.scaled(recipes.SMALL, batch_size, epochs, rate)
    return optimizer_of(used, -(-len(data.train[0]) // batch_size))


def bar(height, width):
    """A lying bar in the middle of a black image, short enough to be moved without leaving it."""
    image = np.zeros((height, width), "uint8")
    image[height // 2 - 2 : height // 2 + 2, width // 4 : width - width // 4] = 255
    return image


def turn_and_move(image):
    """The angle of a bar in degrees, where its middle is, from the image's, and its length."""
    rows, columns = np.mgrid[: image.shape[0], : image.shape[1]] + 0.5
    down, across = (np.average(places, weights=image) for places in (rows, columns))
    y, x = rows - down, columns - across
    turn = np.degrees(np.arctan2(2 * (image * x * y).sum(), (image * (x**2 - y**2)).sum()) / 2)
    squares = np.average(x**2 + y**2, weights=image)
    return turn, across - image.shape[1] / 2, down - image.shape[0] / 2, np.sqrt(12 * squares)


def test_images_are_turned_by_ten_degrees_and_moved_and_zoomed_by_a_tenth_at_most():
    """The largest of 400 distortions come near these bounds and, but for rounding to pixels, keep them."""
    height, width, random = 80, 160, np.random.default_rng(0)
    plain = training.pixels(bar(height, width), (height, width, 1))
    *still, length = turn_and_move(plain[..., 0])
    assert np.allclose(still, 0, atol=0.1) and length == pytest.approx(width / 2, rel=0.01)
    moved = [training.pixels(bar(height, width), (height, width, 1), random)[..., 0] for _ in range(400)]
    turns, across, down, lengths = np.transpose([turn_and_move(image) for image in moved])
    bounds = ((turns, 10, 0.2), (across, width / 10, 1), (down, height / 10, 1))
    for found, bound, rounding in (*bounds, (100 * (lengths / length - 1), 10, 0.5)):
        assert 0.95 * bound - rounding < found.max() < bound + rounding
        assert 0.95 * bound - rounding < -found.min() < bound + rounding


def test_images_are_moved_by_an_eighth_at_most_and_half_are_mirrored():
    """A crop of an image with an eighth more on each side: zeros after the mean is subtracted stand there."""
    grey = np.zeros((32, 32), "uint8")
    grey[8:12, 4:12] = 250
    view = training.View((100.0,), (50.0,), distortion="shift")
    random = np.random.default_rng(0)
    found = set()
    mirrored = 0
    for _ in range(600):
        image = training.pixels(grey, (32, 32, 1), random, view)[..., 0]
        rows, columns = np.nonzero(image == 3)
        assert len(rows) == 32  # of 4x8, moved and never turned or resized
        mirrored += columns.min() > 12
        there = image[:, ::-1] if columns.min() > 12 else image
        rows, columns = np.nonzero(there == 3)
        down, across = int(rows.min()) - 8, int(columns.min()) - 4
        found.add((down, across))
        outside = np.pad(np.full((32, 32), -2.0), 4)[4 - down : 36 - down, 4 - across : 36 - across]
        outside[rows, columns] = 3
        assert np.array_equal(there, outside)
    assert {abs(step) for pair in found for step in pair} == {0, 1, 2, 3, 4} and len(found) == 81
    assert 250 < mirrored < 350


def learned(digits, seed):
    """The weights of a small model after an epoch on 200 digits; the same start for every seed."""
    few = training.Data((digits.train[0][:200], digits.train[1][:200]), digits.test, digits.classes)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(10, "softmax", kernel_initializer="zeros"),
        ]
    )
    model.compile(adam(few, 1, 20, 0.01), "categorical_crossentropy")
    fit(model, few, epochs=1, batch_size=20, seed=seed, verbose=0)
    return model.get_weights()


def test_the_seed_decides_what_is_learnt(digits):
    first, again, other = (learned(digits, seed) for seed in (1, 1, 2))
    assert all(np.array_equal(one, two) for one, two in zip(first, again))
    assert abs(first[0] - other[0]).max() > 1e-3


def test_the_rate_falls_along_half_a_cosine(digits):
    """Keras' own name for it is cosine decay: (1 + cos(pi t)) / 2 of the first rate after the share t."""
    steps = 4 * 45  # 1,438 images in batches of 32
    optimizer = adam(digits, epochs=4, batch_size=32, rate=0.1)
    for share, rate in ((0, 0.1), (1 / 3, 0.075), (1 / 2, 0.05), (2 / 3, 0.025), (1, 0)):
        optimizer.iterations.assign(round(share * steps))
        assert float(optimizer.learning_rate) == pytest.approx(rate, abs=1e-7)


@pytest.mark.parametrize("heads", [1, 2, 3])
def test_learns_colours_with_every_head(folder, heads):
    """A model of one, two or three outputs trains all of them; the first tells red from blue."""
    data = training.load(folder)
    optimizer = adam(data, epochs=6, batch_size=4, rate=0.5)
    inputs = keras.Input((8, 8, 3))
    mean = keras.layers.GlobalAveragePooling2D()(inputs)
    outputs = [keras.layers.Dense(2, "softmax", name=f"head{i}")(mean) for i in range(heads)]
    model = keras.Model(inputs, outputs if heads > 1 else outputs[0])
    model.compile(optimizer, ["categorical_crossentropy"] * heads, metrics=["accuracy"] * heads)
    before = model.get_weights()
    fit(model, data, epochs=6, batch_size=4, seed=1, verbose=0)
    assert not any(np.array_equal(old, new) for old, new in zip(before, model.get_weights()))
    assert training.confusion(model, data).tolist() == [[2, 0], [0, 2]]
    assert np.isclose(optimizer.learning_rate, 0, atol=1e-9)


def test_confusion_counts_by_true_class(digits):
    """A model that always answers 3 puts every image in that column."""
    model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(10)])
    model.layers[-1].set_weights([np.zeros((64, 10)), np.eye(10)[3]])
    table = training.confusion(model, digits, batch_size=400)
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
    with pytest.raises(ValueError, match="data must be a str or a pathlib.Path; got 7"):
        training.load(7)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="two or more sub-folders.*0 sub-folders"):
        training.load(tmp_path / "empty")
    (folder / "green").mkdir()
    with pytest.raises(ValueError, match="in green fewer than two"):
        training.load(folder)


@pytest.mark.parametrize("nested", [True, False])
def test_the_parts_of_a_data_set_are_given_one_at_a_time(tmp_path, folder, nested):
    """`photos` for `photos/train`: its sub-folders are no classes, whether they hold folders or images."""
    whole = tmp_path / "whole"
    for part in ("train", "Val"):
        (whole / part).mkdir(parents=True)
        for path in folder.iterdir():
            if nested:
                (whole / part / path.name).symlink_to(path)
            elif path.name in ("red", "blue"):
                (whole / part / f"{path.name}.png").symlink_to(path / "0.png")
    hint = re.escape(f" Parts of one data set (Val, train) are given one at a time, such as '{whole}/train'.")
    with pytest.raises(ValueError, match=hint):
        training.load(whole)
    if nested:
        assert training.load(whole / "train").classes == ["blue", "red"]


def test_missing_pillow_is_named(monkeypatch, folder):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"Pillow: pip install .*\[train\]"):
        training.load(folder)


def damaged(path):
    path.write_bytes(path.read_bytes()[:60])


def test_what_is_not_an_image_is_left_out_and_damaged_files_are_found_when_they_are_shown(folder):
    """Those to learn from and those held out; the first two of a class before."""
    whole = training.load(folder)
    bad = [whole.train[0][3], whole.train[0][9], whole.test[0][1]]
    for path in bad:
        damaged(path)
    (folder / "red" / "cat.tiff").touch()
    (folder / "blue" / "more").mkdir()
    (folder / "lost.jpg").touch()
    seen = []
    data = training.load(folder, tracked=lambda folders: seen.extend(folders) or folders)
    assert seen == [folder / "blue", folder / "red"]
    assert data.left_out == {".txt": 2, ".tiff": 1, "folders": 1, "images beside the class folders": 1}
    assert (list(data.train[0]), list(data.test[0])) == (list(whole.train[0]), list(whole.test[0]))
    model = colours(data)
    fit(model, data, epochs=1, batch_size=4, seed=1, verbose=0)
    assert training.confusion(model, data).sum() == 3
    assert set(data.unreadable) == set(bad)
    assert all(why.startswith(f"{path}: ") for path, why in data.unreadable.items())


def test_two_readable_images_in_each_class_are_needed(folder):
    for path in sorted((folder / "red").glob("*.*"))[1:]:
        damaged(path)
    with pytest.raises(ValueError, match="got .* with in red fewer than two readable ones"):
        training.load(folder)


def colours(data):
    """A small network and how it learns to tell two colours."""
    mean = keras.layers.GlobalAveragePooling2D()
    model = keras.Sequential([keras.Input((8, 8, 3)), mean, keras.layers.Dense(2, "softmax")])
    model.compile(adam(data, 3, 4, 0.1), "categorical_crossentropy")
    return model


def test_files_that_go_bad_during_the_training_are_skipped(folder):
    data = training.load(folder)
    gone, broken = data.train[0][0], data.test[0][0]

    class Accident(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            gone.unlink(missing_ok=True)
            broken.write_text("")

    model = colours(data)
    fit(model, data, epochs=3, batch_size=4, seed=1, verbose=0, callbacks=[Accident()])
    assert training.confusion(model, data).sum() == len(data.test[0]) - 1
    assert data.unreadable == {
        gone: f"{gone}: there is no such file",
        broken: f"{broken}: the file is empty",
    }


def test_a_folder_that_goes_away(folder):
    data = training.load(folder)
    folder.rename(folder.with_name("elsewhere"))
    model = colours(data)
    with pytest.raises(
        ValueError, match="none of 16 images in a row can be read any more; .*: there is no such file"
    ):
        fit(model, data, epochs=3, batch_size=4, seed=1, verbose=0)
    with pytest.raises(ValueError, match="no held-out image can be read any more; .*no such file"):
        training.confusion(model, data)


def test_bad_image(folder):
    (folder / "red" / "3.png").write_bytes(b"this is no image")
    with pytest.raises(ValueError, match=r"/red/3\.png: not a BMP, GIF, JPEG, PNG or WebP image"):
        training.pixels(folder / "red" / "3.png", (8, 8, 3))
