"""A mesh as a picture: cells on a grid, edges in tracks between its columns and rows.

Columns go by how many cells come before; a row goes on where the path through it does. An edge leaves to the
right, runs in a track above the row it leads to, and enters from the left, so it never crosses a cell.

Who follows a line may leave it wherever another touches it. So two edges share a stretch only if they come
from one cell and have not met others, or lead to one cell and meet no way to another.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict

from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.compose import single
from keras_cnns.diagram.draw.fragments import Fragment, Port
from keras_cnns.diagram.fold.parts import Mesh, boxes
from keras_cnns.graph import depth_first

Edge = tuple[int, int]


def mesh_fragment(mesh: Mesh, cells: list[Fragment], joined: bool = True) -> Fragment:
    """Lay out the cells of a mesh; what comes before enters, and what follows leaves, at the first row.

    Unless they are `joined`, no line leaves the cells that are tapped.
    """
    n = len(cells)
    point = Fragment(0.0, 0.0, 0.0, [Port(0.0, 0.0, arrow=False)], [Port(0.0, 0.0)])
    fragments = [point, *(single(cell) for cell in cells), point]
    starts = [i for i in dict.fromkeys(mesh.entries) if next(boxes(mesh.cells[i])).kind != "input"]
    edges = [(0, i + 1) for i in starts] + [(i + 1, j + 1) for i, j in dict.fromkeys(mesh.edges)]
    edges += [(i + 1, n + 1) for i in dict.fromkeys(mesh.exits)]
    second = [(i + 1, j + 1) for i, j in dict.fromkeys(mesh.second_edges)]
    if mesh.second_entries:
        fragments.append(point)
        edges += [(n + 2, j + 1) for j in dict.fromkeys(mesh.second_entries)]
    grid = _Grid(fragments, edges, second, n + 1, [i + 1 for i in mesh.taps])
    whole = grid.fragment(joined)
    if not starts:
        entries = [grid.entry(i + 1) for i in dict.fromkeys(mesh.entries)]
        whole.entries = entries or whole.entries  # nothing leads to a mesh whose words say what it reads
    return whole


class _Grid:
    """The first of `fragments` is what comes before, the one at `end` what follows.

    One after the end is what comes by the second way; `second` are the edges that enter a cell by its own.
    The cells in `taps` lead to what a later join reads, too, which goes `below` all others.
    """

    def __init__(
        self,
        fragments: list[Fragment],
        edges: list[Edge],
        second: list[Edge],
        end: int,
        taps: list[int] | None = None,
    ):
        self.below = len(fragments) if taps else -1
        if taps:
            fragments = [*fragments, Fragment(0.0, 0.0, 0.0, [Port(0.0, 0.0, arrow=False)], [Port(0.0, 0.0)])]
            edges = edges + [(i, self.below) for i in taps]
        self.fragments, self.edges, self.second, self.end = fragments, edges + second, set(second), end
        self.before: dict[int, list[int]] = defaultdict(list)
        self.after: dict[int, list[int]] = defaultdict(list)
        for i, j in self.edges:
            self.before[j].append(i)
            self.after[i].append(j)
        # The cells whose end something outside the mesh reads: it gets a track of its own.
        self.tapped = [i for i, fragment in enumerate(fragments) if _end_taps(fragment)]
        self.column = self.columns()
        self.row = self.rows()
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
        if self.below >= 0:
            last = max(column[j] for j in self.before[self.below])
            column[self.end] = column[self.below] = max(column[self.end], last + 1)
        return column

    def rows(self) -> list[int]:
        """The row of the source with the longest path, if it is still free; else the first row that is."""
        row, last = [0] * len(self.fragments), {0: 0}
        others = (i for i in range(self.end + 1, len(self.fragments)) if i != self.below)
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
        if self.below >= 0:
            # What goes down is below all others.
            only = self.before[self.below][0] if len(self.before[self.below]) == 1 else 0
            lowest = max(last)
            straight_on = row[only] == lowest > 0 and last[lowest] == only
            row[self.below] = lowest if straight_on else lowest + 1
        return row

    def straight(self, i: int, j: int) -> bool:
        """Whether the edge has its row for itself."""
        if self.row[i] != self.row[j] or (i, j) in self.second:
            return False
        taken = self.taken[self.row[i]]
        return bisect_right(taken, self.column[i]) == bisect_left(taken, self.column[j])

    def tracks(self) -> tuple[dict, dict, dict]:
        """A vertical track for each cell that edges leave or enter, and a horizontal one for each edge.

        In a gap between two columns the tracks of what leaves the first are left of those into the second.
        """
        crooked = [edge for edge in self.edges if not self.straight(*edge)]
        crooked.sort(key=lambda edge: (self.column[edge[0]], edge))
        leaving: dict[int, list[Edge]] = defaultdict(list)
        for edge in crooked:
            leaving[self.column[edge[0]]].append(edge)
        out: dict[int, tuple[int, int]] = {}
        into: dict[tuple[int, bool], tuple[int, int]] = {}
        used: Counter[int] = Counter()
        direct: set[Edge] = set()
        self.tap_tracks: dict[int, tuple[int, int]] = {}
        tapped: dict[int, list[int]] = defaultdict(list)
        for i in self.tapped:
            tapped[self.column[i]].append(i)
        for gap in {**leaving, **tapped}:
            order, straight_on = self.ordered(leaving[gap], tapped[gap])
            direct |= straight_on
            for i in order:
                for tracks in [self.tap_tracks] * (i in self.tapped) + [out]:
                    tracks[i] = (gap, used[gap])
                    used[gap] += 1
        above: dict[Edge, int] = {}
        ends: dict[int, list[int]] = defaultdict(list)
        for i, j in crooked:
            if (i, j) in direct:
                continue
            gap = self.column[j] - 1
            enters = (j, (i, j) in self.second)
            if enters not in into:
                into[enters] = (gap, used[gap])
                used[gap] += 1
            free = ends[self.row[j]]
            lane = next((k for k, end in enumerate(free) if end < self.column[i]), len(free))
            free[lane : lane + 1] = [gap]
            above[i, j] = lane
        self.channels = {r: len(free) for r, free in ends.items()}
        self.gaps = dict(used)
        return out, into, above

    def ordered(self, edges: list[Edge], tapped: list[int]) -> tuple[list[int], set[Edge]]:
        """The cells of one column that edges leave, in the order of their tracks; edges that turn but once.

        Such an edge runs on the axis of the row it leads to. It must meet no other that is not for the same
        cell: it is the only one that leaves its own, or the only one that enters the other, and what stands
        before that in the row has its track further left.
        """
        leaving = dict.fromkeys([*(i for i, _ in edges), *tapped])
        left_of: dict[int, set[int]] = {i: set() for i in leaving}
        direct = set()
        for i, j in edges:
            alone = len(self.after[i]) == 1 or len(self.before[j]) == 1
            if self.column[j] != self.column[i] + 1 or not alone or (i, j) in self.second:
                continue
            beside = self.cell_at.get((self.row[j], self.column[i]))
            if beside not in leaving:
                direct.add((i, j))
            elif i not in depth_first([beside], left_of.__getitem__):
                left_of[i].add(beside)
                direct.add((i, j))
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
        whole = Fragment(self.x[2 * max(self.column)], 0.0, 0.0, [Port(0.0, 0.0, arrow=False)], [])
        for i, fragment in enumerate(self.fragments):
            whole.put(fragment, self.x[2 * self.column[i]], self.y[self.row[i]] - base)
        ends = self.before[self.end]
        drawn = set()
        for i, j in self.edges:
            if j == self.below and not joined:
                continue
            if j != self.end or len(ends) > 1:
                drawn.add(i)
                whole.line(
                    *self.route(i, j),
                    arrow=j not in (self.end, self.below) and self.fragments[j].entries[0].arrow,
                )
        for i, track in self.tap_tracks.items():
            start = self.start(i)
            # Between two tracks: where another line runs, a line must not end.
            tap = (self.track_x(track) - style.SIDE_STEP / 2, start.y)
            if i not in drawn:
                whole.line((start.x, start.y), tap)
            whole.taps |= dict.fromkeys(_end_taps(self.fragments[i]), tap)
        if len(self.fragments) > self.end + 1 and self.below != self.end + 1:
            whole.second = Port(0.0, self.y[self.row[self.end + 1]] - base, arrow=False)
        if self.below >= 0 and joined:
            whole.down = [Port(whole.length, self.y[self.row[self.below]] - base)]
        # Where one box is at the end, no line leads on: nothing may follow.
        whole.exits = [self.start(ends[0])] if len(ends) == 1 else [Port(whole.length, 0.0)]
        whole.above = base
        depth = max(b.below + self.y[r] for b, r in zip(self.fragments, self.row))
        whole.below = depth - base
        return whole

    def start(self, i: int) -> Port:
        return self.fragments[i].exits[0].moved(self.x[2 * self.column[i]], self.y[self.row[i]] - self.base)

    def entry(self, i: int) -> Port:
        return self.fragments[i].entries[0].moved(self.x[2 * self.column[i]], self.y[self.row[i]] - self.base)

    def route(self, i: int, j: int) -> list[tuple[float, float]]:
        base = self.base
        start = self.start(i)
        port = self.fragments[j].entries[0]
        if (i, j) in self.second:
            port = self.fragments[j].second or port
        end = port.moved(self.x[2 * self.column[j]], self.y[self.row[j]] - base)
        if self.straight(i, j):
            return [(start.x, start.y), (end.x, end.y)]
        out = self.track_x(self.out_tracks[i])
        if (i, j) not in self.above_tracks:
            return [(start.x, start.y), (out, start.y), (out, end.y), (end.x, end.y)]
        into = self.track_x(self.in_tracks[j, (i, j) in self.second])
        height = self.top[self.row[j]] - base - style.TRACK * (self.above_tracks[i, j] + 0.5)
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
