"""Whether a diagram tells all: every layer is in it, as often as it says."""

from collections import Counter

from keras_cnns.diagram.fold.parts import Box, Folded, Part, groups_of


def covers(folded: Folded) -> bool:
    """Whether every vertex is in exactly one box, and every box stands for as many as its repeats say."""
    found: Counter[int] = Counter()
    honest = True

    def look(series: list[Part], times: int) -> None:
        nonlocal honest
        for part in series:
            if not isinstance(part, Box):
                for group in groups_of(part):
                    look(group, times * getattr(part, "count", 1))
                continue
            drawn = (part.usual.before, part.usual.badges)
            honest &= len(part.copies) == times
            honest &= all((copy.before, copy.badges) == drawn for copy in part.copies[1:-1])
            if part.kind != "module":
                found.update(v for copy in part.copies for v in copy.vertices)

    look(folded.lane, 1)
    for side in folded.sides:
        look(side.body, 1)
    for module in folded.modules:
        look(module.body, module.times)
    return honest and found == Counter(range(len(folded.vertices)))
