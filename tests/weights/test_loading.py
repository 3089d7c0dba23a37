"""What the loader refuses, and what it says; that it is exact is in test_weights."""

import warnings
import zipfile
from dataclasses import replace

import h5py
import keras
import numpy as np
import pytest
from safetensors.numpy import save_file
from support.sizes import weightless, weightless_model

import keras_cnns
from keras_cnns import architectures, load_weights
from keras_cnns.weights import find, preprocess, provenance, published
from keras_cnns.weights.formats.pytorch import SPELLING
from keras_cnns.weights.matching.conversion import shapes_in_file
from keras_cnns.weights.matching.layouts import LAYOUTS, keras_order
from keras_cnns.weights.matching.source_names import torch_resnet
from keras_cnns.weights.matching.weighted_layers import weighted_layers


def torch_tensors(model, names, n_classes=None):
    """Random tensors under PyTorch's names, in its axes, for a model of ours."""
    draw = np.random.default_rng(4)
    listed = {landmark: iter(layers) for landmark, layers in names.items()}
    tensors = {}
    for item in weighted_layers(model, set(names)):
        name = next(listed[item.landmark])
        for part, ending in SPELLING[item.kind].items():
            if getattr(item.layer, part, None) is not None or part == "gamma":
                shape = shapes_in_file(item, part, False, False)[0]
                kernel = len(shape) > 1
                value = draw.normal(size=shape) * (2 / np.prod(shape[1:])) ** 0.5 if kernel else None
                value = value if kernel else draw.uniform(0.5, 1.5, shape)
                tensors[name + ending] = value.astype("float32")
    if n_classes:
        tensors["fc.weight"] = draw.normal(size=(n_classes, 512)).astype("float32")
        tensors["fc.bias"] = draw.normal(size=n_classes).astype("float32")
    return tensors


@pytest.fixture(scope="module")
def resnet18():
    return architectures.resnet18((32, 32, 3))


@pytest.fixture(scope="module")
def sound(resnet18):
    return torch_tensors(resnet18, torch_resnet(18))


def saved(folder, tensors, name="weights.safetensors"):
    save_file({key: np.ascontiguousarray(value) for key, value in tensors.items()}, folder / name)
    return folder / name


def test_everything_is_loaded_and_nothing_left(resnet18, sound, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = load_weights(resnet18, saved(tmp_path, sound))
    assert (result.left_out, result.new) == ((), ())
    kernel = resnet18.get_layer("predictions").kernel
    assert np.array_equal(keras.ops.convert_to_numpy(kernel), sound["fc.weight"].T)


def with_axes_swapped(tensors):
    return tensors | {"layer2.0.conv1.weight": tensors["layer2.0.conv1.weight"].transpose(1, 0, 2, 3)}


def without_one(tensors):
    return {name: value for name, value in tensors.items() if name != "layer3.1.bn2.running_var"}


def with_one_more(tensors):
    return tensors | {"layer1.0.conv3.weight": np.zeros((64, 64, 1, 1), "float32")}


def with_other_names(tensors):
    return {"net." + name: value for name, value in tensors.items()}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            with_axes_swapped,
            r"'layer2.0.conv1.weight' has shape \(64, 128, 3, 3\), where layer '\w+' needs \(128",
        ),
        (without_one, r"1 tensors are missing, such as the moving_variance of 'layer3.1.bn2'"),
        (with_one_more, r"1 of its tensors belong to no layer, such as 'layer1.0.conv3.weight'"),
        (with_other_names, r"its tensors have other names, such as 'net."),
    ],
)
def test_a_file_that_does_not_fit_is_refused_whole(resnet18, sound, tmp_path, change, message):
    before = resnet18.get_weights()
    with pytest.raises(ValueError, match=message):
        load_weights(resnet18, saved(tmp_path, change(sound)))
    assert all(map(np.array_equal, before, resnet18.get_weights()))


def test_two_tensors_that_changed_places_change_the_answers(resnet18, sound, tmp_path):
    """No file can tell that: only its digest does."""
    x = np.random.default_rng(1).normal(size=(1, 32, 32, 3)).astype("float32")
    load_weights(resnet18, saved(tmp_path, sound))
    right = resnet18.predict(x, verbose=0)
    first, second = "layer1.0.conv1.weight", "layer1.1.conv2.weight"
    load_weights(resnet18, saved(tmp_path, sound | {first: sound[second], second: sound[first]}))
    assert np.abs(resnet18.predict(x, verbose=0) - right).max() > 0.01 * right.max()


