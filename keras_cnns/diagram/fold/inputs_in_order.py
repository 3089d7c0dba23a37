"""The inside of a model with several inputs, so that its panel has them in the model's order."""

from collections.abc import Sequence

from keras_cnns.diagram.fold.parts import Box, Fork, Mesh, Part, boxes


def in_order_of_inputs(series: list[Part], inputs: Sequence[int]) -> list[int]:
    """Bring what begins with inputs into the order of these; return the order in which they were.

    Models of equal series are equal only if their inputs come in one order.

    Args:
        series: the inside of a model, its branches and cells in an order that does not depend on the layers'.
        inputs: the vertices that stand for the model's inputs, in their order.
    """
    place = {vertex: i for i, vertex in enumerate(inputs)}
    found = [place[box.instances[0].anchor] for box in boxes(series) if box.instances[0].anchor in place]
    if len(found) > 1:
        _arrange(series, place)
    return found if len(found) > 1 else []


def listed_inputs(sources: Sequence[str], outputs: Sequence[str | None]) -> str:
    """Say in lines which inputs of a model come from where: "input 1 is dense", "inputs 2 and 3 are conv".

    Args:
        sources: for each input the name of what gives it.
        outputs: for each input which output of this it is; None if it has one only.
    """
    given = [f"{output} of {source}" if output else source for source, output in zip(sources, outputs)]
    said = []
    for one in dict.fromkeys(given):
        numbers = [str(i) for i, other in enumerate(given, 1) if other == one]
        words = f"inputs {' and '.join(numbers)} are" if len(numbers) > 1 else f"input {numbers[0]} is"
        said.append(f"{words} {one}")
    return "\n".join(said)


def _arrange(series: list[Part], place: dict[int, int]) -> None:
    first = series[0] if series else None
    if isinstance(first, Fork):
        for branch in first.branches:
            _arrange(branch, place)
        order = sorted(range(len(first.branches)), key=lambda i: _first(first.branches[i], place))
        first.branches = [first.branches[i] for i in order]
        first.ways = tuple(first.ways[i] for i in order) if first.ways else ()
    elif isinstance(first, Mesh):
        _arrange_cells(first, place)


def _arrange_cells(mesh: Mesh, place: dict[int, int]) -> None:
    """Change places of the cells that begin with inputs: nothing comes before these."""
    starts = [
        i
        for i, cell in enumerate(mesh.cells)
        if isinstance(cell[0], Box) and _first(cell, place) < len(place)
    ]
    ordered = sorted(starts, key=lambda i: _first(mesh.cells[i], place))
    moved = dict(zip(ordered, starts))
    at = [moved.get(i, i) for i in range(len(mesh.cells))]
    cells = dict(zip(at, mesh.cells))
    mesh.cells = [cells[i] for i in range(len(cells))]
    mesh.edges = sorted((at[i], at[j]) for i, j in mesh.edges)
    mesh.second_edges = sorted((at[i] if i >= 0 else i, at[j]) for i, j in mesh.second_edges)
    mesh.entries = sorted(at[i] for i in mesh.entries)
    mesh.exits = sorted(at[i] for i in mesh.exits)


def _first(series: list[Part], place: dict[int, int]) -> int:
    """The first input in a series."""
    return min((place.get(box.instances[0].anchor, len(place)) for box in boxes(series)), default=len(place))
