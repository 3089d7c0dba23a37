"""Memory: what drawing, comparing and profiling a network take at most, and loading published weights.

    python benchmarks/memory.py [--quick] [--csv FILE]

Each way has a process of its own, in which every network of the catalogue is looked at, one after the other.
MB is the peak above what the import of `keras_cnns` and Keras takes: building the network without weights,
and what is imported on the way, is in it. The table has the network that takes most.
Loading is that of a file as its publisher writes it, with random weights, above what the process with
the built model takes; the goal is twice the file. TensorFlow builds, unless KERAS_BACKEND says otherwise.
Needs Linux, and for the files torch, torchvision, safetensors and onnx.
"""

import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

import processes
from harness import Report, at_most, options

sys.path[:0] = [str(processes.ROOT), str(processes.ROOT / "tests")]

GOAL = 150  # MB
FILES = 2  # times the file
WAYS = ("draw SVG", "draw PNG", "draw PDF", "profile", "compare")
# Network, publisher, and the options with which it is built.
PUBLISHED = (("vgg16", "keras"), ("vgg16", "torchvision"), ("resnet18", "timm"), ("alexnet", "onnx"))


def main(arguments: list[str] | None = None) -> int:
    given = options(__doc__, arguments)
    processes.needs_linux()
    if given.worker:
        return processes.serve({"look": look, "write": write, "load": load}[given.worker[0]])
    report = Report("Memory above the import, at most", given.csv)
    looking(report, given.quick)
    if not given.quick:
        loading(report)
    return report.finish()


def looking(report: Report, quick: bool) -> None:
    """Each way with each network, one after the other; the row is that of the network that takes most."""
    from keras_cnns.catalog import facts

    names = ["lenet_5"] if quick else facts.list_models()
    for way in WAYS[:1] if quick else WAYS:
        with processes.Worker(__file__, "look") as worker:
            networks = worker.ask([way, names])
        most = max(names, key=lambda name: networks[name])
        case = f"{way}, {len(names)} networks"
        report.add(case, f"most: {most}", [networks[most]], "MB", at_most(GOAL))


def look(request: list) -> dict[str, float]:
    """MB that one way of looking takes, for each network."""
    way, names = request
    processes.start_quietly()
    import keras

    import keras_cnns  # noqa: F401

    keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])  # the backend is imported
    before = processes.start_of_peak()
    found = {}
    for name in names:
        processes.start_of_peak()
        look_at(way, name)
        found[name] = (processes.peak() - before) / 1e6
    return found


def look_at(way: str, name: str) -> None:
    import keras_cnns
    from keras_cnns.building import without_weights
    from keras_cnns.visualize import plot_model

    if way == "compare":
        str(keras_cnns.compare(without_weights(name), name))
    elif way == "profile":
        str(keras_cnns.profile(name))
    else:
        with tempfile.TemporaryDirectory() as folder:
            plot_model(without_weights(name), Path(folder, f"x.{way.split()[1].lower()}"))


def loading(report: Report) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, source in PUBLISHED:
            with processes.Worker(__file__, "write") as worker:
                path = worker.ask([name, source, folder])
            with processes.Worker(__file__, "load") as worker:
                built, most = worker.ask([name, source, path])
            size = Path(path).stat().st_size / 1e6
            case = f"load {name}, {Path(path).suffix} of {source}"
            report.add(case, "file", [size], "MB")
            report.add(case, "loading, above the model", [most], "MB")
            report.add(case, "loading, files", [most / size], "×", at_most(FILES))
            report.add(case, "building the model", [built], "MB")
            Path(path).unlink()


def write(request: list[str]) -> str:
    """Let the publisher's own code write a file, with random weights."""
    name, source, folder = request
    processes.start_quietly()
    from support.published import publish

    from keras_cnns.weights import find

    return str(publish(find(name, source), Path(folder))[0])


def load(request: list[str]) -> tuple[float, float]:
    """MB that building a network takes, and that loading a file into it takes above that."""
    name, source, path = request
    processes.start_quietly()
    import keras

    import keras_cnns
    from keras_cnns.weights import find

    imported(Path(path).suffix)
    keras_cnns.create("lenet_5")
    before = processes.start_of_peak()
    options: dict[str, Any] = find(name, source).options
    model = keras_cnns.create(name, **options)
    for variable in model.variables:
        keras.ops.convert_to_numpy(variable).any()  # JAX may still be at work on it
    model.get_config()  # imports what Keras tells its own types by
    built = processes.start_of_peak()
    keras_cnns.load_weights(model, path)
    return (built - before) / 1e6, (processes.peak() - built) / 1e6


def imported(suffix: str) -> None:
    """Import what reads the format."""
    import_module({".pth": "torch", ".onnx": "onnx", ".safetensors": "safetensors"}.get(suffix, "h5py"))


if __name__ == "__main__":
    sys.exit(main())
