"""Modules with two ways in: found where a network was built of them, and true edge by edge."""

import keras
import pytest
from keras import layers
from support import scene_reader, unfolded
from support.models import conv

from keras_cnns.diagram.draw.scene import Text
from keras_cnns.diagram.fold.fold import fold
from keras_cnns.diagram.fold.parts import Mesh
from keras_cnns.visualize import plot_model
from keras_cnns.weightless import build_weightless


def double(x):
    return conv(conv(x))


def gate(skip, signal):
    p = conv(layers.Add()([layers.Conv2D(4, 1)(skip), layers.Conv2D(4, 1)(signal)]), 1)
    return layers.Multiply()([skip, p])


def attention_unet(depth):
    """Each level joins what came down, through a gate, with what comes up, which opens the gate, too."""
    i = x = keras.Input((64, 64, 3))
    skips = []
    for _ in range(depth):
        x = double(x)
        skips.append(x)
        x = layers.MaxPooling2D()(x)
    x = double(x)
    for skip in reversed(skips):
        up = layers.Conv2DTranspose(4, 2, 2)(x)
        x = double(layers.Concatenate()([up, gate(skip, up)]))
    return keras.Model(i, layers.Conv2D(1, 1)(x))


def unet_plus_plus(depth, supervised):
    """A triangle: each place reads all before it on its level, and one from the level below."""
    i = keras.Input((64, 64, 3))
    x = {}
    for r in range(depth + 1):
        x[r, 0] = double(i if r == 0 else layers.MaxPooling2D()(x[r - 1, 0]))
    for c in range(1, depth + 1):
        for r in range(depth + 1 - c):
            up = layers.Conv2DTranspose(4, 2, 2)(x[r + 1, c - 1])
            x[r, c] = double(layers.Concatenate()([*(x[r, k] for k in range(c)), up]))
    outputs = [layers.Conv2D(1, 1)(x[0, c]) for c in range(1, depth + 1)]
    return keras.Model(i, outputs if supervised else outputs[-1])


def cell(one, other, kernels=(3, 5)):
    a, b = conv(one, 1), conv(other, 1)
    sums = [layers.Add()([conv(a, k), conv(b, k)]) for k in kernels]
    return layers.Concatenate()([b, *sums, layers.Add()([a, layers.AveragePooling2D(3, 1, "same")(b)])])


def of_cells(n, odd=None):
    """Cells that read the two before; the `odd` one has other kernels."""
    i = keras.Input((64, 64, 3))
    before, x = conv(i), conv(conv(i))
    for k in range(n):
        before, x = x, cell(x, before, (3, 7) if k == odd else (3, 5))
    return keras.Model(i, layers.Add()([conv(x), conv(before)]))


def folded(build, *arguments):
    """The folded diagram of a network, whose every edge has been checked."""
    diagram = fold(build_weightless(build, *arguments))
    unfolded.check_every_vertex(diagram)
    for said, true in unfolded.edges(diagram):
        assert said == true
    return diagram


def two_ways(diagram):
    """How often each module with two ways in is there."""
    return sorted(module.times for module in diagram.modules if module.ways == 2)


@pytest.mark.parametrize("depth", [2, 3, 4, 5])
def test_levels_of_an_attention_unet(depth):
    diagram = folded(attention_unet, depth)
    assert two_ways(diagram) == [depth]
    assert not any(isinstance(part, Mesh) for part in diagram.lane)


@pytest.mark.parametrize("supervised", [False, True])
@pytest.mark.parametrize("depth", [2, 3, 4, 5])
def test_places_of_a_unet_plus_plus(depth, supervised):
    assert two_ways(folded(unet_plus_plus, depth, supervised)) == [depth * (depth + 1) // 2]


@pytest.mark.parametrize("n", [3, 6, 20])
def test_cells_that_read_the_two_before(n):
    assert two_ways(folded(of_cells, n)) == [n]


@pytest.mark.parametrize("odd", [0, 2, 4])
def test_a_cell_of_other_kernels_is_no_copy(odd):
    assert 5 not in two_ways(folded(of_cells, 5, odd))
    assert max(two_ways(folded(of_cells, 5, odd))) <= 4


def test_what_is_an_output_is_not_inside_a_module():
    def build():
        i = keras.Input((64, 64, 3))
        before, x = conv(i), conv(conv(i))
        inner = []
        for _ in range(5):
            y = conv(x, 1)
            inner.append(y)
            before, x = x, layers.Add()([conv(y), conv(y, 5), conv(before), conv(before, 5)])
        return keras.Model(i, [layers.Add()([conv(x), conv(before)]), inner[2]])

    folded(build)


def hierarchical(n):
    """Blocks that read one place several times, as in Gao et al. 2019, "Res2Net"."""
    i = keras.Input((32, 32, 3))
    x = conv(i)
    for _ in range(n):
        b = conv(layers.ReLU()(x))
        c = conv(layers.Add()([x, b]))
        d = conv(layers.Add()([x, c]))
        x = layers.Add()([x, conv(layers.Concatenate()([x, b, c, d]), 1)])
    return keras.Model(i, x)


def split_in_parts(n):
    """The same on parts of the channels."""
    i = keras.Input((32, 32, 4))
    x = layers.Conv2D(8, 3, padding="same")(i)
    for _ in range(n):
        a, b, c, d = keras.ops.split(x, 4, axis=-1)
        b = layers.Conv2D(2, 3, padding="same", activation="relu")(b)
        c = layers.Conv2D(2, 3, padding="same", activation="relu")(c + b)
        d = layers.Conv2D(2, 3, padding="same", activation="relu")(d + c)
        x = layers.Add()([x, layers.Concatenate()([a, b, c, d])])
    return keras.Model(i, x)


@pytest.mark.parametrize("build", [hierarchical, split_in_parts])
def test_what_all_read_by_both_ways_is_no_second_way(build):
    model = build_weightless(build, 3)
    scene_reader.check(model)
    assert two_ways(folded(build, 3)) in ([], [3])


@pytest.mark.parametrize(("build", "argument"), [(attention_unet, 4), (of_cells, 8)])
def test_the_numbers_of_the_ways_are_in_the_picture(build, argument):
    model = build_weightless(build, argument)
    diagram, scene = fold(model), plot_model(model).scene
    numbers = [
        shape.string for shape in scene.shapes if isinstance(shape, Text) and shape.string in ("1", "2")
    ]
    drawn = sum(box.ways == 2 for box in diagram.boxes()) + len(two_ways(diagram))
    assert numbers.count("1") == numbers.count("2") == drawn > 1


@pytest.mark.parametrize("rankdir", ["LR", "RL", "TB", "BT"])
def test_lines_of_words_are_in_their_order(rankdir):
    model = build_weightless(attention_unet, 2)
    texts = [shape for shape in plot_model(model, rankdir=rankdir).scene.shapes if isinstance(shape, Text)]
    for first in [text for text in texts if text.string == "max-pool"]:
        assert any(text.string == "2×2" and 0 < text.y - first.y < 20 and text.x == first.x for text in texts)
