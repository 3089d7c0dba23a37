"""Damaged files of every format: the documented error, and a model that is as it was."""

import pickle
import re
import zipfile
from pathlib import Path

import h5py
import keras
import ml_dtypes
import numpy as np
import pytest
from keras import layers

from keras_cnns.keras_files.checksums import add_checksums
from keras_cnns.weights.formats import pickles
from keras_cnns.weights.loading import load
from keras_cnns.weights.matching.layouts import LAYOUTS, Layout

FLIPS, CUTS = 200, 20
SUFFIXES = (".h5", ".hdf5", ".pth", ".safetensors", ".onnx")
# For each tensor of the file: where it belongs in the model, and its name in Caffe2.
TENSORS = {
    "conv.weight": ("conv", "kernel", "conv_w_0"),
    "norm.weight": ("norm", "gamma", "norm_s_0"),
    "norm.bias": ("norm", "beta", "norm_b_0"),
    "norm.running_mean": ("norm", "moving_mean", "norm_rm_0"),
    "norm.running_var": ("norm", "moving_variance", "norm_riv_0"),
    "fc.weight": ("predictions", "kernel", "fc_w_0"),
    "fc.bias": ("predictions", "bias", "fc_b_0"),
}
OWN = ["own.keras", "own.weights.h5"]
OTHERS = ["keras2.h5", "file.safetensors", "file.onnx"]
TORCH = [pytest.param(name, marks=pytest.mark.peers) for name in ("archive.pth", "legacy.pth")]
CHECKED = ("own.keras", "archive.pth")  # what carries checksums


def small_model(name="tiny"):
    inputs = keras.Input((2, 2, 1))
    x = layers.Conv2D(2, 2, use_bias=False, name="conv")(inputs)
    x = layers.BatchNormalization(epsilon=1e-5, name="norm")(x)
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    x = layers.Dropout(0.5)(x)
    model = keras.Model(inputs, layers.Dense(2, name="predictions")(x), name=name)
    draw = np.random.default_rng(3)
    model.set_weights([draw.uniform(0.5, 1.5, weight.shape) for weight in model.get_weights()])
    return model


def smallest_model():
    """What Keras loads in a tenth of the time."""
    inputs = keras.Input((2,))
    return keras.Model(inputs, layers.Dense(2)(inputs))


@pytest.fixture(scope="module")
def written():
    return small_model()


@pytest.fixture
def model(model_that_lives_longer):
    """Another model of the same layers, with other weights."""
    draw = np.random.default_rng(4)
    model_that_lives_longer.set_weights(
        [draw.uniform(2, 3, w.shape) for w in model_that_lives_longer.get_weights()]
    )
    return model_that_lives_longer


@pytest.fixture(scope="module")
def model_that_lives_longer():
    return small_model()


@pytest.fixture(autouse=True)
def layout(monkeypatch):
    names = {"pool": ["conv", "norm"], "predictions": ["fc"]}
    monkeypatch.setitem(LAYOUTS, "tiny", (Layout("the test's", SUFFIXES, lambda: names),))


def tensors(model):
    """The model's weights by PyTorch's names, in its axes."""
    found = {}
    for name, (layer, part, _) in TENSORS.items():
        value = keras.ops.convert_to_numpy(getattr(model.get_layer(layer), part))
        found[name] = np.ascontiguousarray(value.transpose(3, 2, 0, 1) if value.ndim == 4 else value.T)
    return found


def write_keras2(values, path):
    with h5py.File(path, "w") as file:
        owners = list(dict.fromkeys(name.partition(".")[0] for name in values))
        file.attrs["layer_names"] = owners
        for owner in owners:
            names = [name for name in values if name.startswith(owner)]
            group = file.create_group(owner)
            group.attrs["weight_names"] = names
            for name in names:
                value = values[name]
                group[name] = value.transpose(2, 3, 1, 0) if value.ndim == 4 else value.T