def test_other_classes_keep_a_new_head(sound, tmp_path):
    model = architectures.resnet18((32, 32, 3), n_classes=7)
    head = model.get_layer("predictions").get_weights()
    with pytest.warns(UserWarning, match="has no weights for predictions of this resnet18"):
        result = load_weights(model, saved(tmp_path, sound))
    assert result.new == ("predictions",)
    assert set(result.left_out) == {"fc.weight", "fc.bias"}
    assert all(map(np.array_equal, head, model.get_layer("predictions").get_weights()))
    assert np.array_equal(model.layers[2].get_weights()[0], sound["conv1.weight"].transpose(2, 3, 1, 0))


def test_the_counters_of_pytorch_are_left_out(resnet18, sound, tmp_path):
    result = load_weights(
        resnet18, saved(tmp_path, sound | {"bn1.num_batches_tracked": np.zeros((), "int64")})
    )
    assert result.left_out == ("bn1.num_batches_tracked",)


def test_a_longer_network_is_refused(resnet18, tmp_path):
    longer = torch_tensors(weightless("resnet34"), torch_resnet(34))
    with pytest.raises(ValueError, match="80 of its tensors belong to no layer"):
        load_weights(resnet18, saved(tmp_path, longer))


def test_a_stride_elsewhere_is_refused(tmp_path):
    """v1 and v1.5 have tensors of the same names and shapes."""
    model = weightless_model(architectures.resnet50, (32, 32, 3))
    file = saved(tmp_path, torch_tensors(model, torch_resnet(50)))
    with pytest.raises(ValueError, match=r"stride on the 3x3 .*Build it with stride_in_3x3=True"):
        load_weights(model, file)
    load_weights(architectures.resnet50((32, 32, 3), stride_in_3x3=True), file)


@pytest.mark.parametrize(
    ("network", "tensor", "difference"),
    [
        ("inception_v1", "inception3a.branch3.1.conv.weight", "3x3 convolutions in the towers of the 5x5"),
        ("inception_v3", "Mixed_5b.branch1x1.conv.weight", "count the padding"),
        ("inception_v4", "features.0.conv.weight", "tensors are missing"),
    ],
)
def test_a_network_that_is_known_to_differ_is_named(network, tensor, difference, tmp_path):
    file = saved(tmp_path, {tensor: np.zeros((32, 16, 3, 3), "float32")})
    with pytest.raises(ValueError, match=difference):
        load_weights(weightless(network), file)


def test_a_model_that_was_changed_is_refused(sound, tmp_path):
    """The name alone does not make it ours."""
    model = weightless("ResNet50", input_shape=(32, 32, 3), include_top=False)
    with pytest.raises(ValueError, match="'resnet50', but is not what keras_cnns.create"):
        load_weights(model, saved(tmp_path, sound))
    with pytest.raises(ValueError, match="must be a network of this package"):
        load_weights(keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)]), saved(tmp_path, sound))


def test_a_network_without_published_weights(tmp_path, sound):
    with pytest.raises(ValueError, match=r"no .safetensors file is known that has the weights of lenet_5"):
        load_weights(weightless("lenet_5"), saved(tmp_path, sound))
    with pytest.raises(ValueError, match="no published weights are known for 'lenet_5'; there are some for"):
        keras_cnns.create("lenet_5", weights="imagenet")


@pytest.mark.parametrize("channels", [1, 4])
def test_published_weights_for_another_number_of_channels(sound, tmp_path, channels):
    file = saved(tmp_path, sound)
    model = architectures.resnet18((32, 32, channels))
    with pytest.warns(
        UserWarning, match=f"images of 3 channels, and this resnet18 reads {channels}: the kernel"
    ):
        assert load_weights(model, file).new == ()
    found = keras.ops.convert_to_numpy(model.weights[0])
    kernel = sound["conv1.weight"].transpose(2, 3, 1, 0)
    wanted = kernel.sum(2, keepdims=True) if channels == 1 else kernel[:, :, [0, 1, 2, 0]] * 0.75
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-7)


def test_pools_padded_on_both_sides_fit_odd_maps_only(tmp_path):
    layout = LAYOUTS["xception"][1]
    model = weightless_model(architectures.xception, (107, 107, 3), 3)
    tensors = torch_tensors(model, layout.names())
    with pytest.raises(
        ValueError, match=r"pools are padded on both sides.*here \d+x\d+ in 'entry_module\d_pool"
    ):
        load_weights(model, saved(tmp_path, tensors))
    load_weights(architectures.xception((39, 71, 3), 3), saved(tmp_path, tensors))


