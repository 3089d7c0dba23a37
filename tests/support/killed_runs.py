"""A run that is killed again and again, beside one that is not: `python -m tests.support.killed_runs --help`.

One process imports everything; each training is a fork of it, so that a kill costs no start of Python. Half
of the kills come from within, at a call of a function of this package or of one that packs a state; half come
from outside, at any instant. Both are drawn from a seed; the first is in the middle of the second state.
"""

import argparse
import importlib.util
import os
import random
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np

from keras_cnns import training
from keras_cnns.training import recipes

if importlib.util.find_spec("tensorflow"):
    import tensorflow  # noqa: F401  # Keras does, on any backend; so do it once

EPOCHS = 30
RECIPE = replace(
    recipes.SMALL,
    optimizer="sgd", schedule="plateau", patience=2, rate=0.3, warm_up=2, momentum=0.9, decay=1e-3,
    smoothing=0.1, clip=2.0, averaging=0.9, batch=16, epochs=EPOCHS,
)  # fmt: skip
COUNTED = (f"keras_cnns{os.sep}", f"{os.sep}zipfile", f"{os.sep}_npyio_impl.py", f"{os.sep}_format_impl.py")


def network():
    """With all that has a state of its own: batch normalization, dropout, noise."""
    image = keras.Input((8, 8, 1))
    x = keras.layers.Dense(20, "relu", use_bias=False)(keras.layers.Flatten()(image))
    x = keras.layers.BatchNormalization(momentum=0.9)(x)
    x = keras.layers.Dropout(0.2)(keras.layers.GaussianNoise(0.1)(x))
    return keras.Model(image, keras.layers.Dense(10, "softmax", dtype="float32")(x), name="net")


def few():
    digits = training.load("digits")
    parts = ((images[:n], labels[:n]) for (images, labels), n in ((digits.train, 70), (digits.test, 40)))
    return training.Data(*parts, digits.classes)


class Told(keras.callbacks.Callback):
    """Writes a letter to a pipe as each epoch ends."""

    def __init__(self, pipe):
        super().__init__()
        self.pipe = pipe

    def on_epoch_end(self, epoch, logs=None):
        os.write(self.pipe, b".")


def dying_in_a_state():
    """Let this process be killed when half of its second state is written."""
    really, calls = np.savez, 0

    def half(file, **arrays):
        nonlocal calls
        calls += 1
        if calls == 2:
            file.write(b"PK" + bytes(5000))
            file.flush()
            os.kill(os.getpid(), signal.SIGKILL)
        really(file, **arrays)

    np.savez = half


def dying_at(number, counted):
    """Let this process be killed at so many calls of functions whose file has one of these words."""
    calls = 0

    def count(frame, event, _):
        nonlocal calls
        if event == "call" and any(word in frame.f_code.co_filename for word in counted):
            calls += 1
            if calls == number:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(count)


def child(folder, data, options, number=None, counted=COUNTED):
    """Fork a training, which goes on where there is a run; return its process and a pipe of its epochs."""
    reading, writing = os.pipe()
    process = os.fork()
    if process:
        os.close(writing)
        return process, reading
    status = 1
    try:
        keras.config.set_dtype_policy(options.policy)
        keras.utils.set_random_seed(random.randrange(1000) if (folder / "run.json").exists() else 1)
        model = network()
        if number == 0:
            dying_in_a_state()
        elif number is not None:
            dying_at(number, counted)
        training.train(
            model, data, folder, RECIPE, seed=3, early_stop=options.early_stop, callbacks=[Told(writing)],
            resume=(folder / "run.json").exists(),
        )  # fmt: skip
        status = 0
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", flush=True)
    finally:
        sys.stdout.flush()
        os._exit(status)


def epoch_of(folder):
    states = sorted(folder.glob("state-*.npz"))
    return int(states[-1].stem[-4:]) if states else -1


def killed(folder, data, options, draw, seconds, within):
    """Start or go on with the run and kill it; return whether it was killed before its end."""
    if within:
        number = draw.randrange(1, 3000) if folder.exists() else 0
        process, pipe = child(folder, data, options, number)
    else:
        process, pipe = child(folder, data, options)
        os.read(pipe, 1)
        time.sleep(draw.uniform(0, 2 * seconds))
        os.kill(process, signal.SIGKILL)
    status = os.waitpid(process, 0)[1]
    os.close(pipe)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kills", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--policy", default="float32")
    parser.add_argument("--early-stop", type=int, default=12)
    options = parser.parse_args()
    data, draw = few(), random.Random(options.seed)
    process, pipe = child(options.folder / "whole", data, options)
    times = []
    while os.read(pipe, 1):
        times.append(time.monotonic())
    assert os.waitpid(process, 0)[1] == 0
    seconds = float(np.median(np.diff(times)))
    place = options.folder / "killed"
    for number in range(options.kills):
        way = number % 2
        assert killed(place, data, options, draw, seconds, way == 0), "the run had ended before"
        left = [path for path in place.glob(".keras-cnns-*/**/*") if path.is_file()]
        who = ("within", "outside")[way]
        print(f"killed from {who}, holds epoch {epoch_of(place)}, {len(left)} files half-written", flush=True)
    process, _ = child(place, data, options)
    assert os.waitpid(process, 0)[1] == 0


if __name__ == "__main__":
    main()
