"""Pictures and costs of the catalogue's networks as data made beforehand, so that they need no Keras.

Each file in `networks` has one network at the sizes of its paper: folded as pictures draw it, and what each
layer costs; `pairs.json` has what differs between any two. `make precomputed` writes them; tests build the
networks and compare.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_cnns.backends import has_usual_settings
from keras_cnns.precomputed.archives import text_of

if TYPE_CHECKING:
    from keras_cnns.diagram.fold.parts import Folded
    from keras_cnns.profiling.result import Profile

FOLDER = Path(__file__).parent / "networks"
# What differs between any two networks, for the gallery.
PAIRS = Path(__file__).parent / "pairs.json"


@dataclass(frozen=True, eq=False)
class Precomputed:
    """A network at its usual sizes, as it is drawn and with what it costs; `data` is what its file has."""

    data: dict[str, Any]

    def folded(self, names: Mapping[str, str] | None = None) -> Folded:
        """Return it as `fold` does.

        Args:
            names: other names for modules, by the names they have.

        Raises:
            ValueError: if `names` has a name that the diagram has not.
        """
        from keras_cnns.precomputed.diagrams import as_folded

        return as_folded(self.data, names or {})

    def takes(self, names: Mapping[str, str]) -> bool:
        """Whether modules may have these names: where two have the same, the network must be folded again."""
        return len({names.get(name, name) for name in self.data["names"]}) == len(self.data["names"])

    def profile(self, batch_size: int = 1) -> Profile:
        """Return what it costs, as `keras_cnns.profile` does."""
        from keras_cnns.precomputed.profiles import as_profile

        return replace(as_profile(self.data, batch_size), explored=self.explored)

    def explored(self) -> str:
        """Return its page, coloured by multiply-adds."""
        from keras_cnns.diagram.draw.look import Look
        from keras_cnns.explorer import explored

        return explored(self.folded(), self.profile(), Look(), "multiply-adds")


def file_of(name: str, aux: bool = False) -> Path:
    """Return the file of a network, whether there is one or not."""
    return FOLDER / f"{name}{'_aux' if aux else ''}.json"


def precomputed(name: str, aux: bool = False) -> Precomputed | None:
    """Return a network of the catalogue, with its auxiliary classifiers if `aux`, or None.

    There is none for a network without a file, and none for a Keras that is set to other types or another
    order of axes, which change what is built.
    """
    text = text_of(file_of(name, aux)) if has_usual_settings() else None
    return None if text is None else Precomputed(json.loads(text))
