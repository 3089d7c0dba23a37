"""Blocks without a shortcut are counted with those that have one, in lanes that would be long otherwise."""

import keras
import pytest
from keras import layers
from support import scene_reader
from support.models import conv
from support.outline_grammar import Element, Repeat, bare, parse
from support.sizes import weightless
from support.unfolded import all_boxes, check

from keras_cnns.diagram.fold.fold import fold
from keras_cnns.visualize import outline
from keras_cnns.weightless import build_weightless

EACH, HAS = "the first of each", "has no shortcut"


def inverted(x, width, stride=1, expansion=6, kernel=3, gate=False):
    """An inverted residual block; it has a shortcut where the shape stays."""
    y = x
    if expansion > 1:
        y = layers.Conv2D(x.shape[-1] * expansion, 1, use_bias=False)(y)
        y = layers.ReLU(6)(layers.BatchNormalization()(y))
    y = layers.DepthwiseConv2D(kernel, stride, padding="same", use_bias=False)(y)
    y = layers.ReLU(6)(layers.BatchNormalization()(y))
    if gate:
        pooled = layers.GlobalAveragePooling2D(keepdims=True)(y)
        y = layers.Multiply()([y, layers.Conv2D(y.shape[-1], 1, activation="sigmoid")(conv(pooled, 1))])
    y = layers.BatchNormalization()(layers.Conv2D(width, 1, use_bias=False)(y))
    return layers.Add()([x, y]) if stride == 1 and x.shape[-1] == width else y


def network(counts, head=lambda x: [], **options):
    """Stages of so many blocks, of which the first has another width."""
    inputs = x = keras.Input((32, 32, 3))
    x = conv(x)
    heads = []
    for stage, count in enumerate(counts):
        for i in range(count):
            x = inverted(x, 8 * (stage + 1), stride=2 if stage % 2 and not i else 1, **options)
        heads += head(x)
    return keras.Model(inputs, [layers.Dense(5)(layers.GlobalAveragePooling2D()(x)), *heads])


def drawing(model):
    check(fold(model))
    scene_reader.check(model)
    return parse(outline(model))


def stages(parts, modules):
    """How many blocks each stage has, as an outline says: one begins where there is no shortcut."""
    counts = []
    for part in parts:
        inner = part.body if isinstance(part, Repeat) else []
        if len(inner) == 1 and isinstance(inner[0], Element):
            said = [note for note in inner[0].notes if "no shortcut" in note]
            counts += [1] * part.count if said == ["no shortcut"] else [part.count]
            assert not said or said[0] in (
                "no shortcut",
                "the first has no shortcut",
                f"{EACH} {part.count} {HAS}",
            )
        elif inner:
            counts += stages(inner, modules) * part.count
        elif isinstance(part, Element) and part.label in modules:
            counts.append(1)
    return counts


@pytest.mark.parametrize("gate", [False, True])
@pytest.mark.parametrize(
    "counts", [[2, 3, 4, 3, 3, 1], [1, 2, 1, 3, 2, 2, 4], [4, 4, 2, 4, 2], [1, 1, 2, 1, 3, 1, 5, 2, 4]]
)
def test_stages_are_counted_as_papers_do(counts, gate):
    drawn = drawing(build_weightless(network, counts, gate=gate))
    assert stages(drawn.lane, drawn.modules) == counts
    assert len(drawn.modules) == 1


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        # Sandler et al. 2018, Table 2, without the first block, which does not expand.
        ("MobileNetV2", [2, 3, 4, 3, 3, 1]),
        # Tan and Le 2019, Table 1, stages 3 to 8.
        ("EfficientNetB0", [2, 2, 3, 3, 4, 1]),
        # Tan and Le 2021, Table 4.
        ("EfficientNetV2S", [2, 4, 4, 6, 9, 15]),
        # Howard et al. 2019, Table 1; a block is another if its kernel, gate or activation is.
        ("MobileNetV3Large", [1, 2, 3, 4, 2, 3]),
    ],
)
def test_stages_of_the_papers(name, counts):
    drawn = parse(outline(weightless(name)))
    drawn.modules.pop("squeeze-excite", None)
    assert stages(drawn.lane, drawn.modules) == counts


def test_a_short_lane_is_drawn_as_it_is():
    drawn = drawing(build_weightless(network, [2, 2]))
    assert "no shortcut" not in outline(build_weightless(network, [2, 2]))
    assert "[conv 1×1 → conv dw 3×3 → conv 1×1 → inverted residual]×2" in bare(drawn.lane)


def with_heads(counts, kind, *places):
    """The network, with a head on the output of layers of this class, counted from 0."""
    model = network(counts)
    read = [layer.output for layer in model.layers if isinstance(layer, kind)]
    heads = [layers.Dense(2)(layers.GlobalAveragePooling2D()(read[place])) for place in places]
    return keras.Model(model.inputs, [*model.outputs, *heads])


def test_what_is_read_inside_is_no_block():
    """A head reads what the second stage expands to, so that stage begins with its layers."""
    drawn = drawing(build_weightless(with_heads, [2, 3, 3, 3], layers.DepthwiseConv2D, 2))
    assert [bare(series) for series in drawn.aux] == ["global avg-pool → dense 2"]
    assert stages(drawn.lane, drawn.modules) == [2, 2, 3, 3]


def test_a_block_whose_end_is_read_ends_a_repeat():
    """The first block of the second stage is an output of the backbone, too."""
    drawn = drawing(build_weightless(with_heads, [3, 3, 3, 3], layers.BatchNormalization, 11))
    assert [bare(series) for series in drawn.aux] == ["global avg-pool → dense 2"]
    assert stages(drawn.lane, drawn.modules) == [3, 1, 2, 3, 3]


def lookalikes():
    inputs = x = keras.Input((16, 16, 3))
    for kernel in (3, 5, 7, 3, 5, 7):
        x = layers.MaxPooling2D(1)(conv(x, 2))
        for _ in range(2):
            x = layers.Add()([conv(conv(x, 1), kernel), x])
    for kernel in (3, 5, 7):
        x = conv(conv(x, 1), kernel)
    return keras.Model(inputs, x)


def test_layers_that_only_look_like_a_block():
    """The stretch stands at the end of a lane, and no block of the kind begins with a bare one."""
    drawn = drawing(build_weightless(lookalikes))
    assert "no shortcut" not in outline(build_weightless(lookalikes))
    assert bare(drawn.lane).endswith("conv 1×1 → conv 3×3 → conv 1×1 → conv 5×5 → conv 1×1 → conv 7×7")


def test_a_picture_that_hides_which_one_has_no_shortcut_is_found_false():
    """The check of these tests sees it."""
    folded = fold(build_weightless(network, [2, 3, 4, 3]))
    (_, second, *_) = [box for box in all_boxes(folded) if box.module]
    first = second.instances[0]
    assert first.notes.pop("no shortcut") == ""
    with pytest.raises((AssertionError, IndexError)):
        check(folded)
