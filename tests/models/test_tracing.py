"""Subclassed models and layers of one's own: read as the same network is that is written functionally, and
unchanged afterwards."""

import keras
import numpy as np
import pytest
from keras import Input, Model, layers, ops

from keras_cnns import compare, outline, plot_model, profile
from keras_cnns.graph import read
from keras_cnns.weightless import build_weightless

SHAPE = (16, 16, 3)


class Residual(layers.Layer):
    """As tutorials write it: layers made in the constructor, built in `build`."""

    def __init__(self, filters, stride=1, **options):
        super().__init__(**options)
        self.first = layers.Conv2D(filters, 3, stride, padding="same", use_bias=False)
        self.norm = layers.BatchNormalization()
        self.second = layers.Conv2D(filters, 3, padding="same", use_bias=False)
        self.shortcut = layers.Conv2D(filters, 1, stride) if stride > 1 else None

    def call(self, x, training=None):
        y = ops.relu(self.norm(self.first(x), training=training))
        y = self.second(y)
        return ops.relu(y + (x if self.shortcut is None else self.shortcut(x)))


def residual(x, filters, stride=1):
    """What Residual computes."""
    y = layers.Conv2D(filters, 3, stride, padding="same", use_bias=False)(x)
    y = layers.Conv2D(filters, 3, padding="same", use_bias=False)(ops.relu(layers.BatchNormalization()(y)))
    return ops.relu(y + (layers.Conv2D(filters, 1, stride)(x) if stride > 1 else x))


class Net(Model):
    """The same once more, as a subclassed model."""

    def __init__(self, **options):
        super().__init__(**options)
        self.stem = layers.Conv2D(8, 3, padding="same")
        self.blocks = [Residual(8), Residual(8), Residual(16, 2), Residual(16)]
        self.pool = layers.GlobalAveragePooling2D()
        self.head = layers.Dense(5)

    def call(self, x, training=None):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x, training=training)
        return self.head(self.pool(x))


def subclassed():
    model = Net(name="net")
    model(Input(SHAPE))
    return model


def own_layers():
    x = Input(SHAPE)
    y = layers.Conv2D(8, 3, padding="same")(x)
    for filters, stride in ((8, 1), (8, 1), (16, 2), (16, 1)):
        y = Residual(filters, stride)(y)
    return Model(x, layers.Dense(5)(layers.GlobalAveragePooling2D()(y)), name="net")


def functional():
    x = Input(SHAPE)
    y = layers.Conv2D(8, 3, padding="same")(x)
    for filters, stride in ((8, 1), (8, 1), (16, 2), (16, 1)):
        y = residual(y, filters, stride)
    return Model(x, layers.Dense(5)(layers.GlobalAveragePooling2D()(y)), name="net")


def model_in_a_model():
    x = Input(SHAPE)
    return Model(x, Net()(x), name="net")


def wiring(graph):
    """Kinds, sources and shapes of the calls."""
    return [(type(v.operation).__name__, v.sources, v.places, v.shapes) for v in graph.vertices]


WRITTEN = [subclassed, own_layers, model_in_a_model]


@pytest.mark.parametrize("build", WRITTEN)
def test_what_is_inside_is_what_the_functional_model_has(build):
    model, twin = build_weightless(build), build_weightless(functional)
    assert wiring(read(model, expand_nested=True)) == wiring(read(twin))
    assert outline(model, expand_nested=True) == outline(twin)
    ours, theirs = profile(model), profile(twin)
    assert (ours.params, ours.macs, ours.depth) == (theirs.params, theirs.macs, theirs.depth)
    assert ours.params == model.count_params() and ours.receptive_field == theirs.receptive_field
    assert [row.receptive_field for row in ours.rows] == [row.receptive_field for row in theirs.rows]
    assert compare(model, twin).verdict == "exact"


def test_blocks_are_modules_under_the_name_of_their_class():
    picture = outline(build_weightless(own_layers))
    assert "[Residual-A]×2" in picture or "[Residual A]×2" in picture
    assert picture == outline(build_weightless(subclassed))
    graph = read(build_weightless(own_layers))
    assert {v.inside.name for v in graph.vertices if v.inside} == {"Residual"}


