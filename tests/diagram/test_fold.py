"""What is folded is what was there: fixed examples, and properties of random networks."""

import contextlib
import inspect
import sys

import keras
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from keras import Input, Model, Sequential, layers, ops
from support import random_models as rm
from support import scene_reader
from support.models import conv, inception_like, nested, residual, unet
from support.outline_grammar import Branches, Element, Repeat, bare, elements, is_towers, parse
from support.unfolded import check

from keras_cnns.diagram.fold.fold import fold
from keras_cnns.visualize import outline, plot_model
from keras_cnns.weightless import build_weightless

SHAPE = rm.SHAPE


def drawing(model, **options):
    """The outline parsed, when the picture has been found to be true."""
    check(fold(model, options.get("expand_nested", False)))
    return parse(outline(model, **options))


def lane(model, **options):
    return bare(drawing(model, **options).lane)


# ---- one lane ----


def test_one_layer():
    x = Input((4,))
    assert lane(Model(x, layers.Dense(3)(x))) == "input → dense 3"


def test_only_an_input():
    x = Input((4,))
    with rm.with_unread_inputs():
        assert lane(Model(x, x)) == "input"


def test_what_is_left_out_is_still_counted():
    x = y = Input(SHAPE)
    for layer in (layers.ZeroPadding2D(), layers.Dropout(0.5), layers.Activation("linear")):
        y = layer(y)
    model = Model(x, layers.Flatten()(conv(y)))
    assert lane(model) == "input → conv 3×3"
    assert sum(len(box.instances[0].vertices) for box in fold(model).boxes()) == len(model.layers) == 6


def test_badges_in_the_order_of_computation():
    x = Input(SHAPE)
    y = layers.ReLU()(layers.BatchNormalization()(conv(x, activation=None)))
    z = conv(layers.BatchNormalization()(layers.Activation("relu")(y)), activation=None)
    assert "lane: input → conv 3×3 ·BRRB → conv 3×3" in outline(Model(x, z))


def test_activation_before_a_fork_keeps_its_letter():
    """Neither neighbour can take the badges, so they are a box, which says both."""
    x = Input(SHAPE)
    y = layers.BatchNormalization()(layers.Activation("relu")(x))
    first = list(elements(drawing(Model(x, layers.Add()([conv(y), y]))).lane))[1]
    assert (first.label, first.after) == ("ReLU", ["B"])


def perceptron(*units):
    x = y = Input((8,))
    for n in units:
        y = layers.Dense(n, activation="relu")(y)
    return Model(x, y)


def test_three_equal_dense_layers_are_drawn_one_by_one():
    assert lane(perceptron(8, 8, 8)) == "input → dense 8 → dense 8 → dense 8"


def test_four_equal_dense_layers_are_one():
    assert lane(perceptron(8, 8, 8, 8)) == "input → [dense 8]×4"
    assert lane(perceptron(9, 8, 8, 8, 8, 9)) == "input → dense 9 → [dense 8]×4 → dense 9"
    scene_reader.check(perceptron(9, 8, 8, 8, 8, 9))


def test_dense_layers_of_other_widths_are_drawn_one_by_one():
    assert lane(perceptron(9, 8, 7, 6, 5)) == "input → dense 9 → dense 8 → dense 7 → dense 6 → dense 5"


@pytest.mark.parametrize("kernel", [1, 3])
def test_runs_fold_and_other_kernels_do_not(kernel):
    x = Input(SHAPE)
    y = conv(conv(conv(conv(x))), kernel)
    expected = "input → [conv 3×3]×3 → conv 1×1" if kernel == 1 else "input → [conv 3×3]×4"
    assert lane(Model(x, y)) == expected


def test_filters_and_strides_do_not_count():
    x = Input((16, 16, 3))
    y = layers.Conv2D(8, 3, strides=2)(layers.Conv2D(4, 3)(x))
    assert lane(Model(x, y)) == "input → [conv 3×3]×2"


# ---- shared layers and models inside models ----


