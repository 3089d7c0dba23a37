"""What the page knows of boxes, places and blocks: lists of numbers that refer to one another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from keras_cnns.diagram.fold.parts import NOT_THERE, Box, Folded, Module, ParallelCopies, Repeat, boxes
from keras_cnns.diagram.page.blocks import NONE, Block, Place, Slot
from keras_cnns.diagram.page.insides import Insides
from keras_cnns.safe_text import shortened

BOX, COPIES, SLOT, CELL = range(4)
# Instead of the number of a block: each instance of the box has its own.
BY_INSTANCE = -2


@dataclass(frozen=True, eq=False, slots=True)
class Structure:
    """Numbers of the boxes and modules of a picture; `rows` are the calls that a vertex is."""

    folded: Folded
    insides: Insides
    rows: Callable[[int], Sequence[int]]
    boxes: dict[int, int]
    modules: dict[int, int]

    def of_modules(self) -> list[dict[str, Any]]:
        return [
            {
                "name": shortened(module.name),
                "times": module.times,
                "boxes": [self.boxes[id(box)] for box in boxes(module.body)],
            }
            for module in self.folded.modules
        ]

    def of_boxes(self) -> list[dict[str, Any]]:
        return [self.of_box(box) for box in self.folded.boxes()]

    def of_box(self, box: Box) -> dict[str, Any]:
        found: dict[str, Any] = {"kind": box.kind, "text": shortened(box.text), "n": len(box.instances)}
        if box.module:
            found["module"] = self.modules[id(box.module)]
            found["groups"] = _or_one(self.groups(box, box.module))
        if box.kind != "module":
            found["rows"] = [[_or_one(self.rows(v)) for v in sorted(one.vertices)] for one in box.instances]
            first = [sorted(one.vertices).index(one.anchor) if one.vertices else 0 for one in box.instances]
            found["anchor"] = _or_one(first)
        said = [own_notes(box, i) for i in range(len(box.instances))]
        if any(said):
            found["notes"] = said if len({*map(tuple, said)}) > 1 else said[:1]
        if not box.module:
            numbers = self.insides.opened(Place("box", box, NONE, (0, 0), (0, 0), 0.0))
            if numbers:
                found["layers"] = _or_one(numbers)
        return found

    def groups(self, box: Box, module: Module) -> list[int]:
        """Which of the modules explained together each instance of a box is."""
        group: dict[int, int] = {}
        for inner in boxes(module.body):
            each = len(inner.instances) // module.times
            for i, one in enumerate(inner.instances):
                group.update(dict.fromkeys(one.vertices, i // each))
        vertices = self.folded.vertices
        by_call = {id(vertices[v].call): v for v in group}
        found = []
        for i, one in enumerate(box.instances):
            inside = vertices[one.anchor].inside if box.kind == "model" else None
            calls = [by_call.get(id(v.call)) for v in inside.vertices] if inside else list(one.vertices)
            known = [group[v] for v in calls if v is not None and v in group]
            found.append(known[0] if known else i * module.times // len(box.instances))
        return found

    def of_place(self, place: Place) -> list[Any]:
        of, inside = place.of, self.insides.opened(place) if _is_known(place, self.boxes) else []
        number = inside[0] if inside else NONE
        if isinstance(of, Box):
            known = id(of) in self.boxes
            kind, ref = (BOX, self.boxes[id(of)]) if known else (CELL, 0)
            number = number if not known or of.module or not inside else BY_INSTANCE
        elif isinstance(of, Slot):
            kind, ref = SLOT, of.copy
        else:
            assert isinstance(of, (Repeat, ParallelCopies))
            kind, ref = COPIES, of.count
        corners = [_number(n) for n in (*place.low, *place.high, place.axis)]
        return [kind, place.within, *corners, ref, number]

    def of_block(self, one: Block, counts: Sequence[int]) -> dict[str, Any]:
        """A block; `counts` says of how many elements each of its shapes consists."""
        owners = [owner for owner, count in zip(one.owners, counts) for _ in range(count)]
        firsts, at = [], 0
        for count in counts:
            firsts.append(at)
            at += count
        ties = [n for i, ends in one.ties.items() for n in (firsts[i], *ends)]
        size = [_number(n) for n in (*one.low, *one.high, one.axis)]
        return {
            "places": [self.of_place(place) for place in one.places],
            "owners": owners,
            "ties": ties,
            "size": size,
        }


def structure(folded: Folded, insides: Insides, rows: Callable[[int], Sequence[int]]) -> Structure:
    """Number the boxes and modules of a picture."""
    numbered = {id(box): i for i, box in enumerate(folded.boxes())}
    return Structure(
        folded, insides, rows, numbered, {id(module): i for i, module in enumerate(folded.modules)}
    )


def own_notes(box: Box, i: int) -> list[str]:
    """What is said of one instance by itself: its notes, and the badges that it has and others have not."""
    one, typical = box.instances[i], box.typical
    if NOT_THERE in one.notes:
        return ["not in this one"]
    units = one.notes.get("units")
    said = [units] if units and box.kind == "dense" else []
    said += [note for note in Box(box.kind, box.label, [one], box.module).notes if note not in said]
    for mine, drawn, where in ((one.before, typical.before, " before"), (one.badges, typical.badges, "")):
        said += [f"no {badge.name}{where}" for badge in drawn if badge not in mine]
        said += [f"{badge.name}{where}" for badge in mine if badge not in drawn]
    return [shortened(note) for note in said]


def _is_known(place: Place, numbered: dict[int, int]) -> bool:
    return not isinstance(place.of, Box) or id(place.of) in numbered


def _or_one(values: Sequence[int]) -> Any:
    """The values, or the only one if all are equal and there are any."""
    return values[0] if values and len({*values}) == 1 else list(values)


def _number(value: float) -> float | int:
    rounded = round(value, 2)
    return int(rounded) if rounded == int(rounded) else rounded
