"""Where the boxes of an explorable page are when some of it is open, worked out in Python from its data.

Coordinates of a block go through one map for each axis: as small a shift as makes room for what is open.
"""

BOX, COPIES, SLOT, CELL = range(4)
BY_INSTANCE = -2


class Sheet:
    """Centres of all boxes that are seen; `opened` are paths as the page's address has them."""

    def __init__(self, data, opened):
        self.data, self.opened = data, set(opened)
        self.along = int(data["vertical"])
        self.centres = []
        sizes = [part["size"] for part in data["parts"]]
        blocks = [Block(self, part, (1, [0]), None, str(i)) for i, part in enumerate(data["parts"])]
        needs = [[], []]
        for (left, top, right, bottom, _), block in zip(sizes, blocks):
            for axis, (low, high) in enumerate(((left, right), (top, bottom))):
                needs[axis].append((low, high, block.end[axis]))
        shifts = [shifted(each) for each in needs]
        for (left, top, *_), block in zip(sizes, blocks):
            block.put((shifts[0](left), shifts[1](top)))


class Block:
    """A block that is seen: its maps, what is open in it, how far it reaches."""

    def __init__(self, sheet, said, share, cell, path):
        self.sheet, self.said, self.share, self.cell, self.path = sheet, said, share, cell, path
        self.low, self.high, self.axis = said["size"][:2], said["size"][2:4], said["size"][4]
        self.places = said["places"]
        self.open = {i: self.child(i) for i in range(len(self.places)) if self.is_open(i)}
        along, across = sheet.along, 1 - sheet.along
        needs = [[], []]
        for i, child in self.open.items():
            _, _, *corners, axis, _, _ = self.places[i]
            low, high = corners[:2], corners[2:]
            needs[along].append((low[along], high[along], child.end[along]))
            needs[across] += [(low[across], axis, child.above), (axis, high[across], child.below)]
        self.maps = [shifted(each) for each in needs]
        self.end = [self.at(a, self.high[a]) - self.at(a, self.low[a]) for a in (0, 1)]
        self.above = self.at(across, self.axis) - self.at(across, self.low[across])
        self.below = self.at(across, self.high[across]) - self.at(across, self.axis)

    def at(self, axis, value):
        return value + self.maps[axis](value)

    def is_open(self, i):
        within = self.places[i][1]
        shown = within < 0 or not self.is_open_itself(within)
        return shown and self.is_open_itself(i)

    def is_open_itself(self, i):
        return self.places[i][0] == SLOT or f"{self.path}.{i}" in self.sheet.opened

    def child(self, i):
        kind, *_, ref, number = self.places[i]
        data, path, (d, starts) = self.sheet.data, f"{self.path}.{i}", self.share
        if kind == SLOT and self.cell is None:
            n = len(self.places)
            return Block(
                self.sheet, data["blocks"][number], (d * n, [s * n + ref for s in starts]), None, path
            )
        if kind in (SLOT, COPIES):
            return Block(self.sheet, data["blocks"][number], self.share, self.cell, path)
        box = data["boxes"][ref]
        each = box["n"] // d
        chosen = [s * each + k for s in starts for k in range(each)]
        if number != BY_INSTANCE:
            groups = box["groups"] if isinstance(box["groups"], list) else [box["groups"]] * box["n"]
            share = data["modules"][box["module"]]["times"], list(dict.fromkeys(groups[k] for k in chosen))
            return Block(self.sheet, data["blocks"][number], share, None, path)
        layers = box["layers"] if isinstance(box["layers"], list) else [box["layers"]] * box["n"]
        number = next(layers[k] for k in chosen if layers[k] >= 0)
        return Block(self.sheet, data["blocks"][number], (1, [0]), box, path)

    def put(self, moved):
        """Note where the boxes are, the block being moved by so much."""
        along, across = self.sheet.along, 1 - self.sheet.along
        for i, (kind, within, *corners, axis, _, _) in enumerate(self.places):
            low, high = corners[:2], corners[2:]
            if i in self.open:
                origin = list(moved)
                child = self.open[i]
                origin[along] += self.at(along, low[along]) - child.low[along]
                origin[across] += self.at(across, axis) - child.at(across, child.axis)
                child.put(origin)
            elif kind in (BOX, CELL) and (within < 0 or not self.is_open_itself(within)):
                shift = [0, 0]
                shift[along] = self.maps[along]((low[along] + high[along]) / 2)
                shift[across] = self.maps[across](axis)
                middle = [(low[a] + high[a]) / 2 + moved[a] + shift[a] for a in (0, 1)]
                self.sheet.centres.append(tuple(middle))


def shifted(needs):
    """Return by how much a coordinate moves: no more than that every interval gets the length it needs."""
    steps = []

    def shift(value):
        return next((by for at, by in reversed(steps) if at <= value + 0.01), 0)

    for low, high, length in sorted(needs, key=lambda need: (need[1], need[0])):
        wanted = low + shift(low) + length - high
        if wanted > (steps[-1][1] if steps else 0):
            steps.append((high, wanted))
    return shift
