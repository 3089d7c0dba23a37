"""A box to be drawn, before it is known where."""

from dataclasses import dataclass, field

from keras_cnns.diagram.fold.drawn_layer import Badge
from keras_cnns.diagram.fold.note_words import Notes


@dataclass(eq=False, slots=True)
class Fused:
    """A box to be drawn.

    `anchor` is the vertex that gives the label, `members` are all vertices that the box stands for, `sources`
    the fused boxes that it reads. `ways` are those by each input of a model with two that two boxes feed.
    `outputs` says for each tensor that it reads which of several outputs that is.
    """

    kind: str
    label: str
    anchor: int
    members: list[int]
    sources: list[int]
    badges: list[Badge] = field(default_factory=list)
    before: list[Badge] = field(default_factory=list)
    notes: Notes = field(default_factory=dict)
    ways: tuple[list[int], ...] = ()
    outputs: list[str | None] = field(default_factory=list)
