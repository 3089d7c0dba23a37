"""What counts in a comparison only when it is asked for: it changes training alone."""

from collections.abc import Iterable

from keras_cnns.arguments import checked_strings

# What does not count unless it is asked for: it matters in training only, or not at all.
ALSO = ("dropout", "initializers", "momentum", "names", "regularizers")


def checked_also(also: Iterable[str]) -> list[str]:
    """Return what else counts; raise a ValueError for a word that is not of `ALSO`."""
    words = checked_strings("also", also, ALSO[0])
    for word in words:
        if word not in ALSO:
            raise ValueError(f"also must be of {', '.join(ALSO)}; got {word!r}.")
    return words
