"""Equal neighbours in a series become one with ×N: runs first, then groups of runs."""

from dataclasses import dataclass

from keras_cnns.diagram.fold.parts import Box, Fork, Mesh, Part, Repeat, Towers

LONGEST_GROUP = 12
# Inside a group, equal layers up to this many are drawn out, as in VGG's figure.
MOST_DRAWN_OUT = 3


@dataclass(eq=False, slots=True)
class Token:
    """What repeats as a whole: a box, a module, or a fork with the box that joins it; `look` tells equals."""

    look: int
    series: list[Part]

    @property
    def single(self) -> bool:
        return len(self.series) == 1 and isinstance(self.series[0], Box)

    @property
    def dense(self) -> bool:
        return self.single and self.series[0].kind == "dense"

    @property
    def pools(self) -> bool:
        return self.single and self.series[0].kind == "pool"

    @property
    def tapped(self) -> bool:
        return isinstance(self.series[-1], Box) and self.series[-1].tapped


@dataclass(eq=False, slots=True)
class _Run:
    tokens: list[Token]

    @property
    def look(self) -> int:
        return self.tokens[0].look

    @property
    def key(self) -> tuple[int, int]:
        return self.look, len(self.tokens)


def repeats(tokens: list[Token]) -> list[Part]:
    """Return the series with its repeats folded.

    Dense layers are never folded on their own, and what is read from outside ends a repeat.
    """
    runs: list[_Run] = []
    for token in tokens:
        last = runs[-1].tokens[-1] if runs else None
        if last and last.look == token.look and not token.dense and not last.tapped:
            runs[-1].tokens.append(token)
        else:
            runs.append(_Run([token]))
    parts: list[Part] = []
    start = 0
    while start < len(runs):
        length, count = _best_group(runs, start)
        group = runs[start : start + length * count]
        parts += _group(group, length, count) if count > 1 else _run(group[0].tokens)
        start += length * count
    return parts


def _best_group(runs: list[_Run], start: int) -> tuple[int, int]:
    """How many runs from `start` make a group, and how often it follows itself: what saves most."""
    best, saved = (1, 1), 0
    for length in range(2, min(LONGEST_GROUP, (len(runs) - start) // 2) + 1):
        if len({run.key for run in runs[start : start + length]}) == 1:
            continue
        count = 1
        while _same(runs, start, start + length * count, length):
            count += 1
        if count > 1 and _straddles(runs, start, length, count):
            continue
        if length * (count - 1) > saved:
            best, saved = (length, count), length * (count - 1)
    return best


def _straddles(runs: list[_Run], start: int, length: int, count: int) -> bool:
    """Whether a group begins in the middle of a stage, as what is before or after it shows.

    The blocks of ResNet-34's first stage and the projection of the second are no group, though they stand
    twice: the third stage goes on with blocks. Pooling ends a stage.
    """
    first, last, end = runs[start], runs[start + length - 1], start + length * count
    if last.tokens[0].pools:
        return False
    goes_on = end < len(runs) and runs[end].look == first.look
    pools = any(run.tokens[0].pools for run in runs[start : start + length - 1])
    return goes_on or (pools and start > 0 and runs[start - 1].look == last.look)


def _same(runs: list[_Run], first: int, again: int, length: int) -> bool:
    """Whether the group at `first` stands again at `again`, and nothing reads what is before that."""
    if again + length > len(runs):
        return False
    keys = all(runs[first + i].key == runs[again + i].key for i in range(length))
    inside = (*runs[again - length : again], *runs[again : again + length - 1])
    return keys and not any(run.tokens[-1].tapped for run in inside)


def _run(tokens: list[Token]) -> list[Part]:
    body = merge([token.series for token in tokens])
    return body if len(tokens) == 1 else [Repeat(body, len(tokens))]


def _group(runs: list[_Run], length: int, count: int) -> list[Part]:
    body: list[Part] = []
    for i in range(length):
        same = [runs[i + length * k].tokens for k in range(count)]
        if same[0][0].single and not _is_module(same[0][0]) and len(same[0]) <= MOST_DRAWN_OUT:
            for place in range(len(same[0])):
                body += merge([tokens[place].series for tokens in same])
        else:
            body += merge([_run(tokens) for tokens in same])
    return [Repeat(body, count)]


def _is_module(token: Token) -> bool:
    return token.series[0].kind in ("module", "model")


def merge(alike: list[list[Part]]) -> list[Part]:
    """Lay series that look alike on top of each other: one series whose boxes stand for all."""
    if len(alike) == 1:
        return alike[0]
    return [_merge_parts(list(parts)) for parts in zip(*alike, strict=True)]


def _merge_parts(parts: list[Part]) -> Part:
    first = parts[0]
    if isinstance(first, Box):
        copies = [copy for box in parts for copy in box.copies]
        return Box(first.kind, first.label, copies, first.module, parts[-1].tapped)
    if isinstance(first, Fork):
        return Fork(
            [merge(list(branches)) for branches in zip(*(fork.branches for fork in parts), strict=True)]
        )
    if isinstance(first, Mesh):
        cells = [merge(list(cells)) for cells in zip(*(mesh.cells for mesh in parts), strict=True)]
        return Mesh(cells, first.edges, first.entries, first.exits)
    return type(first)(merge([part.body for part in parts]), first.count)


def fold_towers(branches: list[list[Part]], looks: list[int], fewest: int) -> list[list[Part]]:
    """Make one of `fewest` or more equal branches; equal ones stand side by side already."""
    folded, start = [], 0
    while start < len(branches):
        end = start
        while end < len(branches) and looks[end] == looks[start]:
            end += 1
        alike = branches[start:end]
        if len(alike) >= fewest and alike[0]:
            folded.append([Towers(merge(alike), len(alike))])
        else:
            folded += alike
        start = end
    return folded
