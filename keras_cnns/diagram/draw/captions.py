"""What can be written under a box, and what a pointer over it tells: shapes, parameters, names."""

from dataclasses import dataclass

from keras_cnns.diagram.draw.style import shortened
from keras_cnns.diagram.fold.parts import Box, Copy
from keras_cnns.graph import Shape, Vertex
from keras_cnns.layer_kinds import landmark


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which captions to write, as the parameters of `plot_model` say."""

    shapes: bool = False
    params: bool = False
    names: bool = False
    dtype: bool = False
    trainable: bool = False


def captions(box: Box, vertices: list[Vertex], wanted: Wanted) -> list[str]:
    """The lines under a box: of an input its shape, and what is wanted of all that it stands for."""
    lines = []
    if box.kind == "input" or wanted.shapes:
        lines.append(spread([size(vertices[copy.main].shapes[0]) for copy in box.copies]))
    if wanted.params:
        counts = [sum(_params(vertices, copy.vertices)) for copy in box.copies]
        if any(counts):
            few = len(set(counts)) == 1
            lines.append(f"{counts[0]:,}" if few else f"{min(counts):,} … {max(counts):,}")
    if wanted.names:
        lines.append(spread([_name(copy, vertices) for copy in box.copies]))
    if wanted.dtype:
        lines.append(spread([_dtype(vertices[copy.main]) for copy in box.copies]))
    if wanted.trainable:
        lines += _trainable(box, vertices)
    return [shortened(line) for line in lines]


def tooltip(box: Box, vertices: list[Vertex]) -> str:
    """Names, shape and parameters of the layers that a box stands for."""
    first = box.copies[0]
    names = ", ".join(shortened(vertices[v].name) for v in first.vertices[:6])
    names += ", …" if len(first.vertices) > 6 else ""
    more = f" and {len(box.copies) - 1} more like it" if len(box.copies) > 1 else ""
    count = sum(_params(vertices, first.vertices))
    weighs = f", {count:,} parameters" if count else ""
    return f"{names}: {size(vertices[first.main].shapes[0])}{weighs}{more}"


def size(shape: Shape) -> str:
    """A shape without the batch: 224×224×3."""
    return "×".join(str(n) for n in shape[1:]) or "scalar"


def spread(values: list[str]) -> str:
    """One value, or the first and the last of several."""
    return values[0] if len(set(values)) == 1 else f"{values[0]} … {values[-1]}"


def _name(copy: Copy, vertices: list[Vertex]) -> str:
    """The name that a person gave one of the layers, or that of the one whose label is in the box."""
    given = landmark([vertices[v].operation for v in copy.vertices]) if copy.vertices else None
    return given or vertices[copy.main].name


def _params(vertices: list[Vertex], members: tuple[int, ...]) -> list[int]:
    """Parameters of the layers, a shared one counted once."""
    layers = {id(vertices[v].operation): vertices[v].operation for v in members}
    return [
        layer.count_params() for layer in layers.values() if hasattr(layer, "count_params") and layer.built
    ]


def _dtype(vertex: Vertex) -> str:
    return str(getattr(vertex.operation, "compute_dtype", ""))


def _trainable(box: Box, vertices: list[Vertex]) -> list[str]:
    layers = [vertices[v].operation for copy in box.copies for v in copy.vertices]
    states = {layer.trainable for layer in layers if getattr(layer, "weights", None)}
    return (
        ["trainable" if states == {True} else "frozen" if states == {False} else "partly frozen"]
        if states
        else []
    )
