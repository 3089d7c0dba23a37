"""The text under a box and its tooltip: shapes, parameters, names."""

from collections.abc import Sequence
from dataclasses import dataclass

from keras_cnns.diagram.fold.drawn_layer import DrawnLayer
from keras_cnns.diagram.fold.parts import Box, Instance
from keras_cnns.safe_text import cut_name, shortened


@dataclass(frozen=True, slots=True)
class CaptionOptions:
    """Which captions to write, as the parameters of `plot_model` say."""

    shapes: bool = False
    params: bool = False
    names: bool = False
    dtype: bool = False
    trainable: bool = False


def captions(box: Box, vertices: Sequence[DrawnLayer], options: CaptionOptions) -> list[str]:
    """Return the lines under a box: an input's shape, and what the options ask for."""
    lines = []
    if box.kind == "input" or options.shapes:
        lines.append(spread([size(vertices[instance.anchor].shapes[0]) for instance in box.instances]))
    if options.params:
        counts = [sum(_params(vertices, instance.vertices)) for instance in box.instances]
        if any(counts):
            few = len(set(counts)) == 1
            lines.append(f"{counts[0]:,}" if few else f"{min(counts):,} … {max(counts):,}")
    if options.names:
        lines.append(spread([_name(instance, vertices) for instance in box.instances]))
    if options.dtype:
        lines.append(spread([_dtypes(instance, vertices) for instance in box.instances]))
    if options.trainable:
        lines += _trainable(box, vertices)
    return [shortened(line) for line in lines]


MOST_NAMED = 4  # layers of a box, such as a padding, a convolution, a normalization and an activation


def tooltip(box: Box, vertices: Sequence[DrawnLayer]) -> str:
    """Return names, shape and parameters of the layers that a box stands for."""
    first = next((instance for instance in box.instances if instance.vertices), box.instances[0])
    names = ", ".join(cut_name(vertices[v].name) for v in first.vertices[:MOST_NAMED])
    names += ", …" if len(first.vertices) > MOST_NAMED else ""
    more = f" and {len(box.instances) - 1} more like it" if len(box.instances) > 1 else ""
    count = sum(_params(vertices, first.vertices))
    weighs = f", {count:,} parameters" if count else ""
    return f"{names}: {size(vertices[first.anchor].shapes[0])}{weighs}{more}"


def size(shape: tuple[int | None, ...]) -> str:
    """A shape without the batch: 224×224×3."""
    return "×".join(str(n) for n in shape[1:]) or "scalar"


def spread(values: list[str]) -> str:
    """One value, or the first and the last of several."""
    return values[0] if len(set(values)) == 1 else f"{values[0]} … {values[-1]}"


def _name(instance: Instance, vertices: Sequence[DrawnLayer]) -> str:
    """The landmark among the layers, or the name of the one whose label is in the box."""
    given = [name for v in instance.vertices if (name := vertices[v].landmark)]
    return cut_name(given[-1] if given else vertices[instance.anchor].name)


def _params(vertices: Sequence[DrawnLayer], members: tuple[int, ...]) -> list[int]:
    """Parameters of the calls, a shared weight counted once."""
    counted: set[int] = set()
    counts = []
    for v in members:
        sizes = vertices[v].parameters
        counts.append(sum(count for weight, count in sizes.items() if weight not in counted))
        counted.update(sizes)
    return counts


def _dtypes(instance: Instance, vertices: Sequence[DrawnLayer]) -> str:
    """The types of what the last layer gives, which need not be those in which it computes."""
    last = vertices[max(instance.vertices)] if instance.vertices else vertices[instance.anchor]
    return ", ".join(dict.fromkeys(last.dtypes))


def _trainable(box: Box, vertices: Sequence[DrawnLayer]) -> list[str]:
    """Whether weights are trained, those of a frozen model in a wrapper, too; nothing without weights."""
    known = [vertices[v].trained for instance in box.instances for v in instance.vertices]
    made_for = {weight for wanted, _ in known for weight in wanted}
    trained = {weight for _, now in known for weight in now}
    if not made_for:
        return []
    return ["trainable" if made_for <= trained else "partly frozen" if made_for & trained else "frozen"]
