"""What an eye reads in a finished picture is the model: no edge is missing, none is there that it has not."""

import random
from dataclasses import replace

import keras
import pytest
from keras import layers
from support import random_models as rm
from support import unfolded
from support.models import conv, inception_like, nested, residual, unet
from support.random_graphs import random_model
from support.scene_graph import read_scene
from support.scene_reader import check, differences
from support.sizes import each, weightless

from keras_cnns.catalog.facts import list_models
from keras_cnns.diagram.draw.scene import Line, Rectangle, Scene, Text
from keras_cnns.diagram.fold.fold import fold
from keras_cnns.visualize import DIRECTIONS, plot_model
from keras_cnns.weightless import build_weightless

APPLICATIONS = ["DenseNet121", "EfficientNetB0", "MobileNetV3Small", "ResNet50V2"]


@pytest.mark.parametrize("name", each(list_models()))
def test_our_networks(name):
    check(weightless(name))


@pytest.mark.parametrize("name", APPLICATIONS)
def test_applications(name):
    check(weightless(name))


@pytest.mark.parametrize("build", [inception_like, nested, lambda: unet(3), lambda: rm.residual(3)])
def test_small_models(build):
    check(build())


def attention():
    x = keras.Input((6, 8))
    y = layers.Add()([layers.MultiHeadAttention(2, 4)(x, x), x])
    return keras.Model(x, layers.Dense(2)(layers.Multiply()([y, y])))


def states():
    x = keras.Input((5, 3))
    sequence, hidden, cell = layers.LSTM(4, return_sequences=True, return_state=True)(x)
    return keras.Model(x, layers.LSTM(4)(sequence, initial_state=[hidden, cell]))


@pytest.mark.parametrize("build", [attention, states])
def test_several_tensors_from_one_box_to_another_are_one_wire(build):
    """Lines that part and meet again with nothing between them cannot be read."""
    check(build())


def test_what_reads_a_tensor_twice_is_not_what_reads_it_once():
    x = y = keras.Input((4, 4, 3))
    for times in (1, 2):
        y = conv(y)
        y = layers.Add()([y, conv(y), *[y] * (times - 1)])
    assert "]×" not in plot_model(keras.Model(x, y)).outline()


def pair(swapped=False, name="pair"):
    """A model whose two inputs it does not treat alike, given in this order or the other."""
    a, b = keras.Input((8,)), keras.Input((8,))
    y = layers.Dense(8)(layers.Subtract()([layers.Dense(8)(a), b]))
    return keras.Model([b, a] if swapped else [a, b], y, name=name)


def of_two_inputs(apply):
    x, y = keras.Input((8,)), keras.Input((8,))
    return keras.Model([x, y], apply(x, layers.Dense(8)(y)))


def called_both_ways():
    model = pair()
    return of_two_inputs(lambda x, y: layers.Add()([model([x, y]), model([y, x])]))


def equal_but_for_the_order():
    one, other = pair(), pair(swapped=True, name="other")
    return of_two_inputs(lambda x, y: layers.Add()([one([x, y]), other([x, y])]))


def joined_again():
    """As a conditional GAN: what one model makes, and what it was given, go into the next."""
    one, other = pair(), pair(swapped=True, name="other")
    return of_two_inputs(lambda x, y: other([one([x, y]), y]))


def with_a_shortcut():
    def apply(x, y):
        for i in range(3):
            x = pair(name=f"step_{i}")([layers.Dense(8)(x), x])
        return pair(name="last")([y, x])

    return of_two_inputs(apply)


def of_a_mesh():
    a, b = keras.Input((8,)), keras.Input((8,))
    p, q = layers.Dense(8)(a), layers.Dense(8)(b)
    s, t = layers.Add()([p, q]), layers.Multiply()([p, b])
    inner = keras.Model([b, a], layers.Concatenate()([s, layers.Subtract()([q, t]), t]), name="inner")
    return of_two_inputs(lambda x, y: layers.Dense(2)(inner([x, y])))


def of_models():
    inner, (a, b) = pair(), (keras.Input((8,)), keras.Input((8,)))
    outer = keras.Model([a, b], inner([b, a]), name="outer")
    return of_two_inputs(lambda x, y: outer([x, y]))


