"""Equal cells in a row that read the two before are one with ×N, and their pictures are true."""

import keras
import pytest
from keras import layers
from support import scene_reader, unfolded
from support.models import conv
from support.outline_grammar import Repeat, elements, parse

from keras_cnns.diagram.fold.fold import fold
from keras_cnns.visualize import outline, plot_model
from keras_cnns.weightless import build_weightless


def cell(one, other, kernels=(3, 5)):
    """It opens as NASNet's do: an activation and a 1×1 convolution for each way."""
    a, b = (conv(layers.ReLU()(x), 1, activation=None) for x in (one, other))
    sums = [layers.Add()([conv(a, k), conv(b, k)]) for k in kernels]
    return layers.Concatenate()([b, *sums, layers.Add()([a, layers.AveragePooling2D(3, 1, "same")(b)])])


def image():
    return keras.Input((32, 32, 4))


def stem(i):
    x = conv(i)
    return x, conv(conv(x, 5), 5)


def row(n, odd=None, end=None, start=stem, build=cell):
    """Cells and what follows them; the `odd` one has other kernels."""
    i = image()
    before, x = start(i)
    found = []
    for k in range(n):
        before, x = x, build(x, before, *[(3, 7)] * (k == odd))
        found.append(x)
    return keras.Model(i, end(x, before, found) if end else layers.GlobalAveragePooling2D()(layers.ReLU()(x)))


def stages(n, of):
    """Rows with a cell of another kind between them, as in Zoph et al. 2018, "Learning Transferable …"."""
    i = image()
    before, x = stem(i)
    for stage in range(n):
        for _ in range(of):
            before, x = x, cell(x, before)
        if stage < n - 1:
            before, x = x, cell(x, before, (3, 7, 9))
    return keras.Model(i, layers.Dense(3)(layers.GlobalAveragePooling2D()(x)))


def model_of_two():
    one, other = keras.Input((32, 32, 3)), keras.Input((32, 32, 3))
    return keras.Model([one, other], conv(layers.Concatenate()([conv(one), conv(other, 5)]), 1))


def of_models(n, shared=False):
    same = model_of_two()
    i = image()
    before, x = conv(i), conv(i, 5)
    for _ in range(n):
        before, x = x, (same if shared else model_of_two())([x, before])
    return keras.Model(i, x)


def both_from_one(i):
    x = conv(i)
    return x, x


def normalized(one, other, *kernels):
    return layers.BatchNormalization()(cell(one, other, *kernels))


def two_sums(x, before, found):
    return layers.Add()([conv(x), conv(before, 5), conv(before, 7)])


def inside(n):
    inner = row(n)
    i = image()
    return keras.Model(i, layers.Dense(3)(inner(layers.Conv2D(4, 3, padding="same")(i))))


MODELS = {
    "two": lambda: row(2),
    "three": lambda: row(3),
    "seven": lambda: row(7),
    "both read after": lambda: row(4, end=lambda x, before, _: layers.Add()([conv(x), conv(before, 5)])),
    "one before read only": lambda: row(4, end=lambda x, before, _: layers.Add()([before, x])),
    "the one before read twice": lambda: row(4, end=two_sums),
    "an output inside": lambda: row(6, end=lambda x, before, found: [conv(x), conv(found[2], 5)]),
    "the first read after": lambda: row(
        5, end=lambda x, _, found: layers.Add()([conv(x), conv(found[0], 5)])
    ),
    "one is another": lambda: row(7, odd=3),
    "both ways from one": lambda: row(5, start=both_from_one),
    "normalized": lambda: row(5, build=normalized),
    "stages": lambda: stages(3, 3),
    "in a model": lambda: inside(4),
    "models": lambda: of_models(5),
    "one model": lambda: of_models(4, shared=True),
}


@pytest.mark.parametrize("name", MODELS)
def test_picture_is_true(name):
    scene_reader.check(build_weightless(MODELS[name]))


@pytest.mark.parametrize("name", [name for name in MODELS if "model" not in name])
def test_fold_unfolds_to_the_model(name):
    unfolded.check(fold(build_weightless(MODELS[name])))


def counts(model):
    """How many copies each row in the lane has."""
    found = []
    ahead = list(parse(outline(model)).lane)
    while ahead:
        part = ahead.pop(0)
        if isinstance(part, Repeat) and any(
            "each reads the two before" in one.notes for one in elements([part])
        ):
            found.append(part.count)
        elif hasattr(part, "all"):
            ahead[:0] = [inner for branch in part.all for inner in branch]
    return found


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("three", [3]),
        ("seven", [7]),
        ("both read after", [4]),
        ("the one before read twice", [4]),
        ("an output inside", [3, 3]),
        ("one is another", [3, 3]),
        ("normalized", [5]),
        ("stages", [3, 3, 3]),
        ("models", [5]),
    ],
)
def test_equal_cells_in_a_row_are_one(name, expected):
    assert counts(build_weightless(MODELS[name])) == expected


def test_what_reads_the_last_but_one_is_no_other():
    """The pictures of networks that differ in one edge are not true of each other."""
    ends = [
        lambda x, before, _: layers.Add()([conv(x), conv(before, 5)]),
        lambda x, before, _: layers.Add()([conv(before), conv(x, 5)]),
        lambda x, before, found: layers.Add()([conv(x), conv(found[1], 5)]),
    ]
    models = [build_weightless(row, 4, None, end) for end in ends]
    scenes = [plot_model(model).scene for model in models]
    for i, model in enumerate(models):
        assert [bool(scene_reader.differences(model, scene)) for scene in scenes] == [
            k != i for k in range(3)
        ]


def test_cells_that_read_the_first_but_one_are_no_row():
    """The second cell reads by its second way what the first reads by its second, not by its first."""

    def build():
        i = image()
        other, x = stem(i)
        for _ in range(5):
            x = cell(x, other)
        return keras.Model(i, layers.GlobalAveragePooling2D()(x))

    model = build_weightless(build)
    assert counts(model) == []
    scene_reader.check(model)


@pytest.mark.parametrize("name", ["NASNetMobile", "NASNetLarge"])
def test_nasnet_has_few_boxes(name):
    model = build_weightless(getattr(keras.applications, name), weights=None)
    n = 3 if name == "NASNetMobile" else 5
    assert counts(model) == [n, n, n]
    assert sum(1 for _ in elements(parse(outline(model)).lane)) <= 16
    drawn = plot_model(model).scene
    assert drawn.width <= 2400
    assert scene_reader.differences(model, drawn) == []


def of_two_outputs():
    """A model whose outputs two equal modules with two ways in give, one each."""
    one, other = keras.Input((32, 32, 3)), keras.Input((32, 32, 3))
    x, y = conv(one), conv(other, 5)
    inner = keras.Model([one, other], [cell(x, y), cell(y, x)])
    i = image()
    a, b = inner([conv(i), conv(i, 5)])
    return keras.Model(i, layers.Add()([conv(conv(a)), conv(b, 5)]))


def test_a_module_says_which_output_it_gives():
    model = build_weightless(of_two_outputs)
    scene_reader.check(model)
    assert [one.times for one in fold(model).modules if one.ways == 2 and one.kind == "module"] == [2]