def test_a_layer_applied_again_is_marked_and_not_a_copy():
    x = Input(SHAPE)
    shared = layers.Conv2D(3, 3, padding="same")
    parts = drawing(Model(x, conv(conv(shared(shared(x)), activation=None), activation=None))).lane
    convs = [element for element in elements(parts) if element.label == "conv 3×3"]
    assert ["shared" in element.notes for element in convs] == [True, False]
    assert bare(parts) == "input → [conv 3×3]×2 → [conv 3×3]×2"


def test_two_shared_layers_are_not_each_others_copies():
    x = Input(SHAPE)
    one, two = (layers.Conv2D(3, 3, padding="same") for _ in range(2))
    assert lane(Model(x, one(two(one(two(x)))))) == "input → [conv 3×3 → conv 3×3]×2"
    assert lane(Model(x, two(one(two(one(one(x))))))).count("conv 3×3") > 2


def test_siamese():
    tower = Sequential([Input((8,)), layers.Dense(4, activation="relu")], name="tower")
    left, right = Input((8,), name="left"), Input((8,), name="right")
    parts = drawing(Model([left, right], layers.Dense(1)(layers.Concatenate()([tower(left), tower(right)]))))
    fork, *rest = parts.lane
    assert isinstance(fork, Branches)
    towers = [element for element in elements([fork]) if element.label == "tower"]
    assert len(towers) == 2 and all(element.notes == ["shared"] for element in towers)
    assert bare(rest) == "concat → dense 1"
    assert bare(parts.modules["tower"]) == "dense 4"


def test_models_inside_models_are_modules():
    parts = drawing(nested())
    assert bare(parts.lane) == "input → outer → global avg-pool"
    assert {name: bare(body) for name, body in parts.modules.items()} == {
        "outer": "inner → conv 1×1",
        "inner": "conv 3×3",
    }


def test_models_inside_models_expanded():
    parts = drawing(nested(), expand_nested=True)
    assert bare(parts.lane) == "input → conv 3×3 → conv 1×1 → global avg-pool"
    assert parts.modules == {}


def test_equal_models_are_explained_once():
    x = y = Input(SHAPE)
    for _ in range(3):
        y = Sequential([Input(SHAPE), layers.Conv2D(3, 3, padding="same")])(y)
    parts = drawing(Model(x, y))
    assert [bare(body) for body in parts.modules.values()] == ["conv 3×3"]
    assert bare(parts.lane) == f"input → [{next(iter(parts.modules))}]×3"


@pytest.mark.parametrize("name", ["lane", "aux", "conv 3×3", "identity block", "input"])
def test_a_model_inside_named_like_something_else_is_told_apart(name):
    x = Input(SHAPE)
    y = Sequential([Input(SHAPE), layers.Conv2D(3, 5, padding="same")], name=name)(x)
    parts = drawing(Model(x, residual(residual(conv(y)))))
    (inner,) = [module for module, body in parts.modules.items() if bare(body) == "conv 5×5"]
    labels = [element.label for series in parts.series for element in elements(series)]
    assert labels.count(inner) == 1
    assert {"input", "add", "conv 3×3"} <= set(labels) - set(parts.modules)


# ---- forks ----


def test_multi_input():
    one, two = Input(SHAPE, name="one"), Input(SHAPE, name="two")
    parts = drawing(Model([one, two], conv(layers.Add()([conv(one), conv(two, 5)]))))
    assert bare(parts.lane) == "( input → conv 3×3 | input → conv 5×5 ) → add → conv 3×3"


def test_an_input_that_nothing_reads_is_in_the_picture():
    x, spare = Input((4,)), Input((4,))
    with rm.with_unread_inputs():
        parts = drawing(Model([x, spare], layers.Dense(2)(x)))
        assert [bare(series) for series in (parts.lane, *parts.aux)] == ["input → dense 2", "input"]


def test_multi_output():
    x = Input(SHAPE)
    y = conv(conv(x))
    model = Model(x, [layers.Dense(2, name="small")(y), layers.Dense(5)(conv(y))])
    parts = drawing(model)
    assert bare(parts.lane) == "input → [conv 3×3]×2 → conv 3×3 → dense 5"
    (head,) = parts.aux
    assert bare(head) == "dense 2" and head[0].notes[0].startswith("from conv2d")