def test_an_extra_first_class_is_left_out(resnet18, sound, tmp_path, monkeypatch):
    """TF-Slim's Inceptions have 1001 classes, with the background first; shown on a network that is small."""
    with_background = {name for name, known in LAYOUTS.items() if any(layout.background for layout in known)}
    assert with_background == {"inception_v4", "inception_resnet_v2"}
    kernel = np.arange(1001 * 512, dtype="float32").reshape(1001, 512)
    bias = np.arange(1001, dtype="float32")
    file = saved(tmp_path, sound | {"fc.weight": kernel, "fc.bias": bias})
    with pytest.warns(UserWarning, match="has no weights for predictions"):
        assert load_weights(resnet18, file).new == ("predictions",)
    monkeypatch.setitem(LAYOUTS, "resnet18", (replace(LAYOUTS["resnet18"][0], background=True),))
    result = load_weights(resnet18, file)
    assert (result.left_out, result.new) == (("the extra first class",), ())
    found_kernel, found_bias = resnet18.get_layer("predictions").get_weights()
    assert np.array_equal(found_kernel, kernel[1:].T) and np.array_equal(found_bias, bias[1:])


def test_a_keras_model_with_other_layers_than_ours_is_refused(tmp_path, monkeypatch):
    """As if a later Keras had another VGG16: the order of its layers says nothing about ours then."""
    monkeypatch.setitem(LAYOUTS, "vgg16", (keras_order("VGG19"),))
    with h5py.File(tmp_path / "weights.h5", "w") as file:
        file.attrs["layer_names"] = [f"layer_{i}" for i in range(19)]
        for name in file.attrs["layer_names"]:
            file.create_group(name).attrs["weight_names"] = ["kernel"]
            file[name]["kernel"] = np.zeros(1, "float32")
    with pytest.raises(ValueError, match="VGG19 of Keras [0-9.]+ has other layers than this vgg16"):
        load_weights(weightless("vgg16"), tmp_path / "weights.h5")


def test_dense_layers_want_their_maps(tmp_path):
    trained = weightless_model(architectures.alexnet_owt, (95, 95, 3))
    file = saved(tmp_path, torch_tensors(trained, LAYOUTS["alexnet_owt"][0].names()))
    with pytest.raises(ValueError, match="fits only the in_shape that it was trained with"):
        load_weights(weightless_model(architectures.alexnet_owt, (63, 63, 3)), file)
    with pytest.warns(UserWarning, match="fc6, fc7, fc8.*those layers keep their initial weights"):
        result = load_weights(architectures.alexnet_owt((63, 63, 3), 5), file)
    assert result.new == ("fc6", "fc7", "fc8")


