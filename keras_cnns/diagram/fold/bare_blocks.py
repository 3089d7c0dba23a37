"""Blocks without the shortcut that others like them have, as where a stage of MobileNetV2 begins.

Such a block is a stretch of the lane with what stands beside the shortcut in a residual block. Papers count
both as one kind of block, and draw the shortcut with the words "if the stride is 1". A bare block is given an
empty shortcut and a join that stands for no layer, so that it can be laid on top of the others.
"""

from collections.abc import Callable
from dataclasses import replace

from keras_cnns.diagram.fold.parts import Box, Fork, Instance, Part, as_box
from keras_cnns.diagram.fold.segments import Segment

# What is shorter stands in any network, and is no sign of a block.
SHORTEST_BLOCK = 2

Body = tuple[int, ...]


def with_bare_blocks(
    segments: list[Segment], segments_of: Callable[[list[Part]], list[Segment]]
) -> list[Segment]:
    """Make one segment, marked as `bare`, of each stretch that is a residual block without its shortcut.

    A kind of block counts only if a bare one stands right before one with a shortcut.

    Args:
        segments: a series.
        segments_of: cuts the branch of a fork into segments.
    """
    bodies: list[Body | None] = [_body(segment, segments_of) for segment in segments]
    kinds: dict[Body, Segment] = {}
    for i, body in enumerate(bodies):
        if body and _stands(segments, i - len(body), body):
            kinds.setdefault(body, segments[i])
    lengths = sorted({len(body) for body in kinds}, reverse=True)
    found: list[Segment] = []
    i = 0
    while i < len(segments):
        body = next((body for n in lengths if (body := _at(segments, i, n)) in kinds), None)
        if body and _stands(segments, i, body):
            end = i + len(body)
            like = segments[end] if end < len(segments) and bodies[end] == body else kinds[body]
            found.append(_bare(segments[i:end], like))
            i = end
        else:
            found.append(segments[i])
            i += 1
    return found


def _body(segment: Segment, segments_of: Callable[[list[Part]], list[Segment]]) -> Body | None:
    """What is beside the shortcut of a residual block; None if the segment is something else."""
    fork, join = segment.series[0], segment.series[-1]
    if not isinstance(fork, Fork) or not isinstance(join, Box) or join.label != "add":
        return None
    (one,) = join.instances
    is_plain = not (one.before or one.badges or one.notes) and len(one.vertices) == 1
    if not is_plain or segment.is_open or len(fork.branches) != 2 or fork.branches[1]:
        return None
    body = tuple(inner.signature for inner in segments_of(fork.branches[0]))
    return body if len(body) >= SHORTEST_BLOCK else None


def _at(segments: list[Segment], start: int, length: int) -> Body:
    return tuple(segment.signature for segment in segments[start : start + length])


def _stands(segments: list[Segment], start: int, body: Body) -> bool:
    """Whether the body stands there, and nothing reads what is inside it."""
    stretch = segments[max(start, 0) : start + len(body)]
    return (
        start >= 0
        and _at(segments, start, len(body)) == body
        and isinstance(stretch[-1].series[-1], Box)
        and not any(segment.is_open for segment in stretch)
        and not any(segment.read_outside for segment in stretch[:-1])
    )


def _bare(stretch: list[Segment], like: Segment) -> Segment:
    branch = [part for segment in stretch for part in segment.series]
    last, join = as_box(branch[-1]), as_box(like.series[-1])
    end = replace(last, read_outside=False)
    absent = Box(join.kind, join.label, [Instance((), last.instances[0].anchor)], None, last.read_outside)
    return replace(like, series=[Fork([[*branch[:-1], end], []]), absent], bare=True)
