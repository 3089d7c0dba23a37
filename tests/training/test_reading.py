"""Images are read by worker processes, ahead of the training, with the pixels of one process."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections import Counter
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from keras_cnns import training
from keras_cnns.training import batches, data, reading
from keras_cnns.training.fitting import fit
from keras_cnns.training.recipes import SMALL, scaled
from keras_cnns.training.view import View

SHAPE = (8, 8, 3)
VIEW = View((120.0, 110.0, 100.0), (60.0,), True, "area")


def photographs(folder, classes=2, images=20):
    """Noise, in folders of classes."""
    random = np.random.default_rng(1)
    for number in range(classes):
        (folder / f"class {number}").mkdir(parents=True)
        for i in range(images):
            pixels = random.integers(0, 256, (12 + i % 5, 14, 3), "uint8")
            kind = ("png", "jpg")[i % 2]
            Image.fromarray(pixels).save(folder / f"class {number}" / f"é {i:02}.{kind}")
    return folder


@pytest.fixture
def folder(tmp_path):
    return photographs(tmp_path / "photos")


def network():
    keras.utils.set_random_seed(1)
    image = keras.Input(SHAPE)
    x = keras.layers.Dropout(0.2)(keras.layers.Dense(6, "relu")(keras.layers.Flatten()(image)))
    return keras.Model(image, keras.layers.Dense(2, "softmax")(x), name="net")


def everything(folder, workers, seed):
    """All batches of two epochs, and what could not be read."""
    found = training.load(folder)
    with reading.Reader(workers) as reader:
        made = training.Batches(
            *found.train, SHAPE, lambda labels: labels, 6, seed, found.unreadable, VIEW, reader=reader
        )
        seen = []
        for epoch in (0, 1):
            made.epoch = epoch
            seen += [(made[i][0].tobytes(), made[i][1].tolist()) for i in range(len(made))]
    return seen, found.unreadable


@pytest.mark.parametrize("seed", [3, None])
def test_any_number_of_workers_gives_the_same_batches(folder, seed):
    """Of files that can be read, and of some that break off or are no images."""
    images = training.load(folder).train[0]
    for path, length in ((images[3], 300), (images[9], 0), (images[25], 40)):
        path.write_bytes(path.read_bytes()[:length])
    expected = everything(folder, 0, seed)
    assert (len(expected[0]), len(expected[1])) == (2 * 6, 3)
    for workers in (1, 2, 4):
        assert everything(folder, workers, seed) == expected


def test_any_number_of_workers_leads_to_the_same_weights(folder, tmp_path):
    """Also where a run goes on with another number, and a file was damaged after the first epoch."""

    class Accident(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            (folder / "class 0" / "é 02.png").write_bytes(b"no image")

    class Stop(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                raise KeyboardInterrupt

    recipe, good = scaled(SMALL, 8, 2), (folder / "class 0" / "é 02.png").read_bytes()
    found = []
    for workers in (0, 2):
        (folder / "class 0" / "é 02.png").write_bytes(good)
        images, model = training.load(folder), network()
        run = tmp_path / f"run {workers}"
        callbacks = [Accident(), *([Stop()] if workers else [])]
        if workers:
            with pytest.raises(KeyboardInterrupt):
                training.train(model, images, run, recipe, workers=workers, callbacks=callbacks)
            images, model = training.load(folder), network()
        training.train(
            model, images, run, recipe, workers=2 * workers, callbacks=callbacks[:1], resume=bool(workers)
        )
        assert [path.name for path in images.unreadable] == ["é 02.png"]
        found.append([weight.tobytes() for weight in model.get_weights()])
    assert found[0] == found[1]


def test_the_next_image_takes_the_place_of_one_that_cannot_be_read(folder):
    images = training.load(folder)
    made = training.Batches(*images.train, SHAPE, lambda labels: labels, 4, 5, images.unreadable, VIEW)
    before = [made[i] for i in range(len(made))]
    bad = [images.train[0][int(made.order[place])] for place in (2, 3, 31)]
    for path in bad:
        path.write_bytes(b"")
    after = [made[i] for i in range(len(made))]
    assert set(images.unreadable) == set(bad)
    for place in range(32):
        source = {2: 4, 3: 4, 31: 0}.get(place, place)  # after the last the first
        for now, then in zip(after[place // 4], before[source // 4]):
            assert np.array_equal(now[place % 4], then[source % 4])


def test_only_two_files_of_each_class_are_read_before_the_training(folder, monkeypatch):
    """More where the first cannot be; the rest is found when it is shown."""
    (folder / "class 1" / "é 00.png").write_bytes(b"")
    (folder / "class 1" / "é 15.jpg").write_bytes(b"")
    seen, told = [], []
    monkeypatch.setattr(
        data, "problem", lambda path, really=data.problem: seen.append(path.name) or really(path)
    )
    images = training.load(folder, tracked=lambda folders: told.extend(folders) or folders)
    assert seen == ["é 00.png", "é 01.jpg", "é 00.png", "é 01.jpg", "é 02.png"]
    assert [path.name for path in told] == ["class 0", "class 1"]
    assert [path.name for path in images.unreadable] == ["é 00.png"]
    assert len(images.train[0]) + len(images.test[0]) == 40


def test_files_are_a_list_of_paths(tmp_path):
    files = data.Files(tmp_path, [os.path.join("a", "1.png"), os.path.join("b", "2.png")])
    assert list(files) == [tmp_path / "a" / "1.png", tmp_path / "b" / "2.png"]
    assert files[-1] == files[1:][0] == files.picked([1])[0] and len(files[:1]) == 1
    with pytest.raises(IndexError):
        files[2]


def test_a_worker_that_was_killed_ends_the_training(folder):
    images, model = training.load(folder), network()
    model.compile("sgd", "categorical_crossentropy")
    with reading.Reader(2) as reader:

        class Kill(keras.callbacks.Callback):
            def on_epoch_end(self, epoch, logs=None):
                reader.processes[0].process.kill()

        with pytest.raises(reading.WorkerEnded, match="ended by signal 9, SIGKILL. If memory ran out, use f"):
            fit(model, images, 3, 4, 1, callbacks=[Kill()], workers=reader, verbose=0)
        processes = [worker.process for worker in reader.processes]
    assert all(process.poll() is not None for process in processes)


def test_how_many_workers_there_are_by_default(folder, monkeypatch):
    monkeypatch.setattr(reading, "cores", lambda: 5)
    files = data.Files(folder, ["a/b.png"] * 64)
    assert reading.workers_for(files, None) == 5
    assert reading.workers_for(files[:63], None) == 0
    assert reading.workers_for([np.zeros((8, 8), "uint8")] * 64, None) == 0
    assert reading.workers_for(files[:1], 3) == 3
    monkeypatch.setattr(reading, "cores", lambda: 1)
    assert reading.workers_for(files, None) == 0
    with pytest.raises(ValueError, match="workers must be an int, at least 0; got -1"):
        reading.workers_for(files, -1)


SCRIPT = """
    import sys
    from keras_cnns.training import data, reading, view
    images = data.load(sys.argv[1]).train[0]
    with reading.Reader(2) as reader:
        while True:
            reader.start([(image, None) for image in images], (8, 8, 3), view.FROM_0_TO_1)()
            print(*(worker.process.pid for worker in reader.processes), flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGKILL])
