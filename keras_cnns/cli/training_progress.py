"""What a training shows: a bar for the epoch under way on a terminal, and a line for each that has ended."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from keras_cnns.cli.common import console, say
from keras_cnns.cli.train_images import tell_unreadable

if TYPE_CHECKING:
    from keras_cnns.training import Data


class Shown(keras.callbacks.Callback):
    """Shows loss, top-1, images a second, and the time left until the last epoch ends."""

    def __init__(self, epochs: int, images: int, batch: int, begun: int = 0):
        super().__init__()
        self.epochs, self.images, self.batch, self.begun = epochs, images, batch, begun
        self.started = self.epoch_started = time.monotonic()
        self.bar: Progress | None = None
        self.task = TaskID(0)
        self.epoch = begun

    def on_train_begin(self, logs: Any = None) -> None:
        if self.epoch == self.begun:  # a run has parts, each with a `fit` of its own
            self.started = time.monotonic()
        if console.is_terminal:
            columns = (TextColumn("{task.description}"), BarColumn(None), TextColumn("{task.fields[words]}"))
            self.bar = Progress(*columns, console=console, transient=True)
            self.task = self.bar.add_task("", total=self.images, words="")
            self.bar.start()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.epoch, self.epoch_started = epoch, time.monotonic()
        if self.bar is not None:
            self.bar.reset(self.task, description=f"Epoch {epoch + 1}/{self.epochs}", words="")

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if self.bar is None:
            return
        done = min((batch + 1) * self.batch, self.images)
        speed = done / max(time.monotonic() - self.epoch_started, 1e-9)
        words = f"{numbers(logs)}, {speed:,.0f} images/s, {self.left(done)} left"
        self.bar.update(self.task, completed=done, words=words)

    def left(self, done: int) -> str:
        """Say how long the rest takes if it goes on as it has since the start, tests included."""
        epochs = self.epoch - self.begun + done / self.images
        seconds = (time.monotonic() - self.started) * (self.epochs - self.begun - epochs) / epochs
        hours, minutes = divmod(round(seconds) // 60, 60)
        if hours:
            return f"{hours} h {minutes} min"
        return f"{minutes} min" if minutes else f"{round(seconds)} s"

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        speed = self.images / max(time.monotonic() - self.epoch_started, 1e-9)
        held_out = ""
        if "val_accuracy" in logs:
            held_out = f"; held out {logs['val_accuracy']:.2%}, top-5 {logs['val_top_5']:.2%}"
        say(f"Epoch {epoch + 1}/{self.epochs}: {numbers(logs)}{held_out}; {speed:,.0f} images/s")

    def on_train_end(self, logs: Any = None) -> None:
        self.close()

    def close(self) -> None:
        """Take the bar away; also where the training was interrupted."""
        if self.bar is not None:
            self.bar.stop()


class Skipped(keras.callbacks.Callback):
    """Names, after each epoch, the files that could not be read in it for the first time."""

    def __init__(self, data: "Data", known: set[Path]):
        super().__init__()
        self.data, self.known = data, known

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        tell_unreadable(self.data, self.known)
        self.known.update(self.data.unreadable)


def numbers(logs: dict[str, Any]) -> str:
    """Return loss and top-1, of several outputs that of the first."""
    accuracy = next((value for name, value in logs.items() if name.endswith("accuracy")), None)
    loss = f"loss {float(logs['loss']):.4f}"
    return loss if accuracy is None else f"{loss}, top-1 {float(accuracy):.2%}"