MODELS_OF_TWO_INPUTS = [
    lambda: of_two_inputs(lambda x, y: pair(swapped=True)([x, y])),
    lambda: of_two_inputs(lambda x, y: pair()([y, y])),
    called_both_ways,
    equal_but_for_the_order,
    joined_again,
    with_a_shortcut,
    of_a_mesh,
    of_models,
]


@pytest.mark.parametrize("build", MODELS_OF_TWO_INPUTS)
def test_which_input_of_a_model_each_wire_leads_to(build):
    model = build_weightless(build)
    check(model)
    unfolded.check(fold(model))


@pytest.mark.parametrize("build", MODELS_OF_TWO_INPUTS)
def test_a_panel_has_an_arrow_for_each_input(build):
    scene = plot_model(build_weightless(build)).scene
    panels = [shape for shape in scene.shapes if isinstance(shape, Rectangle) and shape.stroke is None]
    inputs = [text for text in texts(scene, "input") if any(_within(text, panel) for panel in panels)]
    lines = [shape.points for shape in scene.shapes if isinstance(shape, Line) and shape.arrow]
    for text in inputs:
        panel = next(panel for panel in panels if _within(text, panel))
        into = [
            line for line in lines if line[-1][1] == text.y and line[0][0] < panel.x < line[-1][0] < text.x
        ]
        assert len(into) == 1


def _within(text, panel):
    return panel.x < text.x < panel.x + panel.width and panel.y < text.y < panel.y + panel.height


def of_two_outputs(apply, keys=None):
    """A model whose outputs are unlike, and what reads them; by `keys` it gives a dict."""
    a = keras.Input((8,))
    h = layers.Dense(8)(a)
    ends = [layers.Dense(8)(h), layers.Dense(8, activation="tanh")(h)]
    x = keras.Input((8,))
    made = keras.Model(a, dict(zip(keys, ends)) if keys else ends, name="two")(x)
    return keras.Model(x, apply(*([made[key] for key in keys] if keys else made)))


def of_both():
    """A model that is nothing but a branch for each output; one box reads both."""
    a, x = keras.Input((8,)), keras.Input((8,))
    inner = keras.Model(a, [layers.Dense(8)(a), layers.Dense(8, activation="tanh")(a)], name="two")
    return keras.Model(x, layers.Subtract()(inner(x)))


def backbone():
    """A model that gives what is inside it, too, as under a pyramid of features."""
    a = y = keras.Input((32, 32, 3))
    ends = []
    for filters in (4, 8, 16):
        y = layers.Conv2D(filters, 3, 2, padding="same", activation="relu")(y)
        ends.append(y)
    x = keras.Input((32, 32, 3))
    found = keras.Model(a, ends, name="backbone")(x)
    p = conv(found[2], 1)
    for k in (1, 0):
        p = layers.Add()([layers.UpSampling2D()(p), conv(found[k], 1)])
    return keras.Model(x, layers.Conv2D(1, 1, activation="sigmoid")(p))


def one_each(p, q):
    return layers.Subtract()([layers.Dense(8)(p), layers.Dense(8, activation="relu")(layers.Dense(8)(q))])


@pytest.mark.parametrize(
    "build",
    [
        lambda: of_two_outputs(one_each),
        lambda: of_two_outputs(lambda p, q: one_each(q, p)),
        lambda: of_two_outputs(one_each, ("scale", "mean")),
        of_both,
        backbone,
    ],
)
def test_which_output_of_a_model_each_reader_reads(build):
    check(build_weightless(build))


def test_other_words_of_an_output_are_seen():
    model = build_weightless(of_two_outputs, one_each)
    scene = plot_model(model).scene
    for words, others in (("reads output 1", "reads output 2"), ("gives output 2", "gives output 1")):
        (text,) = texts(scene, words)
        assert differences(model, instead(scene, text, string=others))