class TestUnsound:
    """Files that are not what their names say."""

    @pytest.mark.parametrize("ending", [".h5", ".safetensors", ".onnx"])
    @pytest.mark.parametrize("content", [b"", b"no weights at all", b"\x89HDF\r\n\x1a\n" + b"\0" * 90])
    def test_rubbish(self, resnet18, tmp_path, ending, content):
        file = tmp_path / f"weights{ending}"
        file.write_bytes(content)
        with pytest.raises(ValueError, match="not a valid|no .onnx file is known|does not have the weights"):
            load_weights(resnet18, file)

    @pytest.mark.parametrize("ending", [".h5", ".safetensors", ".onnx", ".pth"])
    def test_a_web_page(self, resnet18, tmp_path, ending):
        file = tmp_path / f"weights{ending}"
        file.write_text("\n<!DOCTYPE html><html>404</html>")
        with pytest.raises(ValueError, match="holds a web page"):
            load_weights(resnet18, file)

    def test_no_file_and_other_endings(self, resnet18, tmp_path):
        with pytest.raises(ValueError, match="no such weights file: .*none.pth"):
            load_weights(resnet18, tmp_path / "none.pth")
        (tmp_path / "weights.npz").write_bytes(b"x")
        with pytest.raises(ValueError, match="must end in"):
            load_weights(resnet18, tmp_path / "weights.npz")

    def test_truncated(self, resnet18, sound, tmp_path):
        file = saved(tmp_path, sound)
        file.write_bytes(file.read_bytes()[:-100])
        with pytest.raises(ValueError, match="not a valid safetensors file"):
            load_weights(resnet18, file)

    @pytest.mark.parametrize("kind", ["link", "soft link", "external data", "virtual"])
    def test_hdf5_that_points_elsewhere(self, resnet18, tmp_path, kind):
        with h5py.File(tmp_path / "other.h5", "w") as other:
            other["secret"] = np.ones(3)
        with h5py.File(tmp_path / "weights.h5", "w") as file:
            file.attrs["layer_names"] = [b"conv"]
            group = file.create_group("conv")
            group.attrs["weight_names"] = [b"kernel"]
            if kind == "link":
                group["kernel"] = h5py.ExternalLink("other.h5", "/secret")
            elif kind == "soft link":
                group["kernel"] = h5py.SoftLink("/elsewhere")
            elif kind == "external data":
                data = [(str(tmp_path / "other.h5"), 0, 24)]
                group.create_dataset("kernel", (3,), "float64", external=data)
            else:
                layout = h5py.VirtualLayout((3,), "float64")
                layout[:] = h5py.VirtualSource(tmp_path / "other.h5", "secret", (3,))
                group.create_virtual_dataset("kernel", layout)
        with pytest.raises(ValueError, match="a link|not stored in the file itself"):
            load_weights(resnet18, tmp_path / "weights.h5")

    def test_hdf5_that_claims_too_much(self, tmp_path):
        """A shape costs nothing in a file, and is compared before anything is read."""
        with h5py.File(tmp_path / "weights.h5", "w") as file:
            names = [f"layer{i}" for i in range(16)]
            file.attrs["layer_names"] = names
            for name in names:
                group = file.create_group(name)
                group.attrs["weight_names"] = ["kernel", "bias"]
                group.create_dataset("kernel", (10**6, 10**6), "float32", chunks=(1000, 1000))
                group.create_dataset("bias", (10**9,), "float32", chunks=(1000,))
        with pytest.raises(ValueError, match=r"has shape \(1000000, 1000000\)"):
            load_weights(weightless("vgg16"), tmp_path / "weights.h5")

    def test_onnx_that_points_elsewhere(self, tmp_path):
        onnx = pytest.importorskip("onnx")
        tensor = onnx.helper.make_tensor("conv1_w_0", onnx.TensorProto.FLOAT, (1,), [0.0])
        tensor.ClearField("float_data")
        tensor.data_location = onnx.TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value="../../etc/passwd")
        graph = onnx.helper.make_graph([], "g", [], [], [tensor])
        (tmp_path / "weights.onnx").write_bytes(onnx.helper.make_model(graph).SerializeToString())
        with pytest.raises(ValueError, match="in another file, which is not opened"):
            load_weights(weightless_model(architectures.alexnet, (67, 67, 3), 2), tmp_path / "weights.onnx")


@pytest.fixture(scope="module")
def lenet():
    return architectures.lenet_5()


