"""Whether a diagram accounts for every layer: each is in it, as often as the diagram says."""

from collections import Counter
from collections.abc import Iterator

from keras_cnns.diagram.fold.parts import Box, Folded, Part, groups_of


def covers(folded: Folded) -> bool:
    """Return whether every vertex is in exactly one box, and every box stands for as many as its repeats say.

    The badges drawn must be those of every instance, but for the first and the last, whose exceptions are
    written under the box.
    """
    bodies = [(folded.lane, 1), *((side.body, 1) for side in folded.side_outputs)]
    bodies += [(module.body, module.times) for module in folded.modules]
    drawn = [found for body, times in bodies for found in _boxes_and_counts(body, times)]
    covered = Counter(
        v for box, _ in drawn if box.kind != "module" for one in box.instances for v in one.vertices
    )
    return covered == Counter(range(len(folded.vertices))) and all(_is_true(*found) for found in drawn)


def _boxes_and_counts(series: list[Part], times: int) -> Iterator[tuple[Box, int]]:
    """Each box of a series that occurs `times`, and how often the repeats around it say that it occurs."""
    for part in series:
        if isinstance(part, Box):
            yield part, times
        for group in groups_of(part):
            yield from _boxes_and_counts(group, times * getattr(part, "count", 1))


def _is_true(box: Box, times: int) -> bool:
    drawn = (box.typical.before, box.typical.badges)
    alike = all((instance.before, instance.badges) == drawn for instance in box.instances[1:-1])
    return alike and len(box.instances) == times