def mesh(seed):
    """Unlike convolutions and joins, each of which reads any that come before."""
    r = random.Random(seed)
    sizes = [(i, j) for i in range(1, 8) for j in range(1, 8)]
    x, tensors = keras.Input((8, 8, 3)), []
    for _ in range(r.randint(8, 24)):
        before = [x, *tensors]
        if r.random() < 0.5 or len(before) < 2:
            tensors.append(conv(r.choice(before[-4:]), sizes.pop(r.randrange(len(sizes)))))
        else:
            join = r.choice([layers.Add, layers.Multiply, layers.Maximum])
            tensors.append(join()(r.sample(before[-8:], min(len(before), r.choice([2, 2, 3])))))
    ends = [tensor for tensor in tensors if not tensor._keras_history.operation._outbound_nodes]
    return keras.Model(x, layers.Average()(ends) if len(ends) > 1 else ends[0])


def with_heads():
    """Outputs that leave both branches of a fork, a mesh and its inside, two of them from two places."""
    x = y = conv(keras.Input((8, 8, 3)))
    one, two = conv(conv(y), 1), conv(conv(y, 5), 7)
    y = layers.Add()([one, two, y])
    a, b = layers.MaxPooling2D(1)(y), conv(y, 2)
    c = layers.Multiply()([a, b])
    d = layers.Maximum()([b, c])
    y = layers.Average()([a, d, c])
    heads = [layers.Dense(n)(tensor) for n, tensor in enumerate((one, two, a, b, c, d), start=1)]
    heads.append(layers.Subtract()([b, d]))
    return keras.Model(x._keras_history.operation.input, [layers.Dense(9)(conv(y)), *heads])


def test_what_leaves_branches_and_meshes():
    check(with_heads())


@pytest.mark.parametrize("seed", range(40))
def test_meshes(seed):
    model = build_weightless(mesh, seed)
    assert differences(model, plot_model(model).scene) == []


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", range(24))
def test_random_networks(seed):
    model, rankdir = random_model(seed, 12), DIRECTIONS[seed % 4]
    assert differences(model, plot_model(model, rankdir=rankdir).scene, rankdir) == []


def of_three_inputs():
    """A model whose inputs and outputs are all unlike; one input is not used."""
    a, b, c, unused = (keras.Input((8,)) for _ in range(4))
    sums = layers.Subtract()([layers.Dense(8)(a), b])
    ends = [sums, layers.Dense(8, activation="tanh")(sums), layers.Multiply()([sums, c])]
    inner = keras.Model([a, b, c, unused], ends, name="inner")
    x, y = keras.Input((8,)), keras.Input((8,))
    made = inner([x, layers.Dense(8)(y), x, layers.Dense(8, activation="relu")(x)])
    return keras.Model([x, y], layers.Concatenate()([layers.Dense(2)(made[1]), made[2], made[0]]))


def of_states():
    """Outputs of layers with several: states given by a model, and read after dropout."""
    a, x = keras.Input((5, 3)), keras.Input((5, 3))
    sequence, hidden, cell = layers.LSTM(4, return_sequences=True, return_state=True)(a)
    inner = keras.Model(a, [hidden, sequence, cell], name="encoder")
    one, _, other = inner(x)
    _, last = layers.GRU(4, return_state=True)(x)
    return keras.Model(x, layers.Subtract()([layers.Dense(4)(layers.Dropout(0.1)(last)), one * other]))


@pytest.mark.parametrize("build", [of_three_inputs, of_states])
def test_which_output_goes_where_and_which_input_it_is(build):
    model = build_weightless(build)
    check(model)
    scene = plot_model(model).scene
    starts = ("reads ", "gives ", "input 1", "inputs 1", "not ")
    said = [one for one in scene.shapes if isinstance(one, Text) and one.string.startswith(starts)]
    assert len(said) > 3
    for text in said:
        assert differences(model, without(scene, text)), text
    for line in [shape for shape in scene.shapes if isinstance(shape, Line)]:
        assert differences(model, without(scene, line)), line


def test_an_activation_after_one_of_several_outputs_is_no_badge():
    """A badge would not say of which output it is, nor that others read the box before it."""
    x = keras.Input((5, 3))
    _, state = layers.GRU(4, return_state=True)(x)
    assert "ReLU ·reads state" in plot_model(keras.Model(x, layers.ReLU()(state))).outline()
    y = layers.Dense(4)(x)
    check(keras.Model(x, [layers.ReLU()(layers.Dropout(0.1)(y)), layers.Dense(2)(y)]))


