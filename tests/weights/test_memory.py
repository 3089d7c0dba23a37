"""Loading a file takes at most twice its size above the model: what is placed is let go."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from keras_cnns.building import without_weights
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
import keras_cnns.weights.loading, safetensors
gc.collect()
ctypes.CDLL(None).malloc_trim(0)
Path("/proc/self/clear_refs").write_text("5")
before = taken("VmRSS")
keras_cnns.load_weights(model, sys.argv[1])
kernel = keras.ops.convert_to_numpy(model.layers[-1].kernel)
print(taken("VmHWM") - before, float(kernel[1, 2]))
"""


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux tells the peak")
def test_loading_takes_no_more_than_twice_the_file(tmp_path):
    file = tmp_path / "alexnet.safetensors"
    tensors = like_torchvision()
    tensors["classifier.6.weight"][2, 1] = 4711
    save_file(tensors, file)
    done = subprocess.run(
        [sys.executable, "-c", LOAD, str(file)], capture_output=True, text=True, check=True, timeout=300
    )
    most, number = map(float, done.stdout.split())
    assert number == 4711
    assert most <= 2 * file.stat().st_size, f"{most / file.stat().st_size:.2f} files"


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