def write_onnx(values, path):
    onnx = pytest.importorskip("onnx")
    made = [onnx.numpy_helper.from_array(value, TENSORS[name][2]) for name, value in values.items()]
    made.append(onnx.numpy_helper.from_array(np.array([-1, 2]), "shape"))
    named = [
        [name for *_, name in TENSORS.values() if name.startswith(owner)] for owner in ("conv", "norm", "fc")
    ]
    node = onnx.helper.make_node
    nodes = [
        node("Conv", ["data", *named[0]], ["c"], strides=[1, 1], group=1),
        node("BatchNormalization", ["c", *named[1]], ["n"]),
        node("Reshape", ["n", "shape"], ["r"]),
        node("Gemm", ["r", *named[2]], ["out"], transB=1),
    ]
    graph = onnx.helper.make_graph(nodes, "graph", [], [], made)
    path.write_bytes(onnx.helper.make_model(graph).SerializeToString())


def write(values, path):
    """Write tensors in the format that the name of the file says."""
    if path.suffix == ".safetensors":
        from safetensors.numpy import save_file

        save_file(values, path)
    elif path.suffix == ".onnx":
        write_onnx(values, path)
    elif path.suffix == ".pth":
        import torch

        listed = {name: torch.from_numpy(value) for name, value in values.items()}
        torch.save(listed, path, _use_new_zipfile_serialization=path.stem == "archive")
    else:
        write_keras2(values, path)
    return path


def write_own(model, path):
    if path.suffix == ".keras":
        model.save(path)
        add_checksums(path)
    else:
        model.save_weights(path)
    return path


def numbers(model):
    return [keras.ops.convert_to_numpy(variable).copy() for variable in model.variables]


def same(left, right):
    return all(a.tobytes() == b.tobytes() for a, b in zip(left, right))


def refusal(model, path):
    """Load in vain; return the message, one printable line that names the file. The model is as it was."""
    before = numbers(model)
    with pytest.raises(ValueError) as error:
        load(model, path, {})
    assert same(before, numbers(model))
    message = str(error.value)
    assert str(path) in message and message.isprintable() and len(message) < 1000
    return message


def damaged(data):
    """The file with one byte changed, or cut: half of the flips are in its first 2 kB, where headers are."""
    draw = np.random.default_rng(13)
    for number in range(FLIPS):
        at = draw.integers(min(len(data), 2048) if number % 2 else len(data))
        yield data[:at] + bytes([data[at] ^ draw.integers(1, 256)]) + data[at + 1 :]
    for number in range(CUTS):
        yield data[: len(data) * number // CUTS]


@pytest.mark.parametrize("name", [*OWN, *OTHERS, *TORCH])
def test_a_damaged_file(written, model, tmp_path, name):
    """It is refused, or the damage is in a number, or nowhere that counts."""
    path = tmp_path / name
    if name in OWN:
        model = smallest_model()
        write_own(smallest_model(), path)
    else:
        write(tensors(written), path)
    load(model, path, {})
    sound, whole = numbers(model), path.read_bytes()
    model.set_weights([value + 1 for value in model.get_weights()])
    other, refused = numbers(model), 0
    for content in damaged(whole):
        path.write_bytes(content)
        try:
            load(model, path, {})
        except (ValueError, OSError) as error:
            assert str(path) in str(error) and str(error).isprintable()
            assert same(other, numbers(model))
            refused += 1
        else:
            found = numbers(model)
            assert all(np.isfinite(value).all() for value in found)
            assert name not in CHECKED or same(found, sound)
            for variable, value in zip(model.variables, other):
                variable.assign(value)
    assert refused > CUTS


WRONG = [
    (np.float32(np.nan), "1 of 4 numbers of tensor {}, of layer 'predictions', are NaN, infinite"),
    (np.float64(1e300), "1 of 4 numbers of tensor {}, of layer 'predictions', .* too large for float32"),
    (np.int64(1), "{}, of layer 'predictions', holds int64 numbers where floating-point"),
    (np.complex64(1), "{}, of layer 'predictions', holds complex64 numbers where floating-point"),
]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        pytest.param(name, value, said, marks=marks)
        for value, said in WRONG
        for name, marks in [(name, ()) for name in OTHERS]
        + [(param.values[0], param.marks) for param in TORCH]
        if not (np.iscomplexobj(value) and name == "file.safetensors")  # which has no complex numbers
    ],
)
def test_numbers_that_are_no_weights(written, model, tmp_path, name, value, said):
    values = tensors(written)
    values["fc.weight"] = values["fc.weight"].astype(value.dtype)
    values["fc.weight"][0, 1] = value
    message = refusal(model, write(values, tmp_path / name))
    stored = {"keras2.h5": "/fc/fc.weight", "file.onnx": "fc_w_0"}.get(name, "fc.weight")
    assert re.search(said.format(f"'{stored}'"), message), message