def test_lines_from_two_places_come_to_a_box_apart():
    """What comes from one must not be read as leading to what follows the other."""
    x = keras.Input((8,))
    first = layers.Dense(8)(x)
    second = layers.Dense(8, activation="relu")(first)
    lane = layers.Dense(2)(layers.Dense(8)(layers.Dense(8, activation="tanh")(second)))
    check(keras.Model(x, [lane, layers.Subtract()([first, second])]))


# Negative controls: each changes the picture of a model that has all that a picture can have.


def victim():
    x = y = keras.Input((16, 16, 3))
    for _ in range(3):
        y = conv(y)
    for _ in range(2):
        y = layers.Concatenate()([conv(y), conv(y, 1), layers.MaxPooling2D(3, 1, padding="same")(y)])
    y = layers.GlobalAveragePooling2D()(residual(conv(y)))
    return keras.Model(x, layers.Dense(2)(y))


@pytest.fixture(scope="module")
def model():
    return victim()


@pytest.fixture
def scene(model):
    scene = plot_model(model).scene
    assert differences(model, scene) == []
    return scene


def without(scene, shape):
    return replace(scene, shapes=tuple(other for other in scene.shapes if other is not shape))


def instead(scene, shape, **changes):
    changed = replace(shape, **changes)
    return replace(scene, shapes=tuple(changed if other is shape else other for other in scene.shapes))


def texts(scene, words):
    return [shape for shape in scene.shapes if isinstance(shape, Text) and shape.string == words]


def test_each_line_that_is_left_out_is_missed(model, scene):
    for line in [shape for shape in scene.shapes if isinstance(shape, Line)]:
        assert differences(model, without(scene, line)), line


def test_each_box_that_is_left_out_is_missed(model, scene):
    boxes = [shape for shape in scene.shapes if isinstance(shape, Rectangle) and shape.tooltip]
    for box in boxes:
        assert differences(model, without(scene, box)), box


def test_a_wrong_number_of_copies_is_seen(model, scene):
    for text in texts(scene, "×3") + texts(scene, "×2"):
        for words in {"×1", "×2", "×3", "×4"} - {text.string}:
            assert differences(model, instead(scene, text, string=words)), text


def test_other_words_in_a_box_are_seen(model, scene):
    for words, others in (("conv 1×1", "conv 3×3"), ("concat", "add"), ("Inception", "identity block")):
        assert texts(scene, words)
        for text in texts(scene, words):
            if not text.bold:
                assert differences(model, instead(scene, text, string=others)), words


def test_a_line_that_the_model_has_not_is_seen(model, scene):
    boxes = [shape for shape in scene.shapes if isinstance(shape, Rectangle) and shape.tooltip]
    for one in boxes[:3]:
        for other in boxes[-3:]:
            start, end = (one.x + one.width / 2, one.y), (other.x + other.width / 2, other.y)
            way = Line((start, (start[0], 3.3), (end[0], 3.3), end), arrow=True)
            assert differences(model, replace(scene, shapes=(*scene.shapes, way)))


def test_a_badge_that_is_not_there_is_missed(model, scene):
    badges = [shape for shape in scene.shapes if getattr(shape, "radius", None) and shape.tooltip]
    assert badges
    for badge in badges:
        assert differences(model, without(scene, badge)), badge


def two_wires(first, second):
    """Two boxes at the left, two at the right, each wire down a track of its own or the same."""
    boxes = [Rectangle(x, y, 20, 20, "#ffffff") for x in (0, 100) for y in (0, 50, 100, 150)]
    lines = [
        Line(((20, start), (track, start), (track, end), (100, end)), arrow=True)
        for track, start, end in ((first, 10, 110), (second, 60, 160))
    ]
    words = [Text(box.x + 10, box.y + 10, f"{i}", 10, 6) for i, box in enumerate(boxes)]
    drawn = read_scene(Scene("wires", 200, 200, (*boxes, *lines, *words)))
    return {(drawn.boxes[a].text, drawn.boxes[b].text) for a, b in drawn.edges}


def test_wires_that_cross_are_two_and_wires_that_touch_are_one():
    assert two_wires(40, 60) == {("0", "6"), ("1", "7")}
    assert two_wires(60, 40) == {("0", "6"), ("1", "7")}
    assert two_wires(50, 50) == {("0", "6"), ("0", "7"), ("1", "6"), ("1", "7")}
