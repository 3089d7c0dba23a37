"""What follows the last of several equal blocks, as the normalization in pre-norm transformers, apart.

As a badge of what closes the last block it would make that block unlike the others.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from keras_cnns.diagram.fold.layer_labels import Description, describe
from keras_cnns.diagram.fold.parts import Box, Instance, Part, as_box
from keras_cnns.diagram.fold.repeats import LONGEST_GROUP
from keras_cnns.diagram.fold.segments import Segment
from keras_cnns.graph import Vertex


def with_ends_apart(
    segments: list[Segment], vertices: Sequence[Vertex], segment_of: Callable[[list[Part]], Segment]
) -> list[Segment]:
    """Make a box of its own of a trailing normalization or activation if the block then completes a repeat.

    Args:
        segments: a series.
        vertices: what the boxes' instances count.
        segment_of: makes a segment of the parts that it is to have.
    """
    often = Counter(segment.signature for segment in segments)
    after_equal = _always_after_equal(segments, vertices, segment_of)
    found: list[Segment] = []
    latest: dict[int, int] = {}
    for segment in segments:
        single = often[segment.signature] == 1 or segment.signature in after_equal
        ways = _ways_apart(segment, vertices) if single else ()
        for parts, rest, activates in ways:
            block = segment_of(parts)
            like = latest.get(block.signature)
            if like is not None and _completes_repeat(found, like, activates):
                found.append(block)
                segment = segment_of(rest)
                break
        if found and _leads(found[-1], segment, vertices):
            segment = segment_of([_led(as_box(found.pop().series[0]), as_box(segment.series[0]), vertices)])
        latest[segment.signature] = len(found)
        found.append(segment)
    return found


def _leads(apart: Segment, segment: Segment, vertices: Sequence[Vertex]) -> bool:
    """Whether a normalization stands alone before a convolution, whose first badges it can be."""
    if not apart.is_box or apart.read_outside or not segment.is_box or segment.kind != "conv":
        return False
    (one,) = as_box(apart.series[0]).instances
    described = describe(vertices[one.anchor])
    return described.role == "badge" and not described.badges[0].activates and not one.notes


def _led(apart: Box, convolution: Box, vertices: Sequence[Vertex]) -> Box:
    """A convolution with the normalization that stands alone before it."""
    (first,), (one,) = apart.instances, convolution.instances
    before = (*describe(vertices[first.anchor]).badges, *first.badges, *one.before)
    led = replace(one, vertices=(*first.vertices, *one.vertices), before=before)
    return replace(convolution, instances=[led])


def _always_after_equal(
    segments: list[Segment], vertices: Sequence[Vertex], segment_of: Callable[[list[Part]], Segment]
) -> set:
    """The signatures of blocks that, each time, follow one which is like them but for what is at their end.

    Such a block ends each stage of a ConvNeXt, whose next layer is normalized first.
    """
    often = Counter(segment.signature for segment in segments)
    after: Counter = Counter()
    for before, segment in pairwise(segments):
        if often[segment.signature] > 1 and often[before.signature] > 1:
            blocks = (segment_of(parts) for parts, _, _ in _ways_apart(segment, vertices))
            after[segment.signature] += any(block.signature == before.signature for block in blocks)
    return {signature for signature, count in after.items() if count == often[signature]}


def _completes_repeat(segments: list[Segment], like: int, activates: bool) -> bool:
    """Whether a segment equal to that at `like` goes on with what is repeated there.

    What `activates` only the last of equal neighbours is said in words, not set apart.
    """
    period = len(segments) - like
    between = [segment.signature for segment in segments[like + 1 :]]
    before = [segment.signature for segment in segments[max(0, like + 1 - period) : like]]
    return period <= LONGEST_GROUP and between == before and not (activates and period == 1)


def _ways_apart(
    segment: Segment, vertices: Sequence[Vertex]
) -> Iterator[tuple[list[Part], list[Part], bool]]:
    """A block without some of the badges at its end, these as a box, and if it activates; fewest first."""
    last = segment.series[-1]
    if not isinstance(last, Box) or not (segment.branches_out or last.kind == "model"):
        return
    (one,) = last.instances
    start = one.vertices.index(one.anchor)
    described = [describe(vertices[v]) for v in one.vertices]
    at_end = sum(len(description.badges) for description in described[start:])
    if at_end != len(one.badges) or any(description.notes for description in described[start + 1 :]):
        return
    for cut in range(len(described) - 1, start, -1):
        if described[cut].role == "badge":
            n_kept = sum(len(description.badges) for description in described[start:cut])
            parts = _parted(segment.series, last, cut, n_kept, described[cut])
            yield *parts, described[cut].badges[0].activates


def _parted(
    series: list[Part], last: Box, cut: int, n_kept: int, first: Description
) -> tuple[list[Part], list[Part]]:
    (one,) = last.instances
    is_output = {key: value for key, value in one.notes.items() if key == "output"}
    others = {key: value for key, value in one.notes.items() if key != "output"}
    kept = replace(one, vertices=one.vertices[:cut], badges=one.badges[:n_kept], notes=others)
    badges = one.badges[n_kept + (not first.badges[0].activates) :]
    rest = Instance(one.vertices[cut:], one.vertices[cut], badges, (), is_output)
    block = Box(last.kind, last.label, [kept], last.module, ways=last.ways)
    return [*series[:-1], block], [Box("other", first.label, [rest], read_outside=last.read_outside)]
