"""Which pixels the units along one axis of a map look at, on a plane without borders.

For convolution and pooling this is the recurrence of Araujo, Norris and Sim, "Computing Receptive Fields
of Convolutional Neural Networks", Distill 2019, https://doi.org/10.23915/distill.00021: their size,
effective stride and start. Here each unit of a period has an interval of its own, so that maps enlarged
by upsampling and transposed convolution, whose neighbouring units differ, and towers that are shifted
against each other come out exactly, too.
"""

from fractions import Fraction
from math import gcd, lcm

from keras_cnns.records import record

LONGEST_PERIOD = 1024  # no network enlarges a map more, and an untrusted file must not use up the memory


@record(frozen=True)
class AxisField:
    """Unit i looks at the pixels lows[i] to highs[i], both inclusive, of the input's axis.

    The tuples are one period long: the unit a whole period further looks `shift` pixels further. A period is
    longer than one unit only where a map has been enlarged, so that neighbours look at different pixels.
    """

    lows: tuple[int, ...] = (0,)
    highs: tuple[int, ...] = (0,)
    shift: int = 1

    def low(self, i: int) -> int:
        """The first pixel of unit i, which may be negative."""
        periods, place = divmod(i, len(self.lows))
        return self.lows[place] + periods * self.shift

    def high(self, i: int) -> int:
        """The last pixel of unit i."""
        periods, place = divmod(i, len(self.highs))
        return self.highs[place] + periods * self.shift

    @property
    def size(self) -> int:
        """How many pixels a unit spans, the widest one if they differ."""
        if len(self.lows) == 1:
            return self.highs[0] - self.lows[0] + 1
        return max(high - low + 1 for low, high in zip(self.lows, self.highs))

    @property
    def pixels_apart(self) -> int | float:
        """The stride as a plain number."""
        pixels, rest = divmod(self.shift, len(self.lows))
        return self.shift / len(self.lows) if rest else pixels

    @property
    def stride(self) -> Fraction:
        """Pixels from one unit to the next; less than one after enlarging beyond the input."""
        return Fraction(self.shift, len(self.lows))


def convolved(field: AxisField, window: int, stride: int, padding: int) -> AxisField:
    """The field after a window that looks at `window` units, dilation included, at every `stride`-th place.

    Args:
        field: what the units below look at.
        window: units from the first to the last that the kernel touches.
        stride: units from one place to the next.
        padding: units added before the first; negative where some are cut off.
    """
    period = len(field.lows)
    length = period // gcd(period, stride)
    starts = [i * stride - padding for i in range(length)]
    return AxisField(
        tuple(field.low(start) for start in starts),
        tuple(field.high(start + window - 1) for start in starts),
        field.shift * stride * length // period,
    )


def transposed(field: AxisField, window: int, stride: int, padding: int) -> AxisField | None:
    """The field after a transposed convolution; None if the period gets too long.

    Unit o is a sum over the units i for which o + padding - i·stride is in the window.
    """
    length = len(field.lows) * stride
    if length > LONGEST_PERIOD:
        return None
    firsts = [-((window - 1 - padding - o) // stride) for o in range(length)]
    lasts = [(o + padding) // stride for o in range(length)]
    return AxisField(
        tuple(field.low(min(first, last)) for first, last in zip(firsts, lasts)),
        tuple(field.high(last) for last in lasts),
        field.shift,
    )


def upsampled(field: AxisField, factor: int, bilinear: bool) -> AxisField | None:
    """The field after each unit is repeated `factor` times, or (bilinear) made of the nearest two."""
    length = len(field.lows) * factor
    if length > LONGEST_PERIOD:
        return None
    if not bilinear or factor == 1:
        places = [(i // factor, i // factor) for i in range(length)]
    else:
        centres = [Fraction(2 * i + 1 - factor, 2 * factor) for i in range(length)]
        places = [(c.__floor__(), c.__ceil__()) for c in centres]
    lows, highs = zip(*((field.low(a), field.high(b)) for a, b in places))
    return AxisField(lows, highs, field.shift)


def union(fields: list[AxisField]) -> AxisField | None:
    """All that the units of several maps look at, place by place; None if the maps have different strides."""
    first = fields[0]
    if all(field == first for field in fields):
        return first
    if all(len(field.lows) == len(first.lows) and field.shift == first.shift for field in fields):
        lows, highs = zip(*(field.lows for field in fields)), zip(*(field.highs for field in fields))
        return AxisField(tuple(map(min, lows)), tuple(map(max, highs)), first.shift)
    if len({field.stride for field in fields}) > 1:
        return None
    length = lcm(*(len(field.lows) for field in fields))
    if length > LONGEST_PERIOD:
        return None
    return AxisField(
        tuple(min(field.low(i) for field in fields) for i in range(length)),
        tuple(max(field.high(i) for field in fields) for i in range(length)),
        int(first.stride * length),
    )