def test_no_worker_outlives_the_training(folder, tmp_path, way):
    """The script starts anything at its top level, without a guard."""
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(SCRIPT))
    process = subprocess.Popen(
        [sys.executable, str(script), str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(Path(training.__file__).parents[2])},
    )
    pids = [int(word) for word in process.stdout.readline().split()]
    assert len(pids) == 2 and all(alive(pid) for pid in pids)
    os.killpg(process.pid, way)
    errors = process.communicate(timeout=60)[1]
    assert process.returncode in (-way, 1)
    assert Counter(errors.split())["Traceback"] == (way == signal.SIGINT), errors
    end = time.monotonic() + 30
    while any(alive(pid) for pid in pids) and time.monotonic() < end:
        time.sleep(0.05)
    assert not any(alive(pid) for pid in pids)


def alive(pid):
    """Whether a process runs; one that has ended and is not yet collected does not."""
    status = Path(f"/proc/{pid}/status")
    try:
        os.kill(pid, 0)
        return "State:\tZ" not in status.read_text() if status.parent.parent.exists() else True
    except (OSError, ValueError):
        return False


def test_a_folder_that_is_gone_does_not_keep_the_reader_busy(folder, monkeypatch):
    """Of very many files not all are tried."""
    images = training.load(folder)
    made = training.Batches(*images.train, SHAPE, lambda labels: labels, 4, 5, images.unreadable, VIEW)
    folder.rename(folder.with_name("elsewhere"))
    monkeypatch.setattr(batches, "MOST_FAILURES", 10)
    with pytest.raises(ValueError, match="none of 10 images in a row can be read any more; .*no such file"):
        made[0]
    assert len(images.unreadable) == 10
