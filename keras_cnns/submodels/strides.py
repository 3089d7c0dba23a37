"""The strides of a model's maps: by how many pixels of the image two neighbors of a map are apart."""

from collections.abc import Sequence

from keras import Model, layers

from keras_cnns.arguments import checked_int, is_plain, shown
from keras_cnns.graph import depth_first
from keras_cnns.layer_kinds import CROPPINGS, GLOBAL_POOLINGS, PADDINGS, side_factors, unwrapped
from keras_cnns.submodels.places import Place, sources_of

# What gives a map of other sides than its strides say, or no map.
OTHER_SIDES = (*GLOBAL_POOLINGS, layers.Resizing, layers.CenterCrop, layers.Reshape, layers.Permute)


def last_of_strides(model: Model, end: Place, strides: Sequence[int]) -> list[Place]:
    """Return for each stride the last map that all paths go through, on the way to the coarsest map.

    Args:
        model: what a message names.
        end: where to look back from.
        strides: those that are asked for.

    Raises:
        ValueError: if `strides` are no ints, or there is no map of such a stride.
    """
    if not is_plain(strides) or not hasattr(strides, "__iter__"):
        raise ValueError(f"strides must be a list of ints, such as [4, 8, 16, 32]; got {shown(strides)}.")
    wanted = [checked_int("strides", each) for each in strides]
    if not wanted:
        raise ValueError("strides must have at least one int; got none.")
    order = depth_first([end], sources_of)
    stride = strides_of(order)
    coarsest = max((n for n in stride.values() if n), default=None)
    last = {}
    if coarsest:
        deepest = [place for place in order if stride[place] == coarsest][-1]
        last = {stride[place]: place for place in passed_by_all(depth_first([deepest], sources_of))
                if not isinstance(place.operation, (*PADDINGS, *CROPPINGS))}  # fmt: skip
    for each in wanted:
        if each not in last:
            known = ", ".join(f"{n:g}" for n in sorted(n for n in last if n)) or "none that is known"
            raise ValueError(f"strides must be among those of {model.name!r}, {known}; got {each}.")
    return [last[each] for each in wanted]


def strides_of(order: Sequence[Place]) -> dict[Place, float | None]:
    """Return the stride of each map; None where it has none, or where it is unknown."""
    found: dict[Place, float | None] = {}
    for place in order:
        rank = len(place.tensor.shape) - 2
        sources = [source for source in sources_of(place) if not is_gate(source)]
        entering = {found[source] for source in sources} or {1.0}
        factors = set(side_factors(unwrapped(place.operation), rank))
        before = entering.pop() if len(entering) == 1 else None
        is_known = rank > 0 and len(factors) == 1 and not isinstance(place.operation, OTHER_SIDES)
        found[place] = before / factors.pop() if before is not None and is_known else None
    return found


def is_gate(place: Place) -> bool:
    """Return whether a tensor has no sides, as what a squeeze-and-excitation gate multiplies a map with."""
    return all(side == 1 for side in place.tensor.shape[1:-1])


def passed_by_all(order: Sequence[Place]) -> list[Place]:
    """Return the tensors that every path from the inputs to the last one goes through, in their order."""
    index = {place: i for i, place in enumerate(order)}
    furthest = list(range(len(order)))  # the last that reads each
    for i, place in enumerate(order):
        for source in sources_of(place):
            furthest[index[source]] = max(furthest[index[source]], i)
    passed, reach = [], 0
    for i, place in enumerate(order):
        if reach <= i:
            passed.append(place)
        reach = max(reach, furthest[i])
    return passed