def test_feature_extractor_gives_out_inner_tensors():
    x = Input(SHAPE)
    outputs = [y := conv(x), y := conv(y), conv(y)]
    parts = drawing(Model(x, outputs))
    assert parts.aux == []
    assert [element.notes for element in elements(parts.lane)] == [[], ["output"], ["output"], []]
    assert bare(parts.lane) == "input → conv 3×3 → conv 3×3 → conv 3×3"


def test_aux_heads_break_repeats_at_the_right_member():
    x = y = Input(SHAPE)
    heads = []
    for i in range(1, 7):
        y = layers.Add(name=f"member_{i}")([conv(y), y])
        if i in (2, 5):
            heads.append(layers.Dense(i)(layers.GlobalAveragePooling2D()(y)))
    parts = drawing(Model(x, [layers.Dense(9)(y), *heads]))
    name = next(iter(parts.modules))
    assert bare(parts.lane) == f"input → [{name}]×2 → [{name}]×3 → {name} → dense 9"
    assert [bare(head) for head in parts.aux] == [f"global avg-pool → dense {i}" for i in (2, 5)]
    assert [head[0].notes for head in parts.aux] == [["from member_2"], ["from member_5"]]


def test_a_module_that_is_read_inside_is_not_a_copy():
    x = y = Input(SHAPE)
    inner = []
    for _ in range(5):
        inner.append(conv(y))
        y = layers.Add()([conv(inner[-1]), y])
    parts = drawing(Model(x, [y, layers.Dense(2)(layers.GlobalAveragePooling2D()(inner[2]))]))
    # It stands in the lane, so that the line to the head begins where the head reads.
    inside = "( conv 3×3 → conv 3×3 | – ) → add"
    assert bare(parts.lane) == f"input → [identity block]×2 → {inside} → [identity block]×2"
    assert [bare(head) for head in parts.aux] == ["global avg-pool → dense 2"]


def test_feature_pyramid():
    x = Input((16, 16, 3))
    levels = [conv(x)]
    for _ in range(2):
        levels.append(layers.Conv2D(4, 3, strides=2, padding="same")(levels[-1]))
    top = conv(levels[-1], 1)
    outputs = [conv(top)]
    for level in reversed(levels[:-1]):
        top = layers.Add()([layers.UpSampling2D()(top), conv(level, 1)])
        outputs.append(conv(top))
    parts = drawing(Model(x, outputs))
    assert len(parts.aux) == 2
    assert sum(element.label == "up-sampling ×2" for s in parts.series for element in elements(s)) == 2


@pytest.mark.parametrize("depth", [1, 3, 5])
def test_unet(depth):
    parts = drawing(unet(depth))
    for series in parts.modules.values():
        parts.lane += series
    text = bare(parts.lane)
    assert text.count("concat") == text.count("conv transposed 2×2") == text.count("max-pool 2×2") == depth
    assert text.count(" | – )") == depth, "a shortcut at each level"


def test_squeeze_and_excitation():
    x = Input(SHAPE)
    y = conv(x)
    for _ in range(2):
        gate = layers.GlobalAveragePooling2D(keepdims=True)(y)
        y = layers.Multiply()([y, conv(conv(gate, 1), 1, "sigmoid")])
    parts = drawing(Model(x, conv(y)))
    assert bare(parts.lane) == "input → conv 3×3 → [squeeze-excite]×2 → conv 3×3"
    ((fork, join),) = parts.modules.values()
    assert join.label == "multiply" and [] in fork.all


def test_equal_towers():
    x = Input(SHAPE)
    y = layers.Concatenate()([conv(conv(x, 1)) for _ in range(32)])
    parts = drawing(Model(x, conv(y)))
    (repeat,) = [part for series in parts.series for part in deep(series) if isinstance(part, Repeat)]
    assert repeat.count == 32 and repeat.body[0].notes == ["32 towers"]
    assert bare(repeat.body) == "conv 1×1 → conv 3×3"


