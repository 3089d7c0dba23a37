"""The explorable page of a model: its picture, what is inside of each box, and what each layer costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from keras_cnns.diagram.draw.look import Look
from keras_cnns.diagram.page.columns import Call, Totals
from keras_cnns.diagram.page.explorable import page
from keras_cnns.safe_text import one_line
from keras_cnns.tables import axes_text, shape_text

if TYPE_CHECKING:
    from keras import Model

    from keras_cnns.diagram.fold.drawn_layer import DrawnLayer
    from keras_cnns.diagram.fold.parts import Folded
    from keras_cnns.graph import Vertex
    from keras_cnns.profiling.result import Profile


def explorable(
    model: Model,
    folded: Folded,
    look: Look,
    expand_nested: bool = False,
    in_shape: Sequence[int] | Sequence[Sequence[int]] | dict[str, Sequence[int]] | None = None,
    colour: str = "kind",
) -> str:
    """Return the page for a model, as HTML.

    Args:
        model: the model.
        folded: the same as it is drawn.
        look: how it is drawn.
        expand_nested: as it was given to `fold`.
        in_shape: as for `plot_model`.
        colour: by what boxes are coloured at first.
    """
    from keras_cnns import graph

    with graph.readable(model, in_shape):
        n_top = len(graph.read(model, expand_nested).vertices)
        whole = graph.read(model, expand_nested=True).vertices
        profile, why = _profile(model)
    calls = _calls(whole, profile)
    places: dict[int, list[list[int]]] = {}
    counted = _spread(cast("Sequence[Vertex]", folded.vertices[:n_top]), frozenset(), places, 0)
    if counted != len(whole):
        raise RuntimeError("the calls of the model and those of its picture are not the same; this is a bug.")
    rows: dict[int, list[int]] = {}
    for v, vertex in enumerate(folded.vertices):
        found = [row for each in places.get(id(vertex.call), []) for row in each]
        if id(vertex.call) not in places:  # what is computed for each step of time
            calls.append(_uncounted(vertex))
            found = [len(calls) - 1]
        rows[v] = found
    return page(folded, look, calls, rows.__getitem__, _totals(profile, calls, why), colour)


def explored(folded: Folded, profile: Profile, look: Look, colour: str = "kind") -> str:
    """Return the same for a model with no model inside, given as it is drawn and with what it costs."""
    calls = _calls(folded.vertices, profile)
    return page(folded, look, calls, lambda v: [v], _totals(profile, calls, ""), colour)


def _profile(model: Model) -> tuple[Profile | None, str]:
    """What the model costs, or why that is not known, as when it takes images of any size."""
    from keras_cnns.profiling.profile_model import profile_model

    try:
        return profile_model(model), ""
    except ValueError as error:
        return None, one_line(str(error))


def _spread(
    vertices: Sequence[Vertex], given: frozenset[int], places: dict[int, list[list[int]]], at: int
) -> int:
    """Note for each call which places it has when everything is in the place of what it is inside of."""
    for i, vertex in enumerate(vertices):
        if i in given:
            places.setdefault(id(vertex.call), []).append([])
            continue
        start = at
        if vertex.inside and not vertex.each_step:
            inputs = frozenset(vertex.inside.inputs[: len(vertex.sources)])
            at = _spread(vertex.inside.vertices, inputs, places, at)
        else:
            at += 1
        places.setdefault(id(vertex.call), []).append(list(range(start, at)))
    return at


def _calls(vertices: Sequence[DrawnLayer], profile: Profile | None) -> list[Call]:
    if not profile:
        return [_uncounted(vertex, vertex.sources) for vertex in vertices]
    return [
        Call(
            name=one_line(row.name),
            kind=one_line(row.kind),
            shape=shape_text(row.shape),
            sources=vertex.sources,
            params=row.params,
            params_formula=row.params_formula,
            macs=row.macs,
            macs_formula=row.macs_formula,
            size=row.activation_bytes,
            field="the whole input" if row.receptive_field == "all" else axes_text(row.receptive_field),
            note=one_line(row.note),
            given=row.given,
        )
        for row, vertex in zip(profile.rows, vertices, strict=True)
    ]


def _uncounted(vertex: DrawnLayer, sources: tuple[int, ...] = ()) -> Call:
    """A call of which nothing is known but what the graph says."""
    return Call(one_line(vertex.name), one_line(vertex.kind), shape_text(vertex.shapes[0]), sources)


def _totals(profile: Profile | None, calls: list[Call], why: str) -> Totals:
    if not profile:
        return Totals(0, known=False, why=why)
    field = "" if profile.receptive_field is None else axes_text(profile.receptive_field)
    return Totals(profile.params, profile.macs, profile.activation_bytes, profile.depth, field)