def tokens_and_places():
    """Weights of the layer's own, a table that is read with no tensor, and what a function is given."""

    class Places(layers.Layer):
        def __init__(self):
            super().__init__()
            self.words, self.places = layers.Embedding(30, 6), layers.Embedding(9, 6)
            self.scale = self.add_weight(shape=(6,), initializer="ones")

        def call(self, x):
            return self.words(x) * self.scale + self.places(ops.arange(9))

    x = Input((9,), dtype="int32")
    return Model(x, layers.Dense(2)(layers.GlobalAveragePooling1D()(Places()(x))))


def patches():
    """Code that reads the batch's size, and a class token."""

    class Tokens(layers.Layer):
        def __init__(self):
            super().__init__()
            self.project = layers.Dense(6)
            self.token = self.add_weight(shape=(1, 1, 6), initializer="zeros")

        def call(self, x):
            batch = ops.shape(x)[0]
            x = self.project(ops.reshape(x, (batch, -1, 12)))
            token = ops.broadcast_to(self.token, (batch, 1, 6))
            return ops.concatenate([token, x], axis=1)

    x = Input((4, 4, 3))
    return Model(x, layers.Dense(2)(layers.GlobalAveragePooling1D()(Tokens()(x))))


def unused():
    """A layer that holds a layer that it does not call."""

    class Wasteful(layers.Layer):
        def __init__(self):
            super().__init__()
            self.used, self.unused = layers.Dense(4), layers.Dense(7)

        def build(self, shape):
            self.used.build(shape)
            self.unused.build(shape)

        def call(self, x):
            return self.used(x)

    x = Input((3,))
    return Model(x, Wasteful()(x))


def shared_block():
    x = Input((8, 8, 3))
    block = Residual(3)
    return Model(x, layers.Dense(2)(layers.Flatten()(block(block(x)))))


def two_arguments():
    class Attend(layers.Layer):
        def __init__(self):
            super().__init__()
            self.attention, self.add = layers.MultiHeadAttention(2, 3), layers.Add()

        def call(self, query, memory=None, scale=1.0, training=False):
            return self.add([query, scale * self.attention(query, memory, training=training)])

    one, two = Input((5, 6)), Input((7, 6))
    return Model([one, two], Attend()(one, memory=two, scale=2.0))


OWN = [tokens_and_places, patches, unused, shared_block, two_arguments]


@pytest.mark.parametrize("build", [*OWN, *WRITTEN])
def test_no_weight_is_lost_or_counted_twice(build):
    model = build_weightless(build)
    assert profile(model).params == model.count_params()
    trainable = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    assert profile(model).trainable_params == trainable


@pytest.mark.parametrize("build", OWN)
def test_it_is_opened(build):
    graph = read(build_weightless(build))
    assert any(vertex.inside for vertex in graph.vertices)
    assert not any(vertex.opaque for vertex in graph.vertices)
    assert graph.vertices[-1].shapes[0][0] is None
    assert outline(build_weightless(build))


def books(model):
    """All that Keras keeps of the calls, layers and state in a model."""
    found = []
    for layer in model._flatten_layers():
        kept = {key: value for key, value in vars(layer).items() if isinstance(value, (list, dict, set))}
        found.append((layer.name, layer.built, sorted(vars(layer)), [(k, len(v)) for k, v in kept.items()]))
        found.append([id(node) for node in (*layer._inbound_nodes, *layer._outbound_nodes)])
    return found


@pytest.mark.parametrize("build", [subclassed, own_layers, tokens_and_places, two_arguments])
def test_nothing_of_the_model_changes(build, tmp_path):
    model = build()
    inputs = [ops.ones((2, *tensor.shape[1:]), tensor.dtype) for tensor in getattr(model, "inputs", [])]
    inputs = inputs or [ops.ones((2, *SHAPE))]
    weights = [ops.convert_to_numpy(weight) for weight in model.variables]
    before, outputs = books(model), model(inputs if len(inputs) > 1 else inputs[0])
    before = books(model)
    name = layers.Add().name
    graphs = [read(model), read(model)]
    assert wiring(graphs[0]) == wiring(graphs[1])
    assert wiring(read(model, True)) == wiring(read(model, True))
    assert books(model) == before
    number = int(layers.Add().name.rpartition("_")[2])
    assert number == int(name.rpartition("_")[2] if "_" in name else 0) + 1
    for old, new in zip(weights, model.variables, strict=True):
        np.testing.assert_array_equal(old, ops.convert_to_numpy(new))
    again = model(inputs if len(inputs) > 1 else inputs[0])
    np.testing.assert_array_equal(ops.convert_to_numpy(outputs), ops.convert_to_numpy(again))
    model.save_weights(tmp_path / "all.weights.h5")