def test_towers_that_differ_are_not_folded():
    x = Input(SHAPE)
    y = layers.Concatenate()([conv(conv(x, 1)), conv(conv(x, 1)), conv(conv(x, 1), 3, "tanh")])
    assert "towers" not in outline(Model(x, conv(y)))


def test_only_the_last_module_differs_in_a_badge():
    x = y = Input(SHAPE)
    for i in range(5):
        y = layers.Add()([conv(conv(y), activation=None), y])
        y = layers.ReLU()(y) if i < 4 else y
    parts = drawing(Model(x, y))
    name = next(iter(parts.modules))
    assert bare(parts.lane) == f"input → [{name}]×5"
    assert parts.modules[name][-1].notes == ["the last has no ReLU"]


@pytest.mark.parametrize(
    ("scales", "said"),
    [
        ([0.2] * 4 + [1.0], ["scaled by 0.2", "the last by 1"]),
        ([0.5] + [0.2] * 4, ["scaled by 0.2", "the first by 0.5"]),
        ([0.2] * 4 + [None], ["scaled by 0.2", "the last is not"]),
        ([None, 0.2], ["the last is scaled by 0.2"]),
        ([1.0, 0.5, 0.2], ["scaled by 1", "0.5", "0.2"]),
    ],
)
def test_scales_that_differ_are_said_in_words(scales, said):
    x = y = Input(SHAPE)
    for scale in scales:
        z = conv(y)
        y = layers.Add()([y, layers.Rescaling(scale)(z) if scale else z])
    (series,) = drawing(Model(x, y)).modules.values()
    assert next(elements(series)).notes == said


def first_differs(second_size):
    x = y = Input(SHAPE)
    for i in range(5):
        y = layers.Add()([conv(conv(y, activation="relu" if i else None), second_size), y])
    return Model(x, y)


def test_only_the_first_module_differs_in_a_badge():
    parts = drawing(first_differs(1))
    assert bare(parts.lane) == "input → [identity block]×5"
    ((fork, _),) = parts.modules.values()
    assert [element.notes for element in elements([fork])] == [["the first has no ReLU"], []]


def test_a_first_module_that_folds_in_another_way_is_another():
    """Without its badge, its two convolutions are not equal."""
    parts = drawing(first_differs(3))
    assert bare(parts.lane) == "input → identity block A → [identity block B]×4"
    assert bare(parts.modules["identity block A"][0].all[0]) == "conv 3×3 → conv 3×3"
    assert bare(parts.modules["identity block B"][0].all[0]) == "[conv 3×3]×2"


def test_a_module_in_the_middle_that_differs_in_a_badge_is_another():
    x = y = Input(SHAPE)
    for i in range(5):
        y = layers.Add()([conv(conv(y), activation=None), y])
        y = layers.ReLU()(y) if i != 2 else y
    parts = drawing(Model(x, y))
    assert len(parts.modules) == 2
    assert "in the" not in outline(Model(x, y))


# ---- other operations ----


def test_operators_and_functions():
    x = Input(SHAPE)
    y = ops.relu(conv(x, activation=None))
    z = ops.add(conv(y), y) * 2.0
    text = outline(Model(x, conv(ops.concatenate([z, y]))))
    parts = drawing(Model(x, conv(ops.concatenate([z, y]))))
    labels = [element.label for series in parts.series for element in elements(series)]
    assert {"add", "concat", "multiply"} <= set(labels)
    assert "conv 3×3 ·R" in text


def test_states_of_an_lstm():
    x = Input((5, 3))
    sequence, hidden, cell = layers.LSTM(4, return_sequences=True, return_state=True)(x)
    after = layers.LSTM(4)(sequence, initial_state=[hidden, cell])
    # Three tensors go from one to the other: one wire.
    assert lane(Model(x, layers.Dense(2)(after))) == "input → LSTM → LSTM → dense 2"


def test_one_tensor_read_twice():
    x = Input(SHAPE)
    y = conv(x)
    parts = drawing(Model(x, conv(layers.Add()([y, y]))))
    assert [element.label for s in parts.series for element in elements(s)].count("add") == 1


