"""Which pixels the units along one axis of a map look at, on a plane without borders."""

from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

LONGEST_PERIOD = 1024  # nobody enlarges a map more than this, and a stranger's file shall not take all memory


@dataclass(frozen=True)
class Field:
    """Unit i looks at the pixels lows[i] to highs[i], both inclusive, of the input's axis.

    The tuples are one period long: the unit a whole period further looks `shift` pixels further. A period is
    longer than one unit only where a map has been enlarged, so that neighbours differ in what they see.
    """

    lows: tuple[int, ...] = (0,)
    highs: tuple[int, ...] = (0,)
    shift: int = 1

    def low(self, i: int) -> int:
        """The first pixel of any unit, also before the first."""
        periods, place = divmod(i, len(self.lows))
        return self.lows[place] + periods * self.shift

    def high(self, i: int) -> int:
        """The last pixel of any unit."""
        periods, place = divmod(i, len(self.highs))
        return self.highs[place] + periods * self.shift

    @property
    def size(self) -> int:
        """How many pixels a unit spans, the widest one if they differ."""
        return max(high - low + 1 for low, high in zip(self.lows, self.highs))

    @property
    def stride(self) -> Fraction:
        """Pixels from one unit to the next; less than one after enlarging beyond the input."""
        return Fraction(self.shift, len(self.lows))


def windowed(field: Field, kernel: int, stride: int, before: int) -> Field:
    """What sees `kernel` units, dilation included, at each `stride`-th place; `before` are padding."""
    period = len(field.lows)
    length = period // gcd(period, stride)
    starts = [i * stride - before for i in range(length)]
    return Field(
        tuple(field.low(start) for start in starts),
        tuple(field.high(start + kernel - 1) for start in starts),
        field.shift * stride * length // period,
    )


def spread(field: Field, kernel: int, stride: int, before: int) -> Field | None:
    """What a transposed convolution sees: place o is made of those i with o + before - i·stride in it."""
    length = len(field.lows) * stride
    if length > LONGEST_PERIOD:
        return None
    firsts = [-((kernel - 1 - before - o) // stride) for o in range(length)]
    lasts = [(o + before) // stride for o in range(length)]
    return Field(
        tuple(field.low(min(first, last)) for first, last in zip(firsts, lasts)),
        tuple(field.high(last) for last in lasts),
        field.shift,
    )


def enlarged(field: Field, factor: int, blended: bool) -> Field | None:
    """What sees each unit `factor` times; blended (bilinear), the nearest two."""
    length = len(field.lows) * factor
    if length > LONGEST_PERIOD:
        return None
    if not blended or factor == 1:
        places = [(i // factor, i // factor) for i in range(length)]
    else:
        centres = [Fraction(2 * i + 1 - factor, 2 * factor) for i in range(length)]
        places = [(c.__floor__(), c.__ceil__()) for c in centres]
    lows, highs = zip(*((field.low(a), field.high(b)) for a, b in places))
    return Field(lows, highs, field.shift)


def joined(fields: list[Field]) -> Field | None:
    """What sees all that the units of several maps see at the same place; None if the maps drift apart."""
    if all(field == fields[0] for field in fields):
        return fields[0]
    if len({field.stride for field in fields}) > 1:
        return None
    length = lcm(*(len(field.lows) for field in fields))
    if length > LONGEST_PERIOD:
        return None
    return Field(
        tuple(min(field.low(i) for field in fields) for i in range(length)),
        tuple(max(field.high(i) for field in fields) for i in range(length)),
        int(fields[0].stride * length),
    )
