"""What numbers say of a pair of models, and what `compare` says."""

from __future__ import annotations

from dataclasses import dataclass

from keras_cnns.comparison.compare_models import compare_models
from support.argument_pairs import Build
from support.by_numbers import differ


@dataclass(frozen=True)
class Judged:
    """A pair: what differs; "different", "equal", "other weights" or "refused"; and the verdict."""

    label: str
    numbers: str
    verdict: str = ""

    @property
    def is_wrong(self) -> bool:
        """Whether what differs is called the same."""
        return self.numbers in ("different", "other weights") and self.verdict in ("exact", "equivalent")


def judged(label: str, one: Build, other: Build) -> Judged:
    """Build a pair, run both with equal weights, and compare them."""
    try:
        models = one(), other()
        found = differ(*models)
    except Exception:  # Keras refuses many combinations of arguments
        return Judged(label, "refused")
    numbers = {True: "different", False: "equal", None: "other weights"}[found]
    verdicts = [compare_models(*pair).verdict for pair in (models, models[::-1])]
    worst = next((verdict for verdict in verdicts if verdict in ("exact", "equivalent")), verdicts[0])
    return Judged(label, numbers, worst)