@pytest.mark.parametrize("name", [*OTHERS, *TORCH])
@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_floating_point_numbers_of_another_size(written, model, tmp_path, name, dtype):
    values = {key: value.astype(dtype) for key, value in tensors(written).items()}
    load(model, write(values, tmp_path / name), {})
    assert np.allclose(numbers(model)[0], numbers(written)[0], rtol=1e-3)


def test_bfloat16(written, model, tmp_path):
    values = {key: value.astype(ml_dtypes.bfloat16) for key, value in tensors(written).items()}
    load(model, write(values, tmp_path / "file.safetensors"), {})
    assert np.allclose(numbers(model)[0], numbers(written)[0], rtol=1e-2)


class TestOwn:
    """What Keras 3 saved."""

    @pytest.mark.parametrize("name", OWN)
    def test_a_model_that_diverged(self, written, model, tmp_path, name):
        weight = written.get_layer("norm").gamma
        before = keras.ops.convert_to_numpy(weight)
        weight.assign([np.nan, np.inf])
        path = write_own(written, tmp_path / name)
        weight.assign(before)
        message = refusal(model, path)
        assert "2 of 2 numbers of weight 'gamma' of layer 'norm' are NaN, infinite" in message
        assert "The training that wrote them diverged" in message

    @pytest.mark.parametrize("dtype", ["int64", "complex64", "bool"])
    def test_other_numbers(self, written, model, tmp_path, dtype):
        path = write_own(written, tmp_path / "own.weights.h5")
        with h5py.File(path, "a") as file:
            group = file["layers/dense/vars"]
            value = group["0"][()].astype(dtype)
            del group["0"]
            group["0"] = value
        message = refusal(model, path)
        assert "'/layers/dense/vars/0', of layer 'predictions', holds" in message and dtype in message

    def test_whole_numbers_where_they_belong(self, tmp_path):
        """The seeds of dropout, and what a normalization counts."""

        class Counting(keras.layers.Layer):
            def build(self, shape):
                self.count = self.add_weight(shape=(), dtype="int32", name="count", initializer="zeros")

            def call(self, x):
                return x

        first, second = (keras.Sequential([keras.Input((2,)), Counting(), layers.Dense(1)]) for _ in "ab")
        first.layers[0].count.assign(7)
        first.save_weights(tmp_path / "own.weights.h5")
        load(second, tmp_path / "own.weights.h5")
        assert int(second.layers[0].count) == 7

    def test_bfloat16(self, tmp_path):
        first, second = (
            keras.Sequential([keras.Input((2,)), layers.Dense(1, dtype="bfloat16")]) for _ in "ab"
        )
        first.save_weights(tmp_path / "own.weights.h5")
        load(second, tmp_path / "own.weights.h5")
        assert np.array_equal(*(each.get_weights()[0].astype("float32") for each in (first, second)))

    def test_a_claim_costs_nothing(self, written, model, tmp_path):
        """A shape of a thousand gigabytes takes no place in a file, and would be read for the optimizer."""
        path = write_own(written, tmp_path / "own.weights.h5")
        with h5py.File(path, "a") as file:
            file.create_dataset("optimizer/vars/0", (10**6, 10**6), "float32", chunks=(1000, 1000))
        assert "claim 4,000,000,000,088 bytes, more than the file has" in refusal(model, path)

    def test_packed(self, written, model, tmp_path):
        path = write_own(written, tmp_path / "own.weights.h5")
        with h5py.File(path, "a") as file:
            group = file["layers/dense/vars"]
            value = group["0"][()]
            del group["0"]
            group.create_dataset("0", data=value, compression="gzip")
        assert "compressed or filtered in a way that Keras does not use" in refusal(model, path)

    def test_one_that_was_changed(self, written, model, tmp_path):
        """Archives have checksums of their own, which whoever writes them again makes right."""
        path = write_own(written, tmp_path / "own.keras")
        with zipfile.ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        weights = bytearray(parts["model.weights.h5"])
        at = weights.find(numbers(written)[0].tobytes())
        weights[at] ^= 1
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in (parts | {"model.weights.h5": bytes(weights)}).items():
                archive.writestr(name, content)
        assert "was damaged or changed after it was written: model.weights.h5" in refusal(model, path)

    def test_an_interruption(self, written, model, tmp_path, monkeypatch):
        """Ctrl-C in the middle leaves no half-loaded model."""
        path = write_own(written, tmp_path / "own.weights.h5")
        before, load_dense = numbers(model), layers.Dense.load_own_variables

        def interrupted(self, store):
            load_dense(self, store)
            raise KeyboardInterrupt

        monkeypatch.setattr(layers.Dense, "load_own_variables", interrupted)
        with pytest.raises(KeyboardInterrupt):
            load(model, path)
        assert same(before, numbers(model))


