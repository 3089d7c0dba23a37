"""Where nothing differs that can be seen and a layer is hidden, it is unknown whether both are the same.

Numbers decide where they can: `by_numbers` or the outputs of the models themselves say what is right.
"""

import json

import keras
import numpy as np
import pytest
from keras import layers, ops
from support.compare_cases import conv
from support.compare_cases import filled as model
from typer.testing import CliRunner

from keras_cnns import assert_matches, compare
from keras_cnns.cli.main import app


class Closed(layers.Layer):
    """A convolution and what follows it, as code that symbolic tensors cannot go through."""

    def __init__(self, function="relu", flipped=False, **options):
        super().__init__(**options)
        self.conv, self.function, self.flipped = layers.Conv2D(4, 3), function, flipped

    def build(self, shape):
        self.conv.build(shape)

    def compute_output_spec(self, x):
        return keras.KerasTensor(self.conv.compute_output_shape(x.shape), x.dtype)

    def call(self, x):
        if isinstance(x, keras.KerasTensor):
            raise NotImplementedError
        return getattr(ops, self.function)(self.conv(ops.flip(x, -1) if self.flipped else x))


def hidden(*last, **options):
    return model(conv(3, 3), Closed(**options), *(last or plain_end()))


def plain_end():
    return layers.Flatten(), layers.Dense(5)


def reference():
    return model(conv(3, 3), conv(4, 3), layers.ReLU(), *plain_end())


def test_numbers_show_that_a_hidden_layer_is_right():
    for one, other in ((hidden(), reference()), (reference(), hidden())):
        report = compare(one, other)
        assert (report.verdict, report.is_same, report.proved) == ("equivalent", True, True), str(report)
        assert len(report.equivalences) == 1


@pytest.mark.parametrize("options", [{"function": "tanh"}, {"flipped": True}])
def test_what_numbers_do_not_show_is_unknown(options):
    """Turned channels would be right with a turned kernel, so that outputs differ says nothing."""
    report = compare(hidden(**options), reference())
    assert (report.verdict, report.is_same, report.proved, report.differences) == ("unknown", None, None, ())
    assert report.reaches("same shapes") and not report.reaches("equivalent")
    (note,) = [note for note in report.notes if "a person" in note]
    assert "closed" in note and "conv2d" in note
    record = json.loads(report.json())
    assert (record["verdict"], record["is_same"]) == ("unknown", None)
    for text in (report.text(), report.html(), report.markdown(), report.csv()):
        assert "unknown" in text and "Closed cannot be opened" in " ".join(text.split()) + report.text()
    with pytest.raises(AssertionError, match="unknown"):
        assert_matches(hidden(**options), reference())
    assert_matches(hidden(**options), reference(), level="same shapes")


def test_what_was_not_seen_to_be_right_gives_no_points():
    report = compare(hidden(), reference(), prove=False)
    assert report.verdict == "unknown"
    assert report.score(8) == round(8 * report.share, 2) < 8
    with pytest.raises(ValueError, match="points must be"):
        report.score(-1)


def test_the_rest_is_compared():
    report = compare(hidden(layers.Flatten(), layers.Dense(7)), reference())
    assert [one.attribute for one in report.differences] == ["n_classes"]
    assert report.verdict == "different"
    elsewhere = compare(model(conv(3, 5), Closed(), *plain_end()), reference())
    assert "kernel" in [one.attribute for one in elsewhere.differences]


def mirrored(x):
    """Rows and columns of a map change places."""
    return ops.transpose(x, (0, 2, 1, 3))


def upside_down(x):
    return ops.flip(x, 1)


@pytest.mark.parametrize(("function", "verdict"), [(mirrored, "equivalent"), (upside_down, "same shapes")])
def test_numbers_decide_on_a_function(function, verdict):
    """Rows and columns change places, by a function and by a layer of Keras."""
    mine = model(conv(8, 3), layers.Lambda(function), *plain_end())
    theirs = model(conv(8, 3), layers.Permute((2, 1, 3)), *plain_end())
    report = compare(mine, theirs)
    assert report.verdict == verdict, str(report)
    assert len(report.differences) == (verdict == "same shapes")
    x = np.random.default_rng(0).standard_normal((2, *mine.input_shape[1:])).astype("float32")
    theirs.set_weights(mine.get_weights())
    same = np.allclose(mine.predict(x, verbose=0), theirs.predict(x, verbose=0), atol=1e-4)
    assert same == (verdict == "equivalent")
    assert compare(mine, theirs, prove=False).verdict == "unknown"


def test_sameness_that_was_to_be_shown_and_is_not():
    def random():
        noise = layers.GaussianNoise(0.5)
        return model(conv(3, 3), lambda x: noise(x, training=True), *plain_end())

    one, other = random(), random()
    assert compare(one, other).verdict == "exact"
    assert compare(one, other, prove=True).verdict == "unknown"


def test_the_exit_status(tmp_path):
    files = {name: str(tmp_path / f"{name}.keras") for name in ("right", "hidden", "wrong", "reference")}
    reference().save(files["right"])
    reference().save(files["reference"])
    hidden().save(files["hidden"])
    model(conv(3, 5), conv(4, 3), layers.ReLU(), *plain_end()).save(files["wrong"])

    def status(*names, level="equivalent"):
        words = ["compare", *(files[name] for name in names), files["reference"], "--csv", "--level", level]
        return CliRunner().invoke(app, words).exit_code

    assert [status("right"), status("wrong"), status("hidden")] == [0, 1, 3]
    assert [status("right", "hidden"), status("hidden", "wrong")] == [3, 1]
    assert status("hidden", level="same shapes") == 3  # nor does a file say what weights it has
    single = CliRunner().invoke(app, ["compare", files["hidden"], files["reference"]])
    assert single.exit_code == 3 and "unknown" in single.stdout