# ---- names ----


def test_names_from_landmarks():
    parts = drawing(inception_like())
    assert bare(parts.lane) == "input → [Mixing-A]×3" and list(parts.modules) == ["Mixing-A"]


def test_names_can_be_replaced():
    parts = parse(outline(inception_like(), names={"Mixing-A": "35×35 module"}))
    assert bare(parts.lane) == "input → [35×35 module]×3" and list(parts.modules) == ["35×35 module"]


def test_names_that_the_picture_has_not():
    with pytest.raises(ValueError, match="keyed by module name; got 'Mixing', the diagram has 'Mixing-A'"):
        outline(inception_like(), names={"Mixing": "module"})
    x = Input(SHAPE)
    with pytest.raises(ValueError, match="the diagram has none"):
        outline(Model(x, conv(x)), names={"Stem": "Entry"})


# ---- what cannot be drawn ----


class Subclassed(Model):
    def call(self, x):
        return x


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (lambda: Sequential([layers.Dense(3)]), "keras.Input"),
        (lambda: Sequential(), "keras.Input"),
        (Subclassed, "in_shape="),
        (lambda: layers.Dense(3), "got <Dense"),
        (lambda: None, "got None"),
    ],
)
@pytest.mark.parametrize("door", [outline, plot_model])
def test_errors(model, words, door):
    with pytest.raises(ValueError, match=words):
        door(model())


# ---- properties ----

modest = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def deep(parts):
    """Every part of a series, at any depth."""
    for part in parts:
        yield part
        if not isinstance(part, Element):
            for inner in part.all if isinstance(part, Branches) else [part.body]:
                yield from deep(inner)


def written_out(parts, modules):
    """The series without repeats and modules: labels, and forks with their branches in a fixed order."""
    flat = []
    for part in parts:
        if isinstance(part, Repeat):
            flat += written_out(part.body, modules) * part.count
        elif isinstance(part, Branches):
            branches = [copy for branch in part.all for copy in towers(branch, modules)]
            flat.append(("fork", *sorted(branches, key=repr)))
        else:
            flat += written_out(modules[part.label], modules) if part.label in modules else [part.label]
    return tuple(flat)


def towers(branch, modules):
    """Equal branches, of which only one is drawn, each on its own."""
    if is_towers(branch):
        return [written_out(branch[0].body, modules)] * branch[0].count
    return [written_out(branch, modules)]


def of_plan(plan):
    """The same for what was planned."""
    flat = []
    for part in plan:
        if isinstance(part, str):
            flat.append(part)
        else:
            flat += [("fork", *sorted(map(of_plan, part[0]), key=repr)), part[1]]
    return tuple(flat)


@modest
@given(rm.series)
def test_unfolding_gives_the_plan_back(plan):
    model = build_weightless(rm.built, plan)
    parts = drawing(model)
    assert written_out(parts.lane, parts.modules) == ("input", "Start", *of_plan(plan), "End")


