"""Fire modules, dense blocks and residual blocks that others write in other ways are drawn as in papers."""

import keras
import pytest
from keras import layers, ops
from support.outline_grammar import bare, elements, parse
from support.unfolded import check

from keras_cnns.diagram.fold.fold import fold
from keras_cnns.visualize import outline
from keras_cnns.weightless import build_weightless


def drawing(build, *settings):
    """The outline parsed, when the picture has been found to be true."""
    model = build_weightless(build, *settings)
    check(fold(model))
    return parse(outline(model))


def conv(x, filters, kernel=3, activation="relu"):
    return layers.Conv2D(filters, kernel, padding="same", activation=activation)(x)


def normed(x):
    return layers.ReLU()(layers.BatchNormalization()(x))


# ---- a convolution that squeezes before what expands ----


def fires(block, widths=((16, 64), (16, 64), (32, 128), (48, 192)), first=64):
    inputs = x = keras.Input((32, 32, 3))
    x = conv(x, first)
    for squeeze, expand in widths:
        x = block(x, squeeze, expand)
    x = conv(layers.Dropout(0.5)(x), 10, 1)
    return keras.Model(inputs, layers.GlobalAveragePooling2D()(x))


def fire(x, squeeze, expand):
    x = conv(x, squeeze, 1)
    return layers.Concatenate()([conv(x, expand, 3), conv(x, expand, 1)])


def normed_fire(x, squeeze, expand):
    x = normed(conv(x, squeeze, (1, 1), None))
    return layers.concatenate([normed(conv(x, expand, kernel, None)) for kernel in (1, 3)])


def fire_of_three(x, squeeze, expand):
    x = conv(x, squeeze, 1)
    return layers.Concatenate()([conv(x, expand, kernel) for kernel in (1, 3, 5)])


def added(x, squeeze, expand):
    x = conv(x, squeeze, 1)
    return layers.Add()([conv(x, expand), conv(x, expand, 5)])


def with_bypass(x, squeeze, expand):
    y = fire(x, squeeze, expand)
    return layers.Add()([x, y]) if x.shape[-1] == y.shape[-1] else y


@pytest.mark.parametrize(
    ("block", "name", "inside"),
    [
        (fire, "Fire", "conv 1×1 → ( conv 1×1 | conv 3×3 ) → concat"),
        (normed_fire, "Fire", "conv 1×1 → ( conv 1×1 | conv 3×3 ) → concat"),
        (fire_of_three, "Inception", "conv 1×1 → ( conv 1×1 | conv 3×3 | conv 5×5 ) → concat"),
        (added, "conv block", "conv 1×1 → ( conv 3×3 | conv 5×5 ) → add"),
    ],
)
def test_what_squeezes_is_in_the_module(block, name, inside):
    picture = drawing(fires, block)
    assert bare(picture.lane) == f"input → conv 3×3 → [{name}]×4 → conv 1×1 → global avg-pool"
    assert {name: bare(parts) for name, parts in picture.modules.items()} == {name: inside}


def test_modules_without_a_bypass_are_like_those_with_one():
    picture = drawing(fires, with_bypass)
    assert bare(picture.lane) == (
        "input → conv 3×3 → Fire → identity block → [Fire]×2 → conv 1×1 → global avg-pool"
    )
    inside = bare(picture.modules["Fire"])
    assert bare(picture.modules["identity block"]) == f"( {inside} | – ) → add"


def expanding(x, narrow, wide):
    x = conv(x, 4 * wide, 1)
    return conv(layers.Concatenate()([conv(x, wide, 3), conv(x, wide, 5)]), narrow, 1)


def wide_window(x, squeeze, expand):
    x = conv(x, squeeze, 3)
    return layers.Concatenate()([conv(x, expand, 3), conv(x, expand, 1)])


def residual(x, squeeze, _):
    x = conv(x, squeeze, 1)
    return layers.Add()([x, conv(conv(x, squeeze), squeeze)])


def squeezed_once(x, squeeze, expand):
    x = conv(x, squeeze, 1) if x.shape[-1] == 64 else conv(x, squeeze, 5)
    return layers.Concatenate()([conv(x, expand, 3), conv(x, expand, 1)])