def opaque_layers():
    """Layers whose code symbolic tensors cannot go through, and a word of what is said of each."""

    class Decides(layers.Layer):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(3)

        def compute_output_spec(self, x):
            return keras.KerasTensor(x.shape, x.dtype)

        def call(self, x):
            self.dense(x)
            return x if ops.sum(x) > 0 else -x

    class Numbers(Decides):
        def call(self, x):
            return self.dense(np.asarray(x, "float32"))

    class Random(Decides):
        def call(self, x):
            return self.dense(x) + keras.random.normal((3,))

    class Constant(Decides):
        def call(self, x):
            self.dense(x)
            return ops.ones((2, 3))

    class Counts(Decides):
        def __init__(self):
            super().__init__()
            self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False)

        def call(self, x):
            self.calls.assign(self.calls + 1)
            return self.dense(x)

    words = {
        Decides: "raises",
        Numbers: "raises",
        Random: "random",
        Constant: "not depend",
        Counts: "variables",
    }
    return list(words.items())


@pytest.mark.parametrize(("kind", "word"), opaque_layers())
def test_what_cannot_be_followed_stays_one_box_and_says_why(kind, word):
    x = Input((3,))
    layer = kind()
    layer.dense.build((None, 3))
    model = Model(x, layers.Dense(2)(layer(x)))
    (vertex,) = [v for v in read(model).vertices if v.operation is layer]
    assert vertex.inside is None and word in vertex.opaque
    assert vertex.shapes == ((None, 3),)
    costs = profile(model)
    assert costs.params == model.count_params()
    (row,) = [row for row in costs.rows if row.name == layer.name]
    assert row.macs is None
    assert kind.__name__ in outline(model)
    sentence = f"{kind.__name__} cannot be opened: {vertex.opaque}"
    assert plot_model(model).unopened() == [sentence] and sentence == row.note
    assert sentence[:40] in str(costs)


def test_the_models_own_call_must_be_followed():
    class Decides(Model):
        def call(self, x):
            return x if ops.sum(x) > 0 else -x

    model = Decides(name="decides")
    model.build((None, 3))
    with pytest.raises(ValueError, match="'decides' cannot be read: its call raises"):
        outline(model)


def test_a_block_at_each_step_is_inside():
    class Shaped(Residual):
        def build(self, shape):
            for layer in (self.first, self.norm, self.second):
                layer.build(shape)

        def compute_output_shape(self, shape):
            return shape

    def build(each):
        x = Input((4, *SHAPE))
        return Model(x, layers.TimeDistributed(each())(x))

    def functional_block():
        x = Input(SHAPE)
        return Model(x, residual(x, 3))

    model, twin = (build_weightless(build, each) for each in (lambda: Shaped(3), functional_block))
    assert profile(model).macs == profile(twin).macs > 0
    assert not profile(model).uncounted
    vertex = read(model, expand_nested=True).vertices[-1]
    assert vertex.each_step and vertex.inside.vertices[-1].shapes == ((None, *SHAPE[:2], 3),)


def test_a_layer_that_only_sets_other_defaults_is_not_opened():
    class Wide(layers.Conv2D):
        def __init__(self, **options):
            super().__init__(64, 3, **options)

    x = Input(SHAPE)
    graph = read(Model(x, Wide()(x)))
    assert not any(vertex.inside or vertex.opaque for vertex in graph.vertices)


