"""What may repeat or be set apart in a series: the stem, motifs, runs of modules."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby

from keras_cnns.diagram.fold import module_names
from keras_cnns.diagram.fold.parts import Box, Fork, Part, boxes
from keras_cnns.diagram.fold.repeats import Token, repeats

# Fewer boxes than this before the first module are drawn in the lane, as in ResNet; more are its stem.
SHORTEST_STEM = 5
# A lane with more boxes than a screen shows is searched for motifs: what recurs, if not next to itself.
MOST_IN_LANE = 16
MOTIF_LENGTHS = range(3, 7)
FEWEST_MOTIFS = 3


@dataclass(eq=False)
class Unit:
    """A box, or what forks with the box that joins it; `likeness` is `look` without badges."""

    series: list[Part]
    look: int
    likeness: int
    landmark: str | None

    @property
    def base(self) -> str | None:
        return module_names.base(self.landmark)

    @property
    def kind(self) -> str:
        return getattr(self.series[0], "kind", "")

    @property
    def branches(self) -> int:
        return len(self.series[0].branches) if isinstance(self.series[0], Fork) else 0

    @property
    def forks(self) -> bool:
        return not isinstance(self.series[0], Box)

    @property
    def size(self) -> int:
        return sum(1 for _ in boxes(self.series))

    @property
    def opens(self) -> bool:
        """Nothing comes before it, or nothing joins it: it cannot be set apart."""
        starts = any(box.kind == "input" for box in boxes(self.series))
        return starts or not isinstance(self.series[-1], Box)


def stem(units: list[Unit]) -> tuple[int, int]:
    """Which units are the stem: up to its landmark, or long and up to what repeats or has three branches."""
    start = int(bool(units) and units[0].kind == "input")
    marked = [i for i, unit in enumerate(units) if unit.landmark == "stem"]
    if marked:
        end = marked[0] + 1
    else:
        often = Counter(unit.likeness for unit in units)
        modules = [i for i, u in enumerate(units) if u.forks and (often[u.likeness] > 1 or u.branches > 2)]
        end = modules[0] if modules else 0
        if sum(unit.size for unit in units[start:end]) < SHORTEST_STEM:
            return 0, 0
    inside = units[start:end]
    taken = any(box.tapped for unit in inside[:-1] for box in boxes(unit.series))
    return (0, 0) if taken or not inside or any(unit.opens for unit in inside) else (start, end)


def allow_for_ends(units: list[Unit], pattern: Callable[[list[Part]], tuple]) -> None:
    """Let the first or the last of a run of modules have other badges, if both kinds are nowhere else.

    The `pattern` of what repeats inside must be the same, so that they can be laid on top of each other.
    """
    often = Counter((unit.look, unit.base) for unit in units)
    for _, group in groupby(units, key=lambda unit: (unit.forks, unit.likeness, unit.base)):
        run = list(group)
        if not run[0].forks or len(run) < 3 or any(unit.series[-1].tapped for unit in run[:-1]):
            continue
        usual = run[1]
        odd = [unit for unit in run if unit.look != usual.look]
        at_end = odd in ([run[0]], [run[-1]]) and often[odd[0].look, odd[0].base] == 1
        nowhere_else = at_end and often[usual.look, usual.base] == len(run) - 1
        if nowhere_else and pattern(odd[0].series) == pattern(usual.series):
            odd[0].look = usual.look


def motifs(units: list[Unit]) -> list[list[Unit]]:
    """Group the units of a long lane by what recurs in it, what saves most first; most stay alone."""
    groups = [[unit] for unit in units]
    while _n_drawn(groups) > MOST_IN_LANE:
        starts, length = _best_motif(groups)
        if len(starts) < FEWEST_MOTIFS:
            break
        for start in reversed(starts):
            groups[start : start + length] = [
                [unit for group in groups[start : start + length] for unit in group]
            ]
    return groups


def _n_drawn(groups: list[list[Unit]]) -> int:
    """How many boxes the lane has when its repeats are folded."""
    numbers: dict[tuple, int] = {}
    looks = [numbers.setdefault(_looks(group), len(numbers)) for group in groups]
    tokens = [Token(look, group[-1].series[-1:]) for look, group in zip(looks, groups)]
    return sum(1 for _ in boxes(repeats(tokens)))


def _best_motif(groups: list[list[Unit]]) -> tuple[list[int], int]:
    """Where the motif that saves most begins, and how long it is."""
    places: dict[tuple, list[int]] = {}
    for length in MOTIF_LENGTHS:
        for start in range(len(groups) - length + 1):
            window = groups[start : start + length]
            if not all(len(group) == 1 and _plain(group[0]) for group in window):
                continue
            if any(group[0].series[-1].tapped for group in window[:-1]):
                continue
            found = places.setdefault((length, *map(_looks, window)), [])
            if not found or found[-1] + length <= start:
                found.append(start)
    often = {key: starts for key, starts in places.items() if len({*key[1:]}) > 1}
    best = max(often, key=lambda key: ((len(often[key]) - 1) * (key[0] - 1), key[0]), default=None)
    return ([], 0) if best is None else (often[best], best[0])


def _looks(group: list[Unit]) -> tuple[int, ...]:
    return tuple(unit.look for unit in group)


def _plain(unit: Unit) -> bool:
    """A convolution, or the gate of a squeeze and excitation: what blocks without a shortcut are made of."""
    return unit.kind == "conv" or getattr(unit.series[-1], "label", "") == "Multiply"