def strided(x, squeeze, expand):
    x = layers.Conv2D(squeeze, 1, 2)(x)
    return layers.Concatenate()([conv(x, expand, 3), conv(x, expand, 1)])


def as_wide(x, squeeze, _):
    x = conv(x, squeeze, 1)
    return layers.Concatenate()([conv(x, squeeze // 2, 3), conv(x, squeeze // 2, 1)])


def with_shortcut(x, squeeze, expand):
    x = conv(x, squeeze, 1)
    return layers.Concatenate()([x, conv(x, expand)])


OTHERS = [expanding, wide_window, residual, squeezed_once, strided, as_wide, with_shortcut]


@pytest.mark.parametrize("block", OTHERS)
def test_what_does_not_squeeze_each_time_stays_outside(block):
    modules = drawing(fires, block).modules
    assert modules and all(bare(parts).startswith("( ") for parts in modules.values())


def test_a_module_that_a_model_begins_with_has_no_convolution_before_it():
    def beginning():
        inputs = x = keras.Input((8, 8, 4))
        x = layers.Concatenate()([conv(x, 8), conv(x, 8, 1)])
        return keras.Model(inputs, fire(fire(x, 4, 8), 4, 8))

    def inside():
        inputs = keras.Input((8, 8, 4))
        return keras.Model(inputs, beginning()(inputs))

    for build in (beginning, inside):
        assert bare(drawing(build).modules["parallel"]) == "( conv 1×1 | conv 3×3 ) → concat"


def test_one_layer_that_squeezes_before_each_module():
    shared = layers.Conv2D(8, 1, name="shared")

    def again(x, _, expand):
        x = shared(x)
        return layers.Concatenate()([conv(x, expand, 3), conv(x, expand, 1)])

    drawing(fires, again, ((8, 32),) * 3)


def test_one_module_is_no_kind_of_module():
    """What is there once may be anything."""
    assert bare(drawing(fires, fire, ((16, 64),)).lane) == (
        "input → conv 3×3 → conv 1×1 → parallel → conv 1×1 → global avg-pool"
    )


# ---- how many channels a dense block appends ----


def dense_network(block, depth=4, growth=12):
    inputs = keras.Input((16, 16, 3))
    x = layers.AveragePooling2D(2)(conv(block(conv(inputs, 24), depth, growth), 20, 1))
    return keras.Model(inputs, layers.GlobalAveragePooling2D()(block(x, depth, growth)))


def appended(x, depth, growth):
    for _ in range(depth):
        x = layers.Concatenate()([x, conv(normed(conv(normed(x), 4 * growth, 1, None)), growth, 3, None)])
    return x


def prepended(x, depth, growth):
    for _ in range(depth):
        x = layers.concatenate([layers.Dropout(0.2)(conv(x, growth)), x], axis=3)
    return x


def of_functions(x, depth, growth):
    for _ in range(depth):
        x = ops.concatenate([x, conv(ops.relu(x), growth, 3, None)], axis=-1)
    return x


def unlike(x, depth, growth):
    for i in range(depth):
        x = layers.Concatenate()([x, conv(x, growth + 4 * i)])
    return x


def twice(x, depth, growth):
    for _ in range(depth):
        x = layers.Concatenate()([x, x, conv(x, growth)])
    return x


def of_all_before(x, depth, growth):
    maps = [x]
    for _ in range(depth):
        maps.append(conv(layers.Concatenate()(maps) if len(maps) > 1 else x, growth))
    return layers.Concatenate()(maps)


def of_two_before(x, depth, growth):
    maps = [x]
    for _ in range(depth):
        maps.append(conv(layers.Concatenate()(maps[-2:]) if len(maps) > 1 else x, growth))
    return layers.Concatenate()(maps)


def unlike_of_all(x, depth, growth):
    maps = [x]
    for i in range(depth):
        maps.append(conv(layers.Concatenate()(maps) if len(maps) > 1 else x, growth + 4 * i))
    return layers.Concatenate()(maps)


@pytest.mark.parametrize(
    ("block", "name", "said"),
    [
        (appended, "dense unit", "growth 12"),
        (prepended, "dense unit", "growth 12"),
        (of_functions, "dense unit", "growth 12"),
        (unlike, "dense unit", "growth 12, 16, 20, 24"),
        (twice, "dense unit", ""),
        (of_all_before, "dense block", "growth 12"),
        (unlike_of_all, "dense block", ""),
    ],
)
def test_growth(block, name, said):
    model = build_weightless(dense_network, block)
    check(fold(model))
    found = [element for element in elements(parse(outline(model)).lane) if element.label == name]
    assert [", ".join(element.notes) for element in found] == [said] * 2
    if said == "growth 12":
        assert model.layers[-1].input.shape[-1] == 20 + 4 * 12


def of_the_first_and_the_last(x, depth, growth):
    maps = [x]
    for _ in range(depth):
        maps.append(conv(layers.Concatenate()([x, maps[-1]]) if len(maps) > 1 else x, growth))
    return layers.Concatenate()(maps)


def of_all_but_one(x, depth, growth):
    maps = [x]
    for i in range(depth):
        read = maps[:2] + maps[3:] if i == 3 else maps
        maps.append(conv(layers.Concatenate()(read) if len(read) > 1 else x, growth))
    return layers.Concatenate()(maps)


@pytest.mark.parametrize("block", [of_two_before, of_the_first_and_the_last, of_all_but_one])
def test_a_block_that_forgets_is_not_called_dense(block):
    model = build_weightless(dense_network, block)
    check(fold(model))
    assert "dense" not in outline(model) and "growth" not in outline(model)


# ---- where the stem ends, and what stands before a convolution ----


def bottleneck(x, width, project=None):
    y = conv(normed(conv(normed(conv(x, width, 1, None)), width, 3, None)), 4 * width, 1, None)
    if project:
        x = project(x, 4 * width)
    return layers.ReLU()(layers.Add()([layers.BatchNormalization()(y), x]))


def deep_stem(others):
    """A ResNet with a stem of three convolutions; the first projection is of another kind than the others."""
    inputs = x = keras.Input((32, 32, 3))
    for _ in range(3):
        x = normed(conv(x, 16, 3, None))
    x = layers.MaxPooling2D(2)(x)
    for width, project in ((8, lambda x, n: conv(x, n, 1, None)), (16, others), (32, others)):
        x = bottleneck(bottleneck(x, width, project), width)
    return keras.Model(inputs, layers.GlobalAveragePooling2D()(x))


@pytest.mark.parametrize(
    "others",
    [lambda x, n: conv(x, n, 3, None), lambda x, n: conv(layers.AveragePooling2D(1)(x), n, 1, None)],
)
def test_a_stem_ends_before_the_first_block(others):
    blocks = "conv block A → identity block → [conv block B → identity block]×2"
    lane = bare(drawing(deep_stem, others).lane)
    assert lane == f"input → [conv 3×3]×3 → max-pool 2×2 → {blocks} → global avg-pool"


def stages_of_layer_norm():
    inputs = keras.Input((16, 16, 3))
    x = layers.LayerNormalization(name="stem")(layers.Conv2D(8, 2, 2)(inputs))
    for stage in range(3):
        x = layers.Conv2D(8, 2, 2)(layers.LayerNormalization()(x)) if stage else x
        for _ in range(3):
            x = layers.Add()([x, layers.LayerNormalization()(layers.DepthwiseConv2D(3, padding="same")(x))])
    return keras.Model(inputs, x)


def test_a_normalization_after_the_last_block_of_a_stage_comes_before_the_convolution():
    """A stem of one box needs no explanation, and stands in the lane."""
    picture = drawing(stages_of_layer_norm)
    assert list(picture.modules) == ["identity block"]
    blocks = "[identity block]×3"
    assert bare(picture.lane) == f"input → conv 2×2 → {blocks} → [conv 2×2 → {blocks}]×2"
    first, second = (element for element in elements(picture.lane) if element.label == "conv 2×2")
    assert (first.before, first.after, second.before, second.after) == ([], ["L"], ["L"], [])


def test_an_activation_after_the_last_block_of_a_repeat_stays_a_box():
    inputs = x = keras.Input((16, 16, 8))
    for i in range(3):
        x = conv(x, 8)
        x = layers.Add()([x, conv(conv(x, 8, 5), 8, 5)])
        x = layers.ReLU()(x) if i == 2 else x
    lane = "input → [conv 3×3 → identity block]×3 → ReLU → conv 1×1"
    assert bare(drawing(keras.Model, inputs, conv(x, 4, 1)).lane) == lane
