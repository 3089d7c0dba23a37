"""Loading a file takes at most twice its size above the model: what is placed is let go."""

import subprocess
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import onnx
import pytest
from safetensors.numpy import save_file

from keras_cnns.building import without_weights
from keras_cnns.weights.formats import protobuf
from keras_cnns.weights.formats.protobuf import content, parted
from keras_cnns.weights.formats.pytorch import SPELLING
from keras_cnns.weights.matching.conversion import shapes_in_file
from keras_cnns.weights.matching.source_names import torch_alexnet
from keras_cnns.weights.matching.weighted_layers import weighted_layers

LOAD = """
import ctypes, gc, re, sys
from pathlib import Path

import keras
import keras_cnns

def taken(what):
    return 1024 * int(re.search(what + r":\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])

model = keras_cnns.create("alexnet_owt")
for variable in model.variables:
    keras.ops.convert_to_numpy(variable)  # JAX may still be at work on it
model.get_config()  # imports what Keras tells its own types by
import onnx, safetensors
from keras_cnns.weights.formats import open_tensors
def peak_of(act):
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    before = taken("VmRSS")
    act()
    return taken("VmHWM") - before

def read():
    tensors = open_tensors(Path(sys.argv[2]))
    for name in tensors:
        assert tensors.read(name).size

loading = peak_of(lambda: keras_cnns.load_weights(model, sys.argv[1]))
kernel = keras.ops.convert_to_numpy(model.layers[-1].kernel)
print(loading, float(kernel[1, 2]), peak_of(read))
"""


@pytest.mark.long
@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux tells the peak")
def test_loading_takes_no_more_than_twice_the_file(tmp_path):
    file = tmp_path / "alexnet.safetensors"
    tensors = like_torchvision()
    tensors["classifier.6.weight"][2, 1] = 4711
    save_file(tensors, file)
    graph = with_initializers(tmp_path / "graph.onnx", 8, (1 << 22,))
    command = [sys.executable, "-c", LOAD, str(file), str(graph)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    loading, number, reading = map(float, done.stdout.split())
    assert number == 4711
    assert loading <= 2 * file.stat().st_size, f"{loading / file.stat().st_size:.2f} files"
    assert reading <= graph.stat().st_size, f"{reading / graph.stat().st_size:.2f} files"


def test_a_graph_read_in_parts_is_the_graph(tmp_path):
    path = with_initializers(tmp_path / "graph.onnx", 3, (2, 5))
    model = onnx.load(path)
    with path.open("rb") as file:
        rest, graphs = parted(file, [(0, path.stat().st_size)], 7)
        left, initializers = parted(file, graphs, 5)
        found = [onnx.TensorProto.FromString(content(file, *place)) for place in initializers]
    assert found == list(model.graph.initializer)
    del model.graph.initializer[:]
    assert onnx.GraphProto.FromString(left) == model.graph
    model.ClearField("graph")
    assert onnx.ModelProto.FromString(rest) == model


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (b"\x0a\x05abc", "a field reaches beyond its message"),
        (b"\x0b", "a field has the kind 3"),
        (b"\xff", "it ends within a number"),
        (b"\xff" * 12, "a number has too many bytes"),
        (b"\x08\x01" * 11, "a message has more than 10 fields"),
    ],
)
def test_a_damaged_message_is_refused(message, said, monkeypatch):
    monkeypatch.setattr(protobuf, "MOST_FIELDS", 10)
    with pytest.raises(ValueError, match=said):
        parted(BytesIO(message), [(0, len(message))])


def with_initializers(path: Path, n_tensors: int, shape: tuple[int, ...]) -> Path:
    """A graph whose tensors count up, in a file."""
    helper = onnx.helper
    values = [
        onnx.numpy_helper.from_array(np.arange(np.prod(shape), dtype="float32").reshape(shape) + i, f"w{i}")
        for i in range(n_tensors)
    ]
    node = helper.make_node("Sum", [value.name for value in values], ["sum"])
    output = helper.make_tensor_value_info("sum", onnx.TensorProto.FLOAT, shape)
    path.write_bytes(
        helper.make_model(helper.make_graph([node], "g", [], [output], values)).SerializeToString()
    )
    return path


def like_torchvision() -> dict[str, np.ndarray]:
    """Zeros under PyTorch's names, in its axes."""
    names = torch_alexnet()
    listed = {landmark: iter(layers) for landmark, layers in names.items()}
    tensors = {}
    for item in weighted_layers(without_weights("alexnet_owt"), set(names)):
        name = next(listed[item.landmark])
        for part, ending in SPELLING[item.kind].items():
            tensors[name + ending] = np.zeros(shapes_in_file(item, part, False, False)[0], "float32")
    return tensors
