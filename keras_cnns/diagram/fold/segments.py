"""Segments of a series: what may repeat or be set apart as a whole, and which of them are the stem."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import groupby

from keras_cnns.diagram.fold import module_names
from keras_cnns.diagram.fold.parts import Box, Fork, Part, boxes
from keras_cnns.records import record

# Fewer boxes than this before the first module are drawn in the lane, as in ResNet; more are its stem.
SHORTEST_STEM = 5


@record(frozen=True, eq=False, slots=True)
class Segment:
    """A box, a module, or what branches out with the box that joins it; equal ones have one `signature`.

    What branches out begins with the split of channels whose parts its branches read, if there is one, and
    ends with the shuffle of those that it joins. A `squeezed` one begins with the convolution before what
    branches out. A `bare` one has not the shortcut that others of its signature have. `trunk` is the number
    of its longest branch, badges left out.
    """

    series: list[Part]
    signature: int
    signature_without_badges: int | None = None
    landmark: str | None = None
    bare: bool = False
    squeezed: bool = False
    trunk: int | None = None

    @property
    def base(self) -> str | None:
        """What the landmarks of equal modules have in common."""
        return module_names.base(self.landmark)

    @property
    def kind(self) -> str:
        return getattr(self.series[0], "kind", "")

    @property
    def is_box(self) -> bool:
        return len(self.series) == 1 and isinstance(self.series[0], Box)

    @property
    def is_dense(self) -> bool:
        return self.is_box and self.kind == "dense"

    @property
    def is_pool(self) -> bool:
        return self.is_box and self.kind == "pool"

    @property
    def read_outside(self) -> bool:
        """Whether what is outside the series reads its end, as those do that read an output of a model."""
        last = self.series[-1]
        return isinstance(last, Box) and (last.read_outside or last.gives)

    @property
    def branches_out(self) -> bool:
        return any(not isinstance(part, Box) for part in self.series)

    @property
    def branching(self) -> Part:
        """The part that branches out, or the first."""
        return next((part for part in self.series if not isinstance(part, Box)), self.series[0])

    @property
    def n_branches(self) -> int:
        return len(self.branching.branches) if isinstance(self.branching, Fork) else 0

    @property
    def size(self) -> int:
        return sum(1 for _ in boxes(self.series))

    @property
    def is_open(self) -> bool:
        """It cannot be set apart: nothing comes before it or joins it, or its inside has other wires."""
        last = self.series[-1]
        if not isinstance(last, Box):
            return True
        if not self.branches_out:
            return last.kind == "input"
        return any(
            box.kind == "input"
            or "from" in box.typical.notes
            or (box is not last and (box.read_outside or box.gives))
            for box in boxes(self.series)
        )


def stem(segments: list[Segment]) -> tuple[int, int]:
    """Where the stem starts and ends: at its landmark, or, if long, before the first module.

    A module repeats, has three branches, or is a residual block with the trunk of another. Without any, start
    and end are equal.
    """
    start = int(bool(segments) and segments[0].kind == "input")
    marked = [i for i, segment in enumerate(segments) if segment.landmark == "stem"]
    if marked:
        end = marked[0] + 1
    else:
        end = next(_modules(segments), 0)
        if sum(segment.size for segment in segments[start:end]) < SHORTEST_STEM:
            return 0, 0
    inside = segments[start:end]
    taken = any(box.read_outside or box.gives for segment in inside[:-1] for box in boxes(segment.series))
    single = sum(segment.size for segment in inside) < 2
    return (0, 0) if taken or single or any(segment.is_open for segment in inside) else (start, end)


def _modules(segments: list[Segment]) -> Iterator[int]:
    """Where the modules are that a stem may end before."""
    often = Counter(segment.signature_without_badges for segment in segments)
    trunks = Counter(segment.trunk for segment in segments)
    for i, segment in enumerate(segments):
        again = often[segment.signature_without_badges] > 1
        residual = segment.trunk is not None and trunks[segment.trunk] > 1
        if segment.branches_out and (again or residual or segment.n_branches > 2):
            yield i


def with_equal_ends(segments: list[Segment], pattern: Callable[[list[Part]], tuple]) -> list[Segment]:
    """Give the first or the last of a run of modules the signature of the others, whatever its badges are.

    That is done only if both kinds are nowhere else, and if the `pattern` of what repeats inside is the same,
    so that they can be laid on top of each other.
    """
    often = Counter((segment.signature, segment.base) for segment in segments)
    equal: list[Segment] = []
    for _, group in groupby(segments, key=lambda s: (s.branches_out, s.signature_without_badges, s.base)):
        run = list(group)
        odd = _odd_end(run)
        if odd is not None:
            end, typical = run[odd], run[1]
            only_here = often[end.signature, end.base] == 1
            only_here &= often[typical.signature, typical.base] == len(run) - 1
            if only_here and pattern(end.series) == pattern(typical.series):
                run[odd] = replace(end, signature=typical.signature)
        equal += run
    return equal


def _odd_end(run: list[Segment]) -> int | None:
    """Which end of a run of modules is the only one with another signature; None if that is not so."""
    if not run[0].branches_out or len(run) < 3 or any(segment.read_outside for segment in run[:-1]):
        return None
    odd = [i for i, segment in enumerate(run) if segment.signature != run[1].signature]
    return odd[0] if odd in ([0], [len(run) - 1]) else None
