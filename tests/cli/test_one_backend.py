"""With one backend installed, or a reader missing, each command says what to do before it loads anything."""

import os
import subprocess
import sys

import pytest
from PIL import Image

# Commands that compute with the user's backend; the others take any that is installed.
COMPUTE = """
train lenet_5 --data digits
train resnet18 --data data --weights keras.weights.h5 --like torchvision
predict resnet18 cat.png --weights keras.weights.h5 --like torchvision
evaluate resnet18 --data data --weights keras.weights.h5 --like torchvision
export resnet18 -o a.onnx --weights keras.weights.h5
"""
HIDDEN = """
import importlib.util, shlex, sys
hidden = sys.argv[1].split(",")
class Hidden:
    def find_spec(name, *_):
        if name.partition(".")[0] in hidden:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
really = importlib.util.find_spec
importlib.util.find_spec = lambda name, *more: None if name in hidden else really(name, *more)
sys.meta_path.insert(0, Hidden)
from keras_cnns.cli import main
for line in sys.stdin.read().strip().splitlines():
    sys.argv = ["keras-cnns", *shlex.split(line)]
    try:
        main.main()
        code = 0
    except SystemExit as stop:
        code = stop.code or 0
    print("|", code, line, "keras" in sys.modules, file=sys.stderr, flush=True)
"""
BACKENDS = ("tensorflow", "jax", "torch")


def answers(folder, lines, hidden, **environment):
    """Run the commands in one process from which some packages are hidden: what each says, and a status."""
    plain = {key: value for key, value in os.environ.items() if key != "KERAS_BACKEND"}
    plain |= {"KERAS_HOME": str(folder / "keras"), "KERAS_CNNS_OFFLINE": "1", "COLUMNS": "80", **environment}
    done = subprocess.run(
        [sys.executable, "-c", HIDDEN, ",".join(hidden)],
        input=lines, capture_output=True, text=True, cwd=folder, env=plain,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    said, found = [], {}
    for line in done.stderr.splitlines():
        if line.startswith("| "):
            found[line.removeprefix("| ")] = " ".join(said)
            said = []
        else:
            said.append(line)
    return found


@pytest.fixture
def place(tmp_path):
    for name in ("tench", "goldfish"):
        (tmp_path / "data" / name).mkdir(parents=True)
        for number in range(3):
            Image.new("RGB", (9, 9)).save(tmp_path / "data" / name / f"{number}.png")
    Image.new("RGB", (9, 9)).save(tmp_path / "cat.png")
    (tmp_path / "keras.weights.h5").write_bytes(b"")
    return tmp_path


@pytest.mark.parametrize("installed", ["jax", "torch"])
def test_another_backend_than_keras_would_take(place, installed):
    """Keras takes TensorFlow if nothing else is said."""
    hidden = [name for name in BACKENDS if name != installed]
    way = f"tensorflow, which is not installed. Set the environment variable KERAS_BACKEND to {installed}"
    for line, said in answers(place, COMPUTE, hidden).items():
        assert line[0] == "1" and line.endswith("False") and way in said, (line, said)


def test_no_backend_at_all(place):
    for line, said in answers(place, COMPUTE, BACKENDS).items():
        assert line[0] == "1" and 'Install one: pip install "keras-cnns[tensorflow]"' in said, (line, said)


@pytest.mark.parametrize("installed", BACKENDS)
def test_commands_that_look_take_the_one_that_is_there(place, installed):
    """Drawing needs shapes alone, so the user need not choose."""
    hidden = [name for name in BACKENDS if name != installed]
    lines = (
        "draw lenet_5 --in-shape 40 40 1\nprofile lenet_5\n" if installed == "jax" else "profile lenet_5\n"
    )
    for line, said in answers(place, lines.replace(" --in-shape 40 40 1", ""), hidden).items():
        assert line[0] == "0", said


READERS = """
predict resnet18 cat.png --weights torchvision
evaluate resnet18 --data data --weights torchvision
train resnet18 --data data --weights torchvision
export resnet18 -o a.onnx --weights torchvision
"""


def test_a_missing_reader_is_told_before_the_download(place):
    """Downloads are forbidden here, and would be refused with other words."""
    for line, said in answers(place, READERS, ["torch"], KERAS_BACKEND="jax").items():
        assert line[0] == "1" and "is read by PyTorch; pip install" in said, (line, said)


@pytest.mark.long
def test_without_pytorch_a_source_that_needs_none_is_preferred(place):
    lines = "predict resnet18 cat.png\npredict resnet18 none.png\n"
    first, second = answers(place, lines, ["torch"], KERAS_BACKEND="jax").values()
    assert "timm_resnet18.tv_in1k.safetensors" in first and "KERAS_CNNS_OFFLINE forbids downloads" in first
    assert "none.png: there is no such file" in second and "download" not in second
