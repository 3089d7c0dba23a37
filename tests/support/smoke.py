"""What a newcomer does first, in an environment that has the built package and one backend, and nothing else.

python smoke.py    # `make package` builds, installs and runs this
"""

import os
import subprocess
import sys
import tempfile
from importlib.metadata import distribution
from pathlib import Path

NO_CODE = {".svg", ".png", ".pdf", ".h5", ".keras", ".pth", ".safetensors", ".onnx", ".npz", ".ipynb"}
REQUIRED = ("Summary", "Author", "License-Expression", "License-File", "Keywords", "Requires-Python")
PROGRAM = Path(sys.executable).with_name("keras-cnns")


def look_at_the_distribution():
    package = distribution("keras-cnns")
    missing = [name for name in REQUIRED if not package.metadata.get(name)]
    assert not missing, f"the metadata lack {missing}"
    assert package.metadata["Description-Content-Type"] == "text/markdown"
    heavy = [str(file) for file in package.files if file.suffix in NO_CODE]
    assert not heavy, f"pictures or weights in the package: {heavy}"
    assert any(file.name == "py.typed" for file in package.files)


def run(*command):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def use_the_program():
    assert "resnext101_64x4d" in run(PROGRAM, "list")
    assert "He" in run(PROGRAM, "show", "resnet50")
    run(PROGRAM, "draw", "inception_v3", "-o", "inception.svg")
    assert Path("inception.svg").read_text(encoding="utf-8").startswith("<svg")
    assert "15,470,264,320" in run(PROGRAM, "profile", "vgg16")
    run(PROGRAM, "copy", "resnet50")
    assert "25,610,152" in run(sys.executable, "resnet.py")


def use_the_library():
    import keras
    import numpy as np

    import keras_cnns

    assert Path(keras_cnns.__file__).is_relative_to(sys.prefix), keras_cnns.__file__
    model = keras_cnns.create("lenet_5", opt="adam")
    images, labels = np.random.default_rng(0).normal(size=(8, 32, 32, 1)), np.eye(10)[np.arange(8)]
    model.fit(images, labels, verbose=0)
    model.save("mine.keras")
    assert keras_cnns.compare("mine.keras", "lenet_5").verdict == "exact"
    loaded = keras_cnns.load_weights(keras_cnns.create("lenet_5"), "mine.keras")
    print(f"keras_cnns {keras_cnns.__version__} works on {keras.config.backend()}: {loaded}")


if __name__ == "__main__":
    look_at_the_distribution()
    os.chdir(tempfile.mkdtemp())
    use_the_program()
    use_the_library()
