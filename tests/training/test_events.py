"""What TensorBoard is given: read back by TensorFlow, which checks each record."""

import pytest

from keras_cnns.training.events import Events, crc32c

ROW = {
    "loss": 1.5, "accuracy": 0.25, "val_loss": 2.0, "val_accuracy": 0.5, "val_top_5": 1.0,
    "learning_rate": 0.1, "images_per_second": 100.5,
}  # fmt: skip


def rows(number, loss=1.5):
    return [{**ROW, "epoch": epoch + 1, "loss": loss} for epoch in range(number)]


def read(folder, part):
    """All files of a part, as TensorFlow reads them: numbers by (epoch, name), and what each record is."""
    tensorflow = pytest.importorskip("tensorflow")
    found, others = [], []
    for path in sorted((folder / part).iterdir()):
        for event in tensorflow.compat.v1.train.summary_iterator(str(path)):
            others.append(event.WhichOneof("what"))
            found += [(event.step, value.tag, value.simple_value) for value in event.summary.value]
    return found, others


def test_the_checksum_is_crc_32c():
    """The examples of RFC 3720, section B.4."""
    for content, expected in (
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
    ):
        assert crc32c(content) == expected


def test_what_tensorflow_reads(tmp_path):
    events = Events(tmp_path)
    for number in (1, 2, 3):
        events.write(rows(number))
    learnt, others = read(tmp_path, "train")
    names = ("loss", "accuracy", "learning_rate", "images_per_second")
    assert learnt == [
        (epoch, name, pytest.approx(ROW[name], rel=1e-6)) for epoch in (1, 2, 3) for name in names
    ]
    assert others == ["file_version", "session_log", "summary", "summary", "summary"]
    held_out, _ = read(tmp_path, "validation")
    assert held_out[:3] == [(1, "loss", 2.0), (1, "accuracy", 0.5), (1, "top_5", 1.0)] and len(held_out) == 9


def test_a_run_that_goes_on_has_each_epoch_once(tmp_path):
    """The killed process had written a third epoch that is not kept; the next one trains it again."""
    Events(tmp_path).write(rows(3, loss=9.0))
    again = Events(tmp_path)
    again.write(rows(2))
    again.write(rows(4))
    losses = [entry for entry in read(tmp_path, "train")[0] if entry[1] == "loss"]
    assert losses == [(epoch, "loss", 1.5) for epoch in (1, 2, 3, 4)]
    assert len(list((tmp_path / "train").iterdir())) == 1
