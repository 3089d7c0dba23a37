"""The check that a diagram accounts for every layer: it sees each way in which a diagram can be wrong."""

from dataclasses import replace

import pytest
from keras import Input, Model, layers
from support.models import conv, nested, residual
from support.random_models import SHAPE

from keras_cnns.diagram.fold import set_apart
from keras_cnns.diagram.fold.badges import Badge
from keras_cnns.diagram.fold.coverage import covers
from keras_cnns.diagram.fold.fold import fold
from keras_cnns.diagram.fold.parts import (
    Box,
    Folded,
    Fork,
    Instance,
    Module,
    ParallelCopies,
    Repeat,
    SideOutput,
)
from keras_cnns.graph import read
from keras_cnns.visualize import outline, plot_model

RELU = Badge("R", "ReLU", True)


def vertices(n):
    """n layers one after the other, as a graph has them."""
    x = y = Input(SHAPE)
    for _ in range(n - 1):
        y = layers.ReLU()(y)
    return list(read(Model(x, y)).vertices)


def box(*instances, kind="conv", module=None):
    """A box that stands for as many layers as are given, each by the numbers of its vertices."""
    made = [one if isinstance(one, Instance) else Instance(one, one[-1]) for one in instances]
    return Box(kind, kind, made, module)


def folded(n, lane, sides=(), modules=()):
    return Folded(
        "made by hand", vertices(n), lane, [SideOutput(body, (), 0) for body in sides], list(modules)
    )


def test_what_is_true():
    assert covers(folded(3, [box((0,)), box((1, 2))]))
    assert covers(folded(4, [box((0,)), Repeat([box((1,), (2,), (3,))], 3)]))
    assert covers(folded(4, [box((0,)), Fork([[box((1,))], [box((2,))], []]), box((3,))]))
    assert covers(folded(4, [box((0,)), Fork([[ParallelCopies([box((1,), (2,), (3,))], 3)]])]))
    assert covers(folded(3, [box((0,)), box((1,))], sides=[[box((2,))]]))


def test_a_lost_vertex():
    assert not covers(folded(3, [box((0,)), box((1,))]))
    assert not covers(folded(3, [box((0,)), Fork([[box((2,))], []])]))


def test_a_vertex_in_two_boxes():
    assert not covers(folded(3, [box((0,)), box((1, 2)), box((2,))]))
    assert not covers(folded(3, [box((0,)), box((1,))], sides=[[box((2,)), box((0,))]]))


def test_a_lost_vertex_does_not_make_up_for_a_doubled_one():
    assert not covers(folded(3, [box((0,)), box((1, 1))]))


def test_a_vertex_that_is_not_there():
    assert not covers(folded(2, [box((0,)), box((1,)), box((2,))]))


@pytest.mark.parametrize("count", [2, 4])
@pytest.mark.parametrize("kind", [Repeat, ParallelCopies])
def test_a_wrong_count(kind, count):
    assert not covers(folded(4, [box((0,)), kind([box((1,), (2,), (3,))], count)]))


def test_repeats_inside_repeats_multiply():
    inner = box(*[(i,) for i in range(1, 7)])
    assert covers(folded(7, [box((0,)), Repeat([Repeat([inner], 3)], 2)]))
    assert not covers(folded(7, [box((0,)), Repeat([Repeat([inner], 2)], 2)]))
    assert not covers(folded(7, [box((0,)), Repeat([inner], 3)]))


def with_module(times, instances=((1, 2), (3, 4)), inside=((1,), (3,))):
    """A module of two layers that stands twice in the lane."""
    module = Module("module", "module", body=[box(*inside), box((2,), (4,))], times=times)
    placed = box(*instances, kind="module", module=module)
    return folded(5, [box((0,)), Repeat([placed], 2)], modules=[module])


def test_modules():
    assert covers(with_module(2))
    assert not covers(with_module(1)), "explained for one"
    assert not covers(with_module(2, instances=((1, 2),))), "stands for one"
    assert not covers(with_module(2, inside=((1,), (2,)))), "a layer lost, another doubled"


def test_a_module_that_is_not_explained():
    whole = with_module(2)
    assert not covers(replace(whole, modules=[]))


def test_badges_of_the_instances_between():
    def run(*badges):
        instances = [Instance((i,), i, badge) for i, badge in enumerate(badges, start=1)]
        return folded(len(badges) + 1, [box((0,)), Repeat([box(*instances)], len(badges))])

    assert covers(run((RELU,), (RELU,), (RELU,)))
    assert covers(run((RELU,), (RELU,), ())), "the last may differ: a note says so"
    assert covers(run((), (RELU,), (RELU,), (RELU,))), "so may the first"
    assert not covers(run((RELU,), (), (RELU,), (RELU,)))


def lying(series):
    """What a fault in folding might do: leave the last part of a series out."""
    return series[:-1]


def test_a_diagram_that_would_lie_is_not_drawn(monkeypatch):
    x = Input(SHAPE)
    model = Model(x, conv(residual(conv(x))), name="victim")
    honest = set_apart.repeats
    monkeypatch.setattr(set_apart, "repeats", lambda segments: lying(honest(segments)))
    for door in (fold, outline, plot_model):
        with pytest.raises(RuntimeError, match="diagram of 'victim' would not account for every layer"):
            door(model)


def test_every_model_inside_is_accounted_for():
    for expand_nested in (False, True):
        whole = fold(nested(), expand_nested)
        assert covers(whole)
        assert not covers(replace(whole, vertices=[*whole.vertices, whole.vertices[-1]]))
