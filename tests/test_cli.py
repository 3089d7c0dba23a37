"""The command line, as it is typed."""

import re
import subprocess
import sys

import keras
import numpy as np
import pytest

from keras_cnns import catalog, cli


def run(monkeypatch, capsys, *words):
    """Run `keras-cnns` with `words`; return its exit status, output and errors."""
    monkeypatch.setattr(sys, "argv", ["keras-cnns", *words])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    printed = capsys.readouterr()
    return stop.value.code or 0, printed.out, printed.err


@pytest.fixture
def command(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    return lambda *words: run(monkeypatch, capsys, *words)


def test_list_shows_every_network_in_eighty_columns(command):
    status, out, _ = command("list")
    assert status == 0
    assert max(map(len, out.splitlines())) <= 80
    for row in catalog.NETWORKS:
        line = next(line for line in out.splitlines() if line.split()[:1] == [row.name])
        assert f"{row.trainable:,}" in line
        assert str(row.paper.year) in line
    assert "resnet50             2015  He et al.            224×224×3   25,557,032  3.86 G" in out


def test_list_build_counts_for_real(command, monkeypatch):
    rows = {name: catalog.find(name) for name in ("lenet_5", "nin_cifar")}
    monkeypatch.setattr(catalog, "NETWORKS", tuple(rows.values()))
    status, out, _ = command("list", "--build")
    assert status == 0
    assert out.count("✓") == 2
    wrong = catalog.Network(**{**vars(rows["lenet_5"]), "trainable": 61_706})
    monkeypatch.setattr(catalog, "NETWORKS", (wrong,))
    status, out, _ = command("list", "--build")
    assert status == 1
    assert re.search(r"61,706 .* 60,850 ✗", out)


@pytest.mark.parametrize("row", catalog.NETWORKS, ids=lambda row: row.name)
def test_show(command, row):
    status, out, _ = command("show", row.name)
    words = " ".join(out.split())
    assert status == 0
    assert f"url = {{{row.paper.url}}}" in out
    for fact in (f"{row.trainable:,}", row.introduced, "Choices: ", "@misc{", row.authority):
        assert fact in words
    assert len(out.splitlines()) <= 40


def test_copy(command, tmp_path):
    assert command("copy", "resnet50")[0] == 0
    assert (tmp_path / "resnet.py").read_text() == catalog.find("resnet50").file.read_text()
    (tmp_path / "resnet.py").write_text("mine")
    status, _, err = command("copy", "resnet50")
    assert (status, (tmp_path / "resnet.py").read_text()) == (1, "mine")
    assert "is there already; give --force" in err
    assert command("copy", "resnet50", "--force")[0] == 0
    assert command("copy", "vgg16", "-o", "course_vgg.py")[0] == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["course_vgg.py", "resnet.py"]
    assert command("copy", "nin", "-o", "-")[1] == catalog.find("nin").file.read_text()


def test_copy_to_no_folder(command):
    status, _, err = command("copy", "nin", "-o", "no/such/nin.py")
    assert status == 1
    assert "--output must be a file in a folder that exists" in " ".join(err.split())


def test_unknown_network(command):
    for words in (["show", "resnet5"], ["copy", "resnet5"], ["train", "resnet5", "--data", "digits"]):
        status, out, err = command(*words)
        assert (status, out) == (1, "")
        assert "did you mean resnet50" in " ".join(err.split())


def test_train(command, tmp_path):
    """A short run learns; the saved file is the trained model."""
    status, out, _ = command("train", "lenet_5", "--data", "digits", "--epochs", "3", "-o", "mine.keras")
    assert status == 0
    top1 = float(re.search(r"top-1 on the held-out images: ([\d.]+)%", out)[1])
    assert top1 > 70
    assert re.search(r"most often mistaken: \d for \d, \d+ of \d+", out)
    assert "Epoch 3/3" in out
    assert keras.saving.load_model(tmp_path / "mine.keras").output_shape == (None, 10)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--data", "nowhere"], 'data must be "digits" or a folder'),
        (["--data", "digits", "--learning-rate", "-1"], "learning_rate must be above 0; got -1.0"),
        (["--data", "digits", "--learning-rate", "nan"], "learning_rate must be above 0; got nan"),
        (["--data", "digits", "-o", "model.h5"], "--output must end in .keras"),
        (["--data", "digits", "--size", "16"], "in_shape must be at least 32 high and wide"),
    ],
)
def test_train_refuses(command, tmp_path, words, message):
    status, _, err = command("train", "lenet_5", *words)
    assert status == 1
    assert message in " ".join(err.split())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [[], ["list"], ["show"], ["copy"], ["train"]])
def test_help(command, words):
    status, out, _ = command(*words, "--help")
    assert status == 0
    assert "Usage" in out
    assert len(out.splitlines()) <= 45


def test_worst_pair():
    table = np.array([[5, 0, 0], [1, 3, 2], [0, 0, 4]])
    assert cli.worst_pair(table, ["a", "b", "c"]) == "most often mistaken: b for c, 2 of 6"
    assert cli.worst_pair(np.eye(3, dtype=int), ["a", "b", "c"]) == "no held-out image is mistaken"


@pytest.mark.parametrize(
    ("count", "text"), [(328_096, "328 k"), (724_406_816, "724 M"), (11_308_466_176, "11.3 G"), (999, "999")]
)
def test_macs(count, text):
    assert cli.macs(count) == text


def test_starts_without_keras():
    """`list`, `show` and `copy` answer at once: they do not import Keras."""
    code = "import sys, keras_cnns.cli; print('keras' in sys.modules or 'numpy' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "False"