def test_a_string_that_claims_gigabytes(written, model, tmp_path):
    """HDF5 takes the memory before it looks; so the claim is read from the bytes."""
    path = write(tensors(written), tmp_path / "keras2.h5")
    content = bytearray(path.read_bytes())
    at = content.find((4).to_bytes(4, "little"), content.find(b"layer_names\0"))
    assert content[at + 16 : at + 20] == content[at : at + 4]  # "conv" and "norm" are of the same length
    content[at + 3] = 0x99
    path.write_bytes(content)
    assert "the strings in 'layer_names' claim more than" in refusal(model, path)


def test_what_the_system_says_stays(model, tmp_path, monkeypatch):
    """A file that cannot be read is not called damaged."""
    (tmp_path / "mine.safetensors").write_bytes(b"x")

    def denied(*arguments, **options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(PermissionError, match=r"mine\.safetensors"):
        load(model, tmp_path / "mine.safetensors", {})


class TestNesting:
    """Pickles that are small and would keep Python busy for ever, or crash it."""

    @pytest.mark.parametrize(
        "pickled",
        [
            b"\x80\x02}K\x01" + b"\x85" * 10**6 + b"K\x01s.",
            b"\x80\x02}K\x01" + b"q\x00h\x00\x86" * 100 + b"K\x01s.",
            b"\x80\x02}K\x01" + b"(" * 10**4 + b"t" * 10**4 + b"K\x01s.",
        ],
    )
    def test_too_deep(self, tmp_path, pickled):
        (tmp_path / "file.pkl").write_bytes(pickled)
        with (tmp_path / "file.pkl").open("rb") as file, pytest.raises(ValueError, match="nested too deeply"):
            pickles.check_nesting(file)

    @pytest.mark.parametrize("protocol", [2, 3, 4, 5])
    def test_what_is_usual(self, tmp_path, protocol):
        content = {
            f"layer.{i}": ("storage", ("cpu", i), (3, 4), {"more": [1.5, None, {2, 3}]}) for i in range(50)
        }
        (tmp_path / "file.pkl").write_bytes(pickle.dumps(content, protocol) + b"numbers")
        with (tmp_path / "file.pkl").open("rb") as file:
            pickles.check_nesting(file)
            assert file.read() == b"numbers"

    @pytest.mark.peers
    @pytest.mark.parametrize("name", ["archive.pth", "legacy.pth"])
    def test_of_a_file(self, model, tmp_path, name):
        pickled = b"\x80\x02}K\x01" + b"\x85" * 10**6 + b"K\x01s."
        path = tmp_path / name
        if name == "legacy.pth":
            path.write_bytes(pickled)
        else:
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("archive/data.pkl", pickled)
        assert "its tuples are nested too deeply" in refusal(model, path)
