"""A model read as a graph: the edges are Keras' own, and the graph computes what the model computes."""

from collections import Counter

import keras
import numpy as np
import pytest
from keras import Input, Model, Sequential, layers

from keras_cnns.graph import check_functional, depth_first, read, readers_of

SIZE = 3


def dense(name, x):
    return layers.Dense(SIZE, use_bias=False, name=name)(x)


def difference(name="difference"):
    """A model whose two inputs are not alike: the second, doubled, from the first."""
    a, b = Input((SIZE,), name=f"{name}_a"), Input((SIZE,), name=f"{name}_b")
    minus = layers.Subtract(name=f"{name}_minus")([a, layers.Rescaling(2.0, name=f"{name}_twice")(b)])
    return Model([a, b], minus, name=name)


def straight():
    x = y = Input((SIZE,))
    for name in "abc":
        y = dense(name, y)
    return Model(x, y)


def sequential():
    return Sequential([Input((SIZE,)), layers.Dense(SIZE, name="a"), layers.ReLU(name="b")])


def crossed():
    """A model inside, its inputs once as they come and once the other way round."""
    one, two = Input((SIZE,), name="one"), Input((SIZE,), name="two")
    inner = difference()
    return Model([one, two], [inner([one, two]), inner([two, one]), inner([dense("a", two), one])])


def nested_twice():
    one, two = Input((SIZE,), name="one"), Input((SIZE,), name="two")
    a, b = Input((SIZE,), name="outer_a"), Input((SIZE,), name="outer_b")
    inner = difference("inner")
    outer = Model([a, b], [inner([b, a]), dense("c", a)], name="outer")
    return Model([one, two], outer([dense("d", two), one]))


def passed_through():
    """A model inside that gives out an input of its own, too."""
    a, b = Input((SIZE,), name="inner_a"), Input((SIZE,), name="inner_b")
    inner = Model([a, b], [b, layers.Subtract(name="minus")([a, b])], name="inner")
    one, two = Input((SIZE,), name="one"), Input((SIZE,), name="two")
    return Model([one, two], layers.Subtract(name="last")(inner([one, two])))


def shared():
    one, two = Input((SIZE,), name="one"), Input((SIZE,), name="two")
    layer = layers.Dense(SIZE, name="shared")
    minus = layers.Subtract(name="minus")
    first = minus([layer(one), layer(two)])
    return Model([one, two], minus([layer(first), one]))


def other_order():
    """Inputs and outputs that do not stand in the order of computation; one output is read again."""
    one, two = Input((SIZE,), name="one"), Input((SIZE,), name="two")
    early = dense("early", two)
    late = layers.Subtract(name="late")([early, dense("a", one)])
    return Model([two, one], [late, early])


def part_of_another():
    """A model that starts inside another: what is before its input does not belong to it."""
    x = Input((SIZE,))
    middle = dense("before", x)
    return Model(middle, layers.Subtract(name="minus")([dense("after", middle), middle]))


MODELS = [
    straight,
    sequential,
    difference,
    crossed,
    nested_twice,
    passed_through,
    shared,
    other_order,
    part_of_another,
]
both = pytest.mark.parametrize("expand_nested", [False, True])


def keras_nodes(model):
    """The calls in a model as Keras itself sorted them when it was built."""
    function = model._functional if isinstance(model, Sequential) else model
    return [node for nodes in function._nodes_by_depth.values() for node in nodes]


@pytest.mark.parametrize("build", MODELS)
def test_edges_are_those_of_keras_own_nodes(build):
    model = build()
    theirs = Counter()
    starts = {id(tensor) for tensor in model.inputs}
    for node in keras_nodes(model):
        if any(id(tensor) in starts for tensor in node.outputs):
            continue
        for place, tensor in enumerate(node.input_tensors):
            theirs[tensor._keras_history.operation.name, node.operation.name, place] += 1
    graph = read(model)
    ours = Counter(
        (graph.vertices[source].name, vertex.name, place)
        for vertex in graph.vertices
        for place, source in enumerate(vertex.sources)
    )
    assert ours == theirs
    assert len(graph.vertices) == len(keras_nodes(model))


def computed(graph, inputs):
    """The outputs of a graph, each vertex computed from those that it reads and from nothing else."""
    start = iter(inputs)
    values = []
    for vertex in graph.vertices:
        read = [values[source] for source in vertex.sources]
        values.append(vertex.operation(read[0] if len(read) == 1 else read) if read else next(start))
    return [keras.ops.convert_to_numpy(values[output]) for output in graph.outputs]


def example(model, seed=0):
    numbers = np.random.default_rng(seed)
    return [keras.ops.convert_to_tensor(numbers.normal(size=(2, SIZE)), "float32") for _ in model.inputs]


def outputs(model, inputs):
    made = model(inputs if len(inputs) > 1 else inputs[0])
    return [keras.ops.convert_to_numpy(one) for one in keras.tree.flatten(made)]


def in_order_of_inputs(model, graph, inputs):
    """The inputs in the order in which their vertices come."""
    place = {tensor._keras_history.operation: i for i, tensor in enumerate(model.inputs)}
    return [inputs[place[vertex.operation]] for vertex in graph.vertices if not vertex.sources]


# What gives several tensors cannot be followed by vertices alone.
COMPUTED = [(build, False) for build in MODELS if build not in (nested_twice, passed_through)]
COMPUTED += [(build, True) for build in MODELS]


