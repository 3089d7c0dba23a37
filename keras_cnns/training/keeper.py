"""What happens after each epoch of a run: test, keep, write, stop."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from keras_cnns.atomic_write import written_whole
from keras_cnns.diagram.output.svg import to_svg
from keras_cnns.training.confusion_table import confusion_csv
from keras_cnns.training.curves import curves
from keras_cnns.training.data import Data
from keras_cnns.training.devices import Spread
from keras_cnns.training.events import Events
from keras_cnns.training.folder import Folder, Tell
from keras_cnns.training.hosts import alone, here
from keras_cnns.training.log import Row, as_csv, best, plateau_rate, should_stop
from keras_cnns.training.phases import phase_of, phases
from keras_cnns.training.plain import PlainCopy
from keras_cnns.training.reading import Reader
from keras_cnns.training.recipes import Recipe
from keras_cnns.training.room import STATES_KEPT
from keras_cnns.training.scoring import Scores, scores
from keras_cnns.training.state import write_state


class Keeper(keras.callbacks.Callback):
    """After each epoch: tests the model, keeps the state, writes what is known, and ends early if asked to.

    Attributes:
        begun: the number of the epoch under way, 0 before the first.
        rows: what is known about each epoch.
        phase: the part of the run under way.
    """

    def __init__(
        self,
        folder: Folder,
        data: Data,
        recipe: Recipe,
        seed: int,
        early_stop: int | None,
        rows: list[Row],
        tell: Tell,
        reader: Reader,
        both: Spread,
    ):
        super().__init__()
        self.folder, self.data, self.recipe, self.early_stop = folder, data, recipe, early_stop
        self.seed = seed
        self.rows, self.tell, self.reader, self.both = rows, tell, reader, both
        self.begun = len(rows)
        self.started = 0.0
        self.phase = phase_of(recipe, 0)
        self.plain: PlainCopy | None = None
        self.events: Events | None = None
        self.here = here()  # of several hosts, the first writes

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.begun = epoch + 1
        self.started = time.monotonic()
        # With PyTorch, dropout draws from its one generator, which no variable holds.
        keras.utils.set_random_seed(int(np.random.SeedSequence((self.seed, epoch)).generate_state(1)[0]))
        if self.phase.recipe.schedule == "plateau":
            self.model.optimizer.learning_rate = plateau_rate(
                self.phase.recipe, self.rows[self.phase.first :]
            )

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        seconds = time.monotonic() - self.started
        with averaged(self.model):
            found = self.scores()
            self.rows.append(self.row(epoch + 1, logs, found, seconds))
            try:
                if best(self.rows) == len(self.rows) - 1:
                    self.write_model(self.folder.best)
                    self.write_confusion(found)
            except (OSError, ValueError) as error:
                self.told_or_raised(error, f" in {self.folder.best.name}")
        try:
            self.keep()
        except (OSError, ValueError) as error:
            self.told_or_raised(error)
        logs.update({name: self.rows[-1][name] for name in ("val_loss", "val_accuracy", "val_top_5")})
        self.model.stop_training = self.is_over

    @property
    def is_over(self) -> bool:
        """Whether the run ends early: in its last phase, after so many epochs that were no better."""
        last = phases(self.recipe)[-1]
        return should_stop(self.rows[last.first :], self.early_stop)

    def scores(self) -> Scores:
        """Test the model; of several hosts each tests a copy of its own on a part of the images."""
        size = max(32, self.recipe.batch // self.here.number)
        if self.here.number == 1:
            with self.both.on_one_device() as tested:
                return scores(tested, self.data, size, self.recipe.view, self.reader)
        with alone():
            return scores(self.plain_copy().now(), self.data, size, self.recipe.view, self.reader)

    def row(self, epoch: int, logs: dict[str, Any], found: Scores, seconds: float) -> Row:
        """Return what is known about an epoch; those of the training are means over its steps."""
        first = f"{self.model.output_names[0]}_accuracy"
        return {
            "epoch": epoch,
            "loss": float(logs["loss"]),
            "accuracy": float(logs["accuracy"] if "accuracy" in logs else logs[first]),
            "val_loss": found.loss,
            "val_accuracy": found.top_1,
            "val_top_5": found.top_5,
            "learning_rate": float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)),
            "images_per_second": round(len(self.data.train[0]) / max(seconds, 1e-9), 1),
        }

    def told_or_raised(self, error: OSError | ValueError, where: str = "") -> None:
        """Say that an epoch is not kept; a disk that is full or away for a while does not end the run."""
        if not self.folder.path.is_dir():
            error = FileNotFoundError(f"{self.folder.path} is no longer there")
        if self.begun == self.recipe.epochs or not isinstance(error, OSError):
            raise error
        self.tell(f"epoch {self.begun} is not kept{where}: {error}")

    def keep(self) -> None:
        """Write the state, which is what counts; then what is made of it."""
        epoch = len(self.rows)
        if not self.here.is_first:
            return
        write_state(self.folder.state(epoch), self.model, {"epoch": epoch, "rows": self.rows})
        self.show()
        for path in self.folder.states()[:-STATES_KEPT]:
            path.unlink(missing_ok=True)

    def show(self) -> None:
        """Write the log, the curves, and what TensorBoard reads."""
        if not self.here.is_first:
            return
        with written_whole(self.folder.log) as file:
            file.write_text(as_csv(self.rows), encoding="utf-8")
        with written_whole(self.folder.curves) as file:
            file.write_text(to_svg(curves(self.model.name, self.rows)) + "\n", encoding="utf-8")
        if self.events is not None:
            self.events.write(self.rows)

    def write_model(self, path: Any) -> None:
        if self.here.is_first:
            with alone():
                self.plain_copy().write(path)

    def write_confusion(self, found: Scores) -> None:
        if self.here.is_first:
            with written_whole(self.folder.confusion) as file:
                file.write_text(confusion_csv(found.table, self.data.classes), encoding="utf-8")

    def plain_copy(self) -> PlainCopy:
        if self.plain is None:
            frozen_for_a_while = self.recipe.head_epochs > 0
            self.plain = PlainCopy(self.model, self.data.classes, self.recipe.view, frozen_for_a_while)
        return self.plain


def use_averages(model: keras.Model) -> bool:
    """Give the model the averages of its weights, and return whether its optimizer keeps any."""
    optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    if not optimizer.use_ema:
        return False
    optimizer.finalize_variable_values(model.trainable_variables)
    for variable in model.trainable_variables:
        # JAX gives the memory of a weight away when it predicts; the average must not share it.
        variable.assign(np.array(keras.ops.convert_to_numpy(variable)))
    return True


@contextmanager
def averaged(model: keras.Model) -> Iterator[None]:
    """Within the context the model has the averages of its weights, if its optimizer keeps them."""
    own = [np.array(keras.ops.convert_to_numpy(variable)) for variable in model.trainable_variables]
    changed = use_averages(model)
    try:
        yield
    finally:
        if changed:
            for variable, value in zip(model.trainable_variables, own):
                variable.assign(value)
