"""What differs between two networks, as the page shows it: rows of a list."""

from dataclasses import dataclass

from keras_cnns.catalog.facts import Network

Both = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Row:
    """One difference.

    Attributes:
        what: what differs, such as "convolution: filters".
        values: what the first network has, and the second; `NONE` if nothing.
        count: at how many places it was found.
        is_alike: whether the values are those of all these places.
        boxes: of each picture, the boxes that are so.
        after: of each picture, the boxes after which the other network has more.
    """

    what: str
    values: Both
    count: int
    is_alike: bool
    boxes: tuple[list[int], list[int]]
    after: tuple[list[int], list[int]]

    @property
    def where(self) -> str:
        """What differs, and at how many places."""
        alike = "" if self.is_alike else ", with other numbers at some"
        return self.what + (f", at {self.count} places{alike}" if self.count > 1 else "")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two networks, the earlier one first.

    Attributes:
        one: the earlier, and `two` the later.
        rows: what differs, in the order in which it comes; the first few if the two have little in common.
        found: how many differences there are.
        equal: how many layers are the same in both, and how many the first and the second have.
        columns: boxes of both lanes that stand for the same, in their order; none if the two have little in
            common.
    """

    one: Network
    two: Network
    rows: list[Row]
    found: int
    equal: tuple[int, int, int]
    columns: list[tuple[int, int]]