def test_nothing_is_called_if_layers_of_ones_own_are_to_stay_closed():
    calls = []

    class Counting(Residual):
        def call(self, x, training=None):
            calls.append(x)
            return super().call(x, training=training)

    x = Input((8, 8, 3))
    model = build_weightless(lambda: Model(x, Counting(3)(x)))
    calls.clear()
    read(model, expand_nested=True, own_layers=False)
    assert not calls
    read(model)
    assert len(calls) == 1 and isinstance(calls[0], keras.KerasTensor)


@pytest.mark.parametrize("as_built", [False, True])
def test_a_model_that_is_not_built_is_read_for_a_shape(as_built):
    model, twin = Net(name="net"), build_weightless(functional)
    if as_built:
        build_weightless(model, Input(SHAPE))
    given = {} if as_built else {"in_shape": SHAPE}
    before = books(model)
    assert outline(model, expand_nested=True, **given) == outline(twin)
    assert outline(model, **given) == plot_model(model, **given).outline()
    assert profile(model, **given).params == twin.count_params()
    assert compare(model, twin, **given).verdict == "exact"
    assert compare(twin, model, **given).verdict == "exact"
    assert books(model) == before and model.built == as_built


def test_a_sequential_model_that_is_not_built_is_read_for_a_shape():
    model = keras.Sequential([layers.Dense(3), layers.ReLU()])
    assert outline(model, in_shape=(4,)).endswith("lane: input → dense 3 ·R\n") or "dense 3 ·R" in outline(
        model, in_shape=(4,)
    )
    assert profile(model, in_shape=(4,)).params == 15
    assert not model.built and not model.weights


class TwoTexts(Model):
    def __init__(self):
        super().__init__()
        self.one, self.two, self.join = layers.Dense(2), layers.Dense(3), layers.Concatenate()


class ByPosition(TwoTexts):
    def call(self, a, b, training=False):
        return self.join([self.one(a), self.two(b)])


class AsList(TwoTexts):
    def call(self, both):
        return self.join([self.one(both[0]), self.two(both[1])])


class AsDict(TwoTexts):
    def call(self, both):
        return {"out": self.join([self.one(both["a"]), self.two(both["b"])])}


@pytest.mark.parametrize("kind", [ByPosition, AsList, AsDict])
def test_several_inputs(kind):
    in_shape = {"a": (4,), "b": (5,)} if kind is AsDict else [(4,), (5,)]
    assert profile(kind(), in_shape=in_shape).params == 4 * 2 + 2 + 5 * 3 + 3
    model = kind()
    graph = outline(model, in_shape=in_shape)
    assert graph.count("input") == 2 and "concat" in graph


@pytest.mark.parametrize("in_shape", [(0, 3), "224", {}, [], (3, "x"), 5])
def test_what_is_no_shape_is_refused(in_shape):
    with pytest.raises(ValueError, match="in_shape must be the shape of the input without the batch"):
        outline(Net(), in_shape=in_shape)


def test_a_shape_that_the_model_cannot_take_is_refused():
    with pytest.raises(ValueError, match=r"'net' cannot be called with in_shape=\(3,\): ValueError"):
        outline(Net(name="net"), in_shape=(3,))
    with pytest.raises(ValueError, match="for a model that has no input shape yet; 'net' has one"):
        outline(build_weightless(functional), in_shape=SHAPE)


class Smooth(layers.Layer):
    """A window inside a layer that keeps the map's size; where it decides on values it cannot be seen."""

    def __init__(self, decides):
        super().__init__()
        self.net = keras.Sequential([layers.Conv2D(3, 7, padding="same"), layers.ReLU()])
        self.decides = decides

    def compute_output_spec(self, x):
        return keras.KerasTensor(x.shape, x.dtype)

    def call(self, x):
        return self.net(x) if not self.decides or ops.sum(x) > 0 else x


@pytest.mark.parametrize("decides", [False, True])
def test_no_field_is_stated_after_a_layer_whose_field_is_unknown(decides):
    def build():
        x = Input((32, 32, 3))
        return Model(x, layers.Conv2D(8, 3, padding="same")(Smooth(decides)(x)))

    costs = profile(build_weightless(build))
    assert costs.receptive_field == (None if decides else 9)
    assert costs.rows[-1].receptive_field == (None if decides else 9)