def primitive(plan):
    """The shortest series that the plan repeats, and how often it does."""
    return next(
        (plan[:n], len(plan) // n) for n in range(1, len(plan) + 1) if plan[:n] * (len(plan) // n) == plan
    )


def tokens(plan):
    """What may repeat as a whole: a layer, or a fork with its join."""
    return [of_plan((part,)) for part in plan]


@modest
@given(rm.series, st.integers(2, 9))
def test_planted_repeats_are_found(plan, times):
    canonical, within = primitive(of_plan(plan))
    # Equal neighbours come first: where the end of one is equal to the start of the next, they are a run.
    assume(len(canonical) == 1 or tokens(plan)[0] != tokens(plan)[-1])
    parts = drawing(build_weightless(rm.built, plan * times))
    found = [
        (written_out(part.body, parts.modules), part.count)
        for series in parts.series
        for part in deep(series)
        if isinstance(part, Repeat)
    ]
    assert (canonical, times * within) in found, outline(build_weightless(rm.built, plan * times))


@modest
@given(rm.dags())
def test_any_graph_is_drawn_and_true(model):
    drawing(model)
    plot_model(model)


@contextlib.contextmanager
def few_frames(n):
    """Allow no more than n calls inside each other, from here."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + n)
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


@pytest.mark.parametrize(
    ("model", "text"),
    [
        (lambda: rm.chain(600), "input → [Mixer → Shifter]×300"),
        (lambda: rm.residual(300), "input → [residual]×300"),
    ],
)
def test_deep_networks_need_no_deep_recursion(model, text):
    built = model()
    with few_frames(150):
        assert lane(built) == text
        assert plot_model(built).svg()


def calls(model):
    """How many functions of Python are called to draw a model."""
    n = 0

    def hear(frame, event, argument):
        nonlocal n
        n += event == "call"

    sys.setprofile(hear)
    try:
        plot_model(model)
    finally:
        sys.setprofile(None)
    return n


def unet_like(n):
    """Forks inside each other, more than can be drawn as such."""
    with rm.deep():
        x = y = keras.Input(SHAPE)
        skips = []
        for _ in range(n):
            skips.append(y := rm.Mixer()(y))
        for skip in reversed(skips):
            y = layers.Add()([rm.Shifter()(y), skip])
        return Model(x, y)


@pytest.mark.parametrize("build", [rm.chain, rm.residual, unet_like])
def test_time_grows_with_the_depth_alone(build):
    few, many = calls(build(100)), calls(build(400))
    assert many < 5 * few


def test_operators_in_a_model_in_a_model_in_a_model():
    """A module may begin with the input of an inner model, which reads nothing."""
    i = Input((5, 3))
    inner = Model(i, layers.GlobalMaxPooling1D()(i + i * 1.0), name="inner")
    j = Input((5, 3))
    mid = Model(j, inner(j), name="mid")
    x = Input((5, 3))
    outer = Model(x, mid(x), name="outer")
    assert lane(outer) == "input → mid"
    assert "global max-pool" in outline(outer)
    assert lane(outer, expand_nested=True).startswith("input → ")
    for rankdir in ("LR", "TB"):
        assert plot_model(outer, rankdir=rankdir, show_shapes=True).svg().startswith("<svg")


def shrinking(x, width, before=0, plain=False):
    """A residual block that halves the map, with zeros for the channels that its shortcut lacks."""
    y = layers.Conv2D(width, 3, strides=2, padding="same")(x)
    y = layers.Conv2D(width, 3, padding="same")(y)
    if plain:
        x = layers.Conv2D(width, 1, strides=2)(x)
    else:
        added = width - x.shape[-1]
        x = ops.pad(layers.AveragePooling2D(1, 2)(x), ((0, 0), (0, 0), (0, 0), (before, added - before)))
    return layers.Add()([x, y])


def stages(*blocks):
    inputs = x = keras.Input((32, 32, 8))
    for width, options in blocks:
        x = shrinking(x, width, **options)
    return keras.Model(inputs, layers.GlobalAveragePooling2D()(x))


def test_blocks_that_append_as_many_channels_as_there_are_fold():
    """The shortcut learns nothing, so it is no conv block; how many channels there are does not count."""
    text = outline(stages((16, {}), (32, {}), (64, {})))
    assert "[shrinking block]×3" in text and "avg-pool 1×1 → pad ·channels ×2" in text
    learned = outline(stages((16, {"plain": True}), (32, {"plain": True})))
    assert "[conv block]×2" in learned


@pytest.mark.parametrize("others", [(16, {"before": 8}), (16, {"before": 4}), (12, {})])
def test_blocks_that_add_channels_in_another_way_do_not_fold(others):
    assert "×2 →" not in outline(stages(others, (32, {}))).partition("\n")[2].partition("\n")[0]
    assert len(fold(stages(others, (32, {}))).modules) == 2


def test_a_map_that_is_padded_by_a_function_is_not_called_wider():
    inputs = keras.Input((8, 8, 4))
    model = keras.Model(inputs, ops.pad(inputs, ((0, 0), (1, 1), (1, 1), (0, 4))))
    assert "channels" not in outline(model)