class TestOwn:
    """What Keras 3 saved."""

    @pytest.mark.parametrize("name", ["mine.weights.h5", "mine.keras"])
    def test_round_trip(self, lenet, tmp_path, name):
        (lenet.save if name.endswith(".keras") else lenet.save_weights)(tmp_path / name)
        other = architectures.lenet_5()
        load_weights(other, tmp_path / name)
        assert all(map(np.array_equal, lenet.get_weights(), other.get_weights()))
        created = keras_cnns.create("lenet_5", weights=tmp_path / name)
        assert all(map(np.array_equal, lenet.get_weights(), created.get_weights()))

    def test_of_a_trained_model_with_dropout(self, tmp_path):
        """Neither the optimizer's tensors nor the seeds of dropout count."""
        model = architectures.alexnet_owt((63, 63, 3), 2, "adam")
        model.fit(np.zeros((2, 63, 63, 3)), np.eye(2), verbose=0)
        model.save_weights(tmp_path / "mine.weights.h5")
        load_weights(architectures.alexnet_owt((63, 63, 3), 2), tmp_path / "mine.weights.h5")

    def test_of_another_network(self, lenet, tmp_path):
        architectures.lenet_caffe().save_weights(tmp_path / "other.weights.h5")
        with pytest.raises(ValueError, match=r"does not fit: it has 8 tensors for .*; missing shapes"):
            load_weights(lenet, tmp_path / "other.weights.h5")

    def test_archive_of_another_network(self, lenet, tmp_path):
        architectures.lenet_caffe().save(tmp_path / "other.keras")
        with pytest.raises(ValueError, match="holds another model than 'lenet_5'"):
            load_weights(lenet, tmp_path / "other.keras")

    @pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_packed_as_keras_never_does(self, lenet, tmp_path, packing):
        """Such an archive of a few kilobytes can take gigabytes of memory while it is unpacked."""
        lenet.save(tmp_path / "mine.keras")
        with zipfile.ZipFile(tmp_path / "mine.keras") as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        with zipfile.ZipFile(tmp_path / "packed.keras", "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in parts.items():
                archive.writestr(
                    name, content, packing if name == "model.weights.h5" else zipfile.ZIP_DEFLATED
                )
        before = lenet.get_weights()
        with pytest.raises(ValueError, match="compressed in a way that Keras does not use"):
            load_weights(lenet, tmp_path / "packed.keras")
        assert all(map(np.array_equal, before, lenet.get_weights()))

    def test_with_a_link(self, lenet, tmp_path):
        lenet.save_weights(tmp_path / "mine.weights.h5")
        with h5py.File(tmp_path / "mine.weights.h5", "a") as file:
            file["more"] = h5py.ExternalLink("/etc/passwd", "/")
        with pytest.raises(ValueError, match="links 'more' to elsewhere"):
            load_weights(lenet, tmp_path / "mine.weights.h5")

    def test_archive_that_grows(self, lenet, tmp_path):
        lenet.save(tmp_path / "mine.keras")
        with zipfile.ZipFile(tmp_path / "mine.keras") as archive:
            config = archive.read("config.json")
        with zipfile.ZipFile(tmp_path / "bomb.keras", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("config.json", config)
            archive.writestr("model.weights.h5", bytes(10**8))
        with pytest.raises(ValueError, match="is larger than the weights"):
            load_weights(lenet, tmp_path / "bomb.keras")


def agrees(options, of_layout):
    """Whether a layout is for networks with these options, but for a width."""
    wanted = {key: value for key, value in options.items() if key != "scale"}
    return wanted.items() <= of_layout.items()


class TestByName:
    """`create`, `find`, `preprocess`."""

    def test_options_must_be_those_of_the_weights(self):
        assert find("resnet50", "imagenet", {}).source == "keras"
        assert find("resnet50", "imagenet", {"stride_in_3x3": True}).source == "torchvision"
        with pytest.raises(ValueError, match="are for the network with stride_in_3x3=True; got the default"):
            keras_cnns.create("resnet50", weights="torchvision")
        with pytest.raises(
            ValueError, match="are for the network with the default options; got {'groups': 1}"
        ):
            keras_cnns.create("alexnet", weights="imagenet", groups=1)
        assert find("inception_v3", "imagenet", {"aux": True}).source == "keras"

    @pytest.mark.parametrize(
        ("weights", "message"),
        [
            ("torchvison", "Did you mean 'torchvision'"),
            ("timm", "must be 'imagenet', 'torchvision' or a file"),
            ("none.pth", "no such file: none.pth"),
        ],
    )
    def test_unknown_weights(self, weights, message):
        with pytest.raises(ValueError, match=message):
            keras_cnns.create("alexnet_owt", weights=weights)

    def test_every_network_of_the_sets_exists_and_has_a_layout(self):
        for row in published.SETS:
            suffix = "." + row.file.name.rpartition(".")[2]
            layouts = [layout for layout in LAYOUTS[row.network] if suffix in layout.suffixes]
            assert layouts, row
            # An option such as `scale` is no matter of the layout: names are the same, shapes tell.
            assert any(agrees(row.options, layout.options) for layout in layouts)
        assert len({row.file.name for row in published.SETS}) == len(published.SETS)

    def test_preprocess_does_not_guess(self, resnet18):
        image = np.zeros((300, 300, 3), "uint8")
        with pytest.raises(ValueError, match="it is unknown which weights 'resnet18' has"):
            preprocess(resnet18, image)
        assert preprocess("resnet18", image).shape == (1, 224, 224, 3)
        assert preprocess("xception", image).max() == -1

    def test_a_published_file_is_recognised(self, resnet18, sound, tmp_path, monkeypatch):
        """By its name and digest; another file under its name is not."""
        from support.published import with_digest

        file = saved(tmp_path, sound, "timm_resnet18.tv_in1k.safetensors")
        row = with_digest(find("resnet18", "timm"), file)
        monkeypatch.setattr(provenance, "SETS", (row,))
        load_weights(resnet18, file)
        assert provenance.loaded[resnet18] is row
        other = saved(tmp_path, sound | {"fc.bias": sound["fc.bias"] + 1}, file.name)
        with pytest.warns(
            UserWarning, match="has the name of published weights, but is not the published file"
        ):
            load_weights(resnet18, other)
        assert resnet18 not in provenance.loaded
