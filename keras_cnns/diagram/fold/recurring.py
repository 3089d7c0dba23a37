"""Groups of segments that recur in a long lane, though not next to each other."""

from collections import Counter
from collections.abc import Callable

from keras_cnns.diagram.fold.parts import boxes
from keras_cnns.diagram.fold.repeats import repeats
from keras_cnns.diagram.fold.segments import Segment
from keras_cnns.fingerprints import Interner

# A lane with more boxes than a screen shows is searched for what recurs.
MOST_IN_LANE = 16
LENGTHS = range(3, 7)
FEWEST_PLACES = 3


def group_recurring(segments: list[Segment], leads: Callable[[Segment], bool]) -> list[list[Segment]]:
    """Group the segments of a long lane by what recurs in it, what saves most first; most stay alone.

    `leads` says whether a segment is a normalization or activation that all branches of the next one read.
    """
    groups = [[segment] for segment in segments]
    if _n_drawn(groups) > MOST_IN_LANE:
        groups = _with_what_leads(groups, leads)
    while _n_drawn(groups) > MOST_IN_LANE:
        starts, length = _best(groups)
        if len(starts) < FEWEST_PLACES:
            break
        for start in reversed(starts):
            groups[start : start + length] = [
                [segment for group in groups[start : start + length] for segment in group]
            ]
    return groups


def is_long(segments: list[Segment]) -> bool:
    """Return whether a lane has more boxes than a screen shows, its repeats folded."""
    return _n_drawn([[segment] for segment in segments]) > MOST_IN_LANE


def _n_drawn(groups: list[list[Segment]]) -> int:
    """How many boxes the lane has when its repeats are folded."""
    intern = Interner()
    drawn = [Segment(group[-1].series[-1:], intern(_signatures(group))) for group in groups]
    return sum(1 for _ in boxes(repeats(drawn)))


def _with_what_leads(groups: list[list[Segment]], leads: Callable[[Segment], bool]) -> list[list[Segment]]:
    """Group a pre-activation with the block that it leads to, as in ResNet-v2, if both are there again."""
    pairs = list(zip(groups, groups[1:]))
    often = Counter(_signatures(one + two) for one, two in pairs)
    starts = [
        i
        for i, ((one,), (two,)) in enumerate(pairs)
        if two.branches_out
        and leads(one)
        and not (two.is_open or two.bare or one.read_outside)
        and often[one.signature, two.signature] > 1
    ]
    for start in reversed(starts):
        groups[start : start + 2] = [groups[start] + groups[start + 1]]
    return groups


def _best(groups: list[list[Segment]]) -> tuple[list[int], int]:
    """Where the sequence that saves most begins, and how long it is."""
    places: dict[tuple, list[int]] = {}
    for length in LENGTHS:
        for start in range(len(groups) - length + 1):
            window = groups[start : start + length]
            if not all(len(group) == 1 and _may_recur(group[0]) for group in window):
                continue
            if any(group[0].read_outside for group in window[:-1]):
                continue
            found = places.setdefault((length, *map(_signatures, window)), [])
            if not found or found[-1] + length <= start:
                found.append(start)
    often = {key: starts for key, starts in places.items() if len({*key[1:]}) > 1}
    best = max(often, key=lambda key: ((len(often[key]) - 1) * (key[0] - 1), key[0]), default=None)
    return ([], 0) if best is None else (often[best], best[0])


def _signatures(group: list[Segment]) -> tuple[int, ...]:
    return tuple(segment.signature for segment in group)


def _may_recur(segment: Segment) -> bool:
    """A convolution, or the gate of a squeeze and excitation: what blocks without a shortcut are made of."""
    return segment.kind == "conv" or getattr(segment.series[-1], "label", "") == "multiply"