@pytest.mark.parametrize(("build", "expand_nested"), COMPUTED)
def test_the_graph_computes_what_the_model_computes(build, expand_nested):
    model = build()
    graph, inputs = read(model, expand_nested), example(model)
    found = computed(graph, in_order_of_inputs(model, graph, inputs))
    for ours, theirs in zip(found, outputs(model, inputs), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def ancestors(graph, output):
    return depth_first([output], lambda i: graph.vertices[i].sources)


@both
@pytest.mark.parametrize("build", MODELS)
def test_an_input_that_is_changed_moves_the_outputs_that_read_it(build, expand_nested):
    model = build()
    graph, inputs = read(model, expand_nested), example(model)
    before = outputs(model, inputs)
    for i, tensor in enumerate(model.inputs):
        changed = [one + 1.0 if i == k else one for k, one in enumerate(inputs)]
        moved = [not np.allclose(a, b) for a, b in zip(before, outputs(model, changed))]
        vertex = [v.operation for v in graph.vertices].index(tensor._keras_history.operation)
        reached = [vertex in ancestors(graph, output) for output in graph.outputs]
        assert all(there for there, does in zip(reached, moved) if does)
        if expand_nested:
            assert reached == moved


@both
@pytest.mark.parametrize("build", MODELS)
def test_each_vertex_comes_after_those_it_reads(build, expand_nested):
    graph = read(build(), expand_nested)
    assert all(source < i for i, vertex in enumerate(graph.vertices) for source in vertex.sources)
    shapes = [vertex.shapes[0] for vertex in graph.vertices]
    assert set(shapes) == {(None, SIZE)}


@both
def test_towers_come_one_after_the_other_in_the_order_in_which_they_are_read(expand_nested):
    x = Input((SIZE,), name="x")
    ends = {name: dense(f"{name}1", x) for name in "cab"}
    ends = {name: dense(f"{name}2", ends[name]) for name in "bca"}
    model = Model(x, layers.Concatenate(name="end")([ends[name] for name in "abc"]))
    names = [vertex.name for vertex in read(model, expand_nested).vertices]
    assert names == ["x", "a1", "a2", "b1", "b2", "c1", "c2", "end"]


def test_outputs_are_in_the_models_order():
    graph = read(other_order())
    assert [graph.vertices[output].name for output in graph.outputs] == ["late", "early"]


def test_a_model_inside_is_one_vertex_or_its_layers():
    assert [v.name for v in read(crossed()).vertices].count("difference") == 3
    expanded = [v.name for v in read(crossed(), expand_nested=True).vertices]
    assert expanded.count("difference_minus") == expanded.count("difference_twice") == 3
    assert "difference" not in expanded and "difference_a" not in expanded


def test_what_is_inside_a_model_is_read_once():
    graph = read(crossed())
    inside = [vertex.inside for vertex in graph.vertices if vertex.name == "difference"]
    assert len(inside) == 3 and inside[0] is inside[1] is inside[2]
    assert {v.name for v in inside[0].vertices} >= {"difference_minus", "difference_twice"}
    assert all(vertex.inside is None for vertex in graph.vertices if vertex.name != "difference")
    assert all(vertex.inside is None for vertex in read(crossed(), expand_nested=True).vertices)


def test_a_model_of_each_step_is_inside_and_never_in_its_place():
    frames = Input((4, SIZE))
    model = Model(frames, layers.TimeDistributed(straight(), name="each")(frames))
    for expand_nested in (False, True):
        (each,) = [v for v in read(model, expand_nested).vertices if v.name == "each"]
        assert each.each_step
        assert [v.name for v in each.inside.vertices][1:] == ["a", "b", "c"]
        assert each.inside.vertices[-1].shapes == ((None, SIZE),)


def test_a_layer_applied_again_is_a_vertex_each_time():
    assert [v.name for v in read(shared()).vertices].count("shared") == 3


def test_readers_turn_the_edges_round():
    graph = read(shared())
    edges = {(source, i) for i, vertex in enumerate(graph.vertices) for source in vertex.sources}
    assert {(i, j) for i, readers in enumerate(graph.readers()) for j in readers} == edges
    assert readers_of([(), (0, 0), (0, 1)]) == [[1, 1, 2], [2], []]


def test_depth_first_takes_the_first_source_and_all_before_it_first():
    sources = {"end": ["b", "a"], "b": ["start"], "a": ["c", "start"], "c": ["start"], "start": []}
    assert depth_first(["end"], sources.__getitem__) == ["start", "b", "c", "a", "end"]
    assert depth_first(["end"], sources.__getitem__, done=["a"]) == ["start", "b", "end"]
    assert depth_first(["c", "b"], sources.__getitem__) == ["start", "c", "b"]


class Subclassed(Model):
    def call(self, x):
        return x


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (lambda: Sequential([layers.Dense(3)]), "has no input shape yet; give it a keras.Input"),
        (lambda: layers.Dense(3), "got <Dense"),
        (lambda: None, "got None"),
    ],
)
def test_what_is_no_graph_is_refused(model, words):
    for check in (check_functional, read):
        with pytest.raises(ValueError, match=words):
            check(model())


def test_a_subclassed_model_is_no_functional_one():
    with pytest.raises(ValueError, match="Subclassed is a subclass whose call"):
        check_functional(Subclassed())
    with pytest.raises(ValueError, match="has no input shape yet"):
        read(Subclassed())
