"""A mesh as a picture: cells on a grid, edges in tracks between its columns and rows.

Columns go by how many cells come before; a row goes on where the path through it does. An edge leaves to the
right, runs in a track above the row it leads to, and enters from the left, so it never crosses a cell.

Who follows a line may leave it wherever another touches it. So two edges share a stretch only if they come
from one cell and have not met others, or lead to one cell and meet no way to another.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from typing import NamedTuple

from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.compose import single
from keras_cnns.diagram.draw.fragments import Fragment, Port
from keras_cnns.diagram.fold.parts import Mesh, boxes
from keras_cnns.graph.orders import depth_first


class Edge(NamedTuple):
    """From one fragment to another; it may begin at the `late` way out of one, or enter by the `second`."""

    start: int
    end: int
    late: bool = False
    second: bool = False


def mesh_fragment(mesh: Mesh, cells: list[Fragment], joined: bool = True) -> Fragment:
    """Lay out the cells of a mesh; what comes before enters, and what follows leaves, at the first row.

    Unless they are `joined`, no line leaves the cells that are tapped.
    """
    n = len(cells)
    point = Fragment(0.0, 0.0, 0.0, [Port(0.0, 0.0, arrow=False)], [Port(0.0, 0.0)])
    fragments = [point, *(single(cell) for cell in cells), point]
    starts = [i for i in dict.fromkeys(mesh.entries) if next(boxes(mesh.cells[i])).kind != "input"]
    edges = [Edge(0, i + 1) for i in starts]
    edges += [Edge(i + 1, j + 1) for i, j in dict.fromkeys(mesh.edges)]
    edges += [Edge(i + 1, j + 1, late=True) for i, j in dict.fromkeys(mesh.late_edges)]
    edges += [Edge(i + 1, n + 1) for i in dict.fromkeys(mesh.exits)]
    edges += [Edge(i + 1, n + 1, late=True) for i in dict.fromkeys(mesh.late_exits)]
    if mesh.second_entries:
        fragments.append(point)
        edges += [Edge(n + 2, j + 1) for j in dict.fromkeys(mesh.second_entries)]
    edges += [Edge(i + 1, j + 1, second=True) for i, j in dict.fromkeys(mesh.second_edges)]
    edges += [Edge(i + 1, j + 1, True, True) for i, j in dict.fromkeys(mesh.late_second_edges)]
    grid = _Grid(fragments, edges, n + 1, {i + 1: join for i, join in mesh.taps.items()})
    whole = grid.fragment(joined)
    if not starts:
        entries = [grid.entry(i + 1) for i in dict.fromkeys(mesh.entries)]
        whole.entries = entries or whole.entries  # nothing leads to a mesh whose words say what it reads
    return whole


class _Grid:
    """The first of `fragments` is what comes before, the one at `end` what follows.

    One after the end is what comes by the second way.
    The cells in `taps` lead to what a later join reads, too, which goes `below` all others; there is one of
    these for each join.
    """

    def __init__(
        self,
        fragments: list[Fragment],
        edges: list[Edge],
        end: int,
        taps: dict[int, int] | None = None,
    ):
        taps = taps or {}
        point = Fragment(0.0, 0.0, 0.0, [Port(0.0, 0.0, arrow=False)], [Port(0.0, 0.0)])
        self.below = {join: len(fragments) + k for k, join in enumerate(sorted({*taps.values()}))}
        fragments = [*fragments, *(point for _ in self.below)]
        edges = edges + [Edge(i, self.below[join]) for i, join in taps.items()]
        self.fragments, self.edges, self.end = fragments, edges, end
        self.before: dict[int, list[int]] = defaultdict(list)
        self.after: dict[int, list[int]] = defaultdict(list)
        for edge in self.edges:
            self.before[edge.end].append(edge.start)
            self.after[edge.start].append(edge.end)
        self.n_leaving = Counter(edge.start for edge in self.edges if not edge.late)
        # The cells whose end something outside the mesh reads: it gets a track of its own.
        self.tapped = [i for i, fragment in enumerate(fragments) if _end_taps(fragment)]
        self.column = self.columns()
        self.row = self.rows()
        self.shift = self.shifts()
        self.cell_at = {place: i for i, place in enumerate(zip(self.row, self.column))}
        self.taken: dict[int, list[int]] = defaultdict(list)
        for row, column in sorted(zip(self.row, self.column)):
            self.taken[row].append(column)
        self.out_tracks, self.in_tracks, self.above_tracks = self.tracks()
        self.place()
        self.base = self.y[self.row[end]]

    def columns(self) -> list[int]:
        column = [0] * len(self.fragments)
        for i in range(1, self.end + 1):
            column[i] = max((column[j] + 1 for j in self.before[i]), default=1)
        if self.below:
            last = max(column[j] for i in self.below.values() for j in self.before[i])
            column[self.end] = max(column[self.end], last + 1)
            for i in self.below.values():
                column[i] = column[self.end]
        return column

    def rows(self) -> list[int]:
        """The row of the source with the longest path, if it is still free; else the first row that is."""
        row, last = [0] * len(self.fragments), {0: 0}
        others = (i for i in range(self.end + 1, len(self.fragments)) if i not in self.below.values())
        for r, i in enumerate(others, 1):
            row[i], last[r] = r, i
        ends = self.before[self.end]
        leading = {*depth_first(ends, self.before.__getitem__)}
        for i in sorted(range(1, self.end), key=lambda i: self.column[i]):
            sources = sorted(self.before[i], key=lambda j: -self.column[j])
            beside = i not in leading  # the axis is for what leads on
            follows = [row[j] for j in sources if last[row[j]] == j and not (beside and row[j] == 0)]
            free = [r for r, j in last.items() if self.column[j] < self.column[i] and not (beside and r == 0)]
            row[i] = (follows or free or [len(last)])[0]
            if ends == [i]:
                # What all leads to is on the axis: where something enters, or else in its own row.
                row[i] = row[self.end] = 0 if self.after[0] else row[i]
            last[row[i]] = i
        for i in self.below.values():
            # What goes down is below all others; of several, after all others in its row.
            only = self.before[i][0] if len(self.before[i]) == 1 else 0
            lowest = max(last)
            may_go_on = row[only] == lowest or len(self.below) > 1
            straight_on = may_go_on and row[only] > 0 and last[row[only]] == only
            row[i] = row[only] if straight_on else lowest + 1
            last[row[i]] = i
        return row

    def shifts(self) -> dict[int, float]:
        """How far to the right each of several goes down: the lower its row, the less."""
        lowest_first = sorted(self.below.values(), key=lambda i: -self.row[i])
        return {i: style.TRACK * k for k, i in enumerate(lowest_first)}

    def straight(self, edge: Edge) -> bool:
        """Whether the edge has its row for itself."""
        i, j = edge.start, edge.end
        if self.row[i] != self.row[j] or edge.second or edge.late:
            return False
        taken = self.taken[self.row[i]]
        return bisect_right(taken, self.column[i]) == bisect_left(taken, self.column[j])

    def tracks(self) -> tuple[dict, dict, dict]:
        """A vertical track for each way by which edges leave or enter a cell, a horizontal one for each edge.

        In a gap between two columns the tracks of what leaves the first are left of those into the second.
        """
        crooked = [edge for edge in self.edges if not self.straight(edge)]
        crooked.sort(key=lambda edge: (self.column[edge.start], edge))
        leaving: dict[int, list[Edge]] = defaultdict(list)
        for edge in crooked:
            leaving[self.column[edge.start]].append(edge)
        out: dict[tuple[int, bool], tuple[int, int]] = {}
        into: dict[tuple[int, bool], tuple[int, int]] = {}
        used: Counter[int] = Counter()
        direct: set[Edge] = set()
        self.tap_tracks: dict[int, tuple[int, int]] = {}
        tapped: dict[int, list[int]] = defaultdict(list)
        for i in self.tapped:
            tapped[self.column[i]].append(i)
        for gap in {**leaving, **tapped}:
            by_last = [edge for edge in leaving[gap] if not edge.late]
            order, straight_on = self.ordered(by_last, tapped[gap])
            direct |= straight_on
            late = Counter(edge.start for edge in leaving[gap] if edge.late)
            direct |= {edge for edge in leaving[gap] if edge.late and self.leads_over(edge, late[edge.start])}
            for tracks, key in [
                *((tracks, key) for i in order for tracks, key in self.tracks_of(i, out)),
                *((out, (i, True)) for i in late),
            ]:
                tracks[key] = (gap, used[gap])
                used[gap] += 1
        above: dict[Edge, int] = {}
        ends: dict[int, list[int]] = defaultdict(list)
        for edge in crooked:
            if edge in direct:
                continue
            j = edge.end
            gap = self.column[j] - 1
            enters = (j, edge.second)
            if enters not in into:
                into[enters] = (gap, used[gap])
                used[gap] += 1
            free = ends[self.row[j]]
            lane = next((k for k, end in enumerate(free) if end < self.column[edge.start]), len(free))
            free[lane : lane + 1] = [gap]
            above[edge] = lane
        self.channels = {r: len(free) for r, free in ends.items()}
        self.gaps = dict(used)
        return out, into, above

    def leads_over(self, edge: Edge, leaving: int) -> bool:
        """Whether an edge from a late way out turns but once, into the second way of what is next to it."""
        entering = [one for one in self.edges if (one.end, one.second) == (edge.end, True)]
        next_to = self.column[edge.end] == self.column[edge.start] + 1
        return edge.second and next_to and leaving == len(entering) == 1

    def tracks_of(self, i: int, out: dict) -> list[tuple[dict, object]]:
        """Where the tracks of a cell are entered: first that of what is outside the mesh."""
        return [*([(self.tap_tracks, i)] if i in self.tapped else []), (out, (i, False))]

    def ordered(self, edges: list[Edge], tapped: list[int]) -> tuple[list[int], set[Edge]]:
        """The cells of one column that edges leave, in the order of their tracks; edges that turn but once.

        Such an edge runs on the axis of the row it leads to. It must meet no other that is not for the same
        cell: it is the only one that leaves its own, or the only one that enters the other, and what stands
        before that in the row has its track further left.
        """
        leaving = dict.fromkeys([*(edge.start for edge in edges), *tapped])
        left_of: dict[int, set[int]] = {i: set() for i in leaving}
        direct = set()
        for edge in edges:
            i, j = edge.start, edge.end
            alone = self.n_leaving[i] == 1 or len(self.before[j]) == 1
            if self.column[j] != self.column[i] + 1 or not alone or edge.second:
                continue
            beside = self.cell_at.get((self.row[j], self.column[i]))
            if beside not in leaving:
                direct.add(edge)
            elif i not in depth_first([beside], left_of.__getitem__):
                left_of[i].add(beside)
                direct.add(edge)
        return depth_first(leaving, left_of.__getitem__), direct

    def place(self) -> None:
        """Set the places of columns and rows."""
        lengths: dict[int, float] = defaultdict(float)
        ups, downs = lengths.copy(), lengths.copy()
        for fragment, row, column in zip(self.fragments, self.row, self.column):
            lengths[column] = max(lengths[column], fragment.length)
            ups[row], downs[row] = max(ups[row], fragment.above), max(downs[row], fragment.below)
        self.x, at = [], 0.0
        for c in range(max(self.column) + 1):
            self.x += [at, at + lengths[c]]
            at += lengths[c] + style.GAP + style.TRACK * max(0, self.gaps.get(c, 0) - 1)
        self.y, at = [], 0.0
        for r in range(max(self.row) + 1):
            at += style.TRACK * self.channels.get(r, 0) + ups[r]
            self.y.append(at)
            at += downs[r] + style.ROW_GAP
        self.top = [y - ups[r] for r, y in enumerate(self.y)]

    def track_x(self, track: tuple[int, int]) -> float:
        gap, number = track
        return self.x[2 * gap + 1] + style.TRACK * (number + 1)

    def fragment(self, joined: bool) -> Fragment:
        base = self.base
        end = self.x[2 * max(self.column)]
        length = end + style.TRACK * max(0, len(self.below) - 1)
        whole = Fragment(length, 0.0, 0.0, [Port(0.0, 0.0, arrow=False)], [])
        for i, fragment in enumerate(self.fragments):
            whole.put(fragment, self.x[2 * self.column[i]], self.y[self.row[i]] - base)
        ends = self.before[self.end]
        drawn = set()
        for edge in self.edges:
            i, j = edge.start, edge.end
            if j in self.below.values() and not joined:
                continue
            if j != self.end or len(ends) > 1:
                drawn.add(i)
                whole.line(
                    *self.route(edge),
                    arrow=j not in (self.end, *self.below.values()) and self.entry_of(edge).arrow,
                )
        for i, track in self.tap_tracks.items():
            start = self.start(i)
            # Between two tracks: where another line runs, a line must not end.
            tap = (self.track_x(track) - style.SIDE_STEP / 2, start.y)
            if i not in drawn:
                whole.line((start.x, start.y), tap)
            whole.taps |= dict.fromkeys(_end_taps(self.fragments[i]), tap)
        if len(self.fragments) > self.end + 1 and self.end + 1 not in self.below.values():
            whole.second = Port(0.0, self.y[self.row[self.end + 1]] - base, arrow=False)
        if joined:
            whole.down = [
                Port(end + self.shift[i], self.y[self.row[i]] - base, way=join)
                for join, i in self.below.items()
            ]
        # Where one box is at the end, no line leads on: nothing may follow.
        whole.exits = [self.start(ends[0])] if len(ends) == 1 else [Port(end, 0.0)]
        whole.above = base
        depth = max(b.below + self.y[r] for b, r in zip(self.fragments, self.row))
        whole.below = depth - base
        return whole

    def start(self, i: int) -> Port:
        return self.fragments[i].exits[0].moved(self.x[2 * self.column[i]], self.y[self.row[i]] - self.base)

    def entry(self, i: int) -> Port:
        return self.fragments[i].entries[0].moved(self.x[2 * self.column[i]], self.y[self.row[i]] - self.base)

    def entry_of(self, edge: Edge) -> Port:
        fragment = self.fragments[edge.end]
        return (edge.second and fragment.second) or fragment.entries[0]

    def route(self, edge: Edge) -> list[tuple[float, float]]:
        i, j = edge.start, edge.end
        base = self.base
        late = edge.late and self.fragments[i].late
        start = late.moved(self.x[2 * self.column[i]], self.y[self.row[i]] - base) if late else self.start(i)
        x = self.x[2 * self.column[j]] + self.shift.get(j, 0.0)
        end = self.entry_of(edge).moved(x, self.y[self.row[j]] - base)
        if self.straight(edge):
            return [(start.x, start.y), (end.x, end.y)]
        out = self.track_x(self.out_tracks[i, edge.late])
        if edge not in self.above_tracks:
            return [(start.x, start.y), (out, start.y), (out, end.y), (end.x, end.y)]
        into = self.track_x(self.in_tracks[j, edge.second])
        height = self.top[self.row[j]] - base - style.TRACK * (self.above_tracks[edge] + 0.5)
        return [
            (start.x, start.y),
            (out, start.y),
            (out, height),
            (into, height),
            (into, end.y),
            (end.x, end.y),
        ]


def _end_taps(fragment: Fragment) -> list[int]:
    """The vertices for whose sake something may leave at the end of a cell."""
    end = fragment.exits[0]
    return [vertex for vertex, place in fragment.taps.items() if place == (end.x, end.y)]
