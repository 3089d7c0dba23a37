"""The files of a run."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_cnns.atomic_write import written_whole

if TYPE_CHECKING:
    import numpy as np

Tell = Callable[[str], None]


class Folder:
    """The files of a run."""

    def __init__(self, path: Path):
        self.path = path
        self.settings = path / "run.json"
        self.log = path / "log.csv"
        self.curves = path / "curves.svg"
        self.events = path / "events"
        self.confusion = path / "confusion.csv"
        self.best = path / "best.keras"
        self.model = path / "model.keras"

    def state(self, epoch: int) -> Path:
        return self.path / f"state-{epoch:04}.npz"

    def states(self) -> list[Path]:
        """Return the files of states, the oldest first."""
        return sorted(self.path.glob("state-*.npz"), key=lambda path: (len(path.name), path.name))

    def files(self) -> list[Path]:
        """Return the places of all files, the settings first."""
        others = (self.log, self.curves, self.confusion, self.best, self.model)
        events = sorted(self.events.glob("*/events.out.tfevents.*"))
        return [self.settings, *self.states(), *others, *events]

    def read_settings(self) -> dict[str, Any]:
        """Return what run.json says.

        Raises:
            ValueError: if there is none, or it cannot be read.
        """
        try:
            settings = json.loads(self.settings.read_text(encoding="utf-8"))
            return {"training": dict(settings["training"]), "command": settings.get("command")}
        except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
            raise ValueError(f"{self.path} is not the folder of a run: run.json: {error}") from None

    def clear(self) -> None:
        """Remove the files of a run that was here, the settings first: what is left is then no run."""
        for path in self.files():
            path.unlink(missing_ok=True)

    def write_settings(self, settings: dict[str, Any]) -> None:
        with written_whole(self.settings) as file:
            file.write_text(json.dumps(settings, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    def last_state(self, tell: Tell) -> "tuple[list[np.ndarray], dict[str, Any], Path] | None":
        """Return the last state that can be read, its record and its file; None if there is no state."""
        from keras_cnns.training.state import read_state

        for path in reversed(self.states()):
            try:
                arrays, record = read_state(path)
                return arrays, record, path
            except ValueError as error:
                tell(f"{error}; the state before is taken")
        return None
