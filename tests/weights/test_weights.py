"""Published weights load exactly: from the publisher's own file, over a web server, to the same answers."""

import re
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from support.published import photographs, publish, with_digest
from support.sizes import marks_of_size
from support.web import resumable, serve

import keras_cnns
from keras_cnns import architectures, load_weights
from keras_cnns.building import without_weights
from keras_cnns.catalog.facts import find_network
from keras_cnns.weightless import build_weightless
from keras_cnns.weights import SETS, Preprocessing, find, preprocess, provenance, published

BOUND = 1e-4


def identity(row):
    return "-".join(
        [row.network, row.source, *(str(value) for value in row.options.values() if value is not True)]
    )


# Large files in a layout that smaller ones have wait for a longer run; so do other values in one layout.
DEAR = 62e6


def each(rows):
    """As parameters; what PyTorch has to write needs PyTorch."""
    needs_torch = ("torchvision", "torchvision-v2", "timm")

    def marks(row):
        alike = [other.network for other in SETS if other.source == row.source]
        dear = find_network(row.network).trainable > DEAR and (row not in SETS or row.source == "torchvision")
        again = [pytest.mark.large] * (dear or row.source == "torchvision-v2")
        needs = [pytest.mark.peers] * (row.source in needs_torch)
        return needs + again + marks_of_size(row.network, alike, heavy=True)

    return [pytest.param(row, id=identity(row), marks=marks(row)) for row in rows]


# What no set lists: it is elsewhere in a better form, or for another network at the usual size.
UNLISTED = [
    replace(find("vgg19"), source="onnx", file=replace(find("alexnet").file, name="vgg19-caffe2-9.onnx")),
    replace(
        find("resnet50", "torchvision"),
        source="onnx",
        file=replace(find("alexnet").file, name="resnet50-caffe2-v1-9.onnx"),
        preprocessing=Preprocessing.caffe(),
    ),
    replace(
        find("xception"),
        source="timm",
        file=replace(find("resnet18", "timm").file, name="timm_legacy_xception.tf_in1k.safetensors"),
        preprocessing=Preprocessing.tf(295, 328, "bicubic"),
    ),
]


def unlisted(network, source, file, preprocessing):
    """A row for a file that fits images of a certain size only, or has no digest that a source states."""
    url = find("resnet18", "timm").file
    return replace(
        find("resnet18", "timm"),
        network=network,
        source=source,
        file=replace(url, name=file),
        preprocessing=preprocessing,
    )


ODD = Preprocessing.torch(97, 97)  # 97, 49, 25, 13, 7: padding at stride 2 is the same on all sides
UNLISTED += [
    unlisted("mobilenet", "keras", "mobilenet_1_0_224_tf.h5", Preprocessing.tf()),
    unlisted("mobilenet_v2", "keras", "mobilenet_v2_1.0_224.h5", Preprocessing.tf()),
    unlisted("mobilenet", "timm", "timm_mobilenetv1_100.safetensors", Preprocessing.tf(97, 111, "bicubic")),
    unlisted("mobilenet_v2", "torchvision", "mobilenet_v2-b0353104.pth", ODD),
    unlisted("mobilenet_v3_small", "torchvision", "mobilenet_v3_small-047dcff4.pth", ODD),
    unlisted("mobilenet_v3_large", "torchvision", "mobilenet_v3_large-8738ca79.pth", ODD),
    unlisted(
        "efficientnet_b0",
        "torchvision",
        "efficientnet_b0_rwightman-7f5810bc.pth",
        Preprocessing.torch(97, 97, "bicubic"),
    ),
    unlisted("efficientnet_v2_s", "torchvision", "efficientnet_v2_s-dd5fe13b.pth", ODD),
    unlisted("squeezenet", "torchvision", "squeezenet1_0-b66bff10.pth", Preprocessing.torch(227, 259)),
    unlisted("senet154", "timm", "legacy_senet154-e9eb9fe6.pth", Preprocessing.torch(64, 73)),
]


def difference(ours, theirs):
    """Relative to the largest probability; those of two images must differ, or nothing would show."""
    largest = theirs.max()
    assert np.isfinite(largest) and np.abs(theirs[0] - theirs[1]).max() > 0.02 * largest
    return np.abs(ours - theirs).max() / largest


def probabilities(model, images):
    """What `predict` gives, which would first make a graph of the whole network."""
    return keras.ops.convert_to_numpy(model(images, training=False))


@pytest.mark.parametrize("row", each(SETS))
def test_published_weights_are_exact(row, tmp_path, monkeypatch, proof):
    path, theirs = publish(row, tmp_path)
    row = with_digest(row, path)
    monkeypatch.setattr(published, "SETS", (row,))
    monkeypatch.setattr(provenance, "SETS", (row,))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    with serve() as web:
        web.site[f"/{row.file.name}"] = resumable(path.read_bytes())
        monkeypatch.setenv("KERAS_CNNS_MIRROR", web.address)
        model = keras_cnns.create(row.network, weights=row.source, **row.options)
    found = difference(probabilities(model, preprocess(model, photographs())), theirs)
    proof(row.network, row.source, "weights", found, BOUND, **row.options)
    assert found <= BOUND


@pytest.mark.long
@pytest.mark.parametrize("row", each(UNLISTED))
def test_other_files_are_exact_too(row, tmp_path, proof):
    path, theirs = publish(row, tmp_path)
    size = row.preprocessing.size
    model = keras_cnns.create(row.network, (size, size, 3), weights=path, **row.options)
    found = difference(probabilities(model, preprocess(row, photographs())), theirs)
    proof(row.network, row.source, "weights", found, BOUND, **row.options)
    assert found <= BOUND


@pytest.mark.long
def test_keras_bottlenecks_have_their_stride_on_the_1x1(tmp_path):
    path, _ = publish(find("resnet50"), tmp_path)
    with pytest.raises(ValueError, match=r"first 1x1 .*Build it with stride_in_3x3=False"):
        load_weights(architectures.resnet50(stride_in_3x3=True), path)
    model = keras_cnns.create("resnet50", n_classes=37, opt="adam")
    with pytest.warns(UserWarning, match="predictions"):
        assert load_weights(model, path).new == ("predictions",)


def test_layers_out_of_order_are_refused(tmp_path):
    import h5py

    model = build_weightless(keras.applications.VGG16, weights=None)
    names = [layer.name for layer in model.layers]
    first, second = names.index("block5_conv1"), names.index("block5_conv2")
    names[first], names[second] = names[second], names[first]
    path = tmp_path / "vgg16.h5"
    with h5py.File(path, "w") as file:  # as Keras writes it, with shapes but no values
        file.attrs["layer_names"] = [name.encode() for name in names]
        for layer in model.layers:
            group = file.create_group(layer.name)
            weights = {f"{layer.name}/{weight.name}:0": weight.shape for weight in layer.weights}
            group.attrs["weight_names"] = [name.encode() for name in weights]
            for name, shape in weights.items():
                group.create_dataset(name, shape, "float32")
    with pytest.raises(ValueError, match="its layer 'block5_conv2' is where 'block5_conv1' belongs"):
        load_weights(without_weights("vgg16"), path)


@pytest.mark.peers
def test_the_readme(tmp_path, monkeypatch):
    """Its Python block on published weights, with files that stand in for those."""
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    block = next(b for b in re.findall(r"```python\n(.*?)```", readme, re.DOTALL) if "photographs" in b)
    listed, own = find("resnet50"), find("resnet18")
    monkeypatch.chdir(tmp_path)
    publish(own, tmp_path)
    (tmp_path / "models").mkdir()
    path, _ = publish(listed, tmp_path / "models")
    row = with_digest(listed, path)
    monkeypatch.setattr(published, "SETS", (row,))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("KERAS_CNNS_OFFLINE", "1")
    namespace = {"keras_cnns": keras_cnns, "photographs": photographs()}
    with pytest.warns(UserWarning, match="predictions of this resnet50"):
        exec(block, namespace)
    assert len(namespace["best"]) == 2 and len(namespace["best"][0]) == 5
    assert namespace["mine"].output_shape == (None, 37)


@pytest.mark.peers
class TestOthers:
    """Files of networks that look like ours."""

    @pytest.mark.parametrize(
        ("network", "peer", "message"),
        [
            ("inception_v1", "googlenet", "3x3 convolutions in the towers of the 5x5"),
            ("inception_v3", "inception_v3", "count the padding"),
            ("resnet50", "resnet50", "Build it with stride_in_3x3=True"),
            ("resnet50", "wide_resnet50_2", "has shape"),
            ("vgg16", "vgg16_bn", "are missing"),
            ("alexnet_owt", "vgg11", "are missing|belong to no layer|has shape"),
            ("resnext101_64x4d", "resnext101_32x8d", "has shape"),
            ("mobilenet_v2", "mobilenet_v2", r"padded on both sides.* 224x224.*such as \(225, 225, 3\)"),
            ("mobilenet_v3_small", "mobilenet_v3_small", r"strided convolutions are padded on both sides"),
            ("efficientnet_b0", "efficientnet_b0", r"padded on both sides.*such as \(225, 225, 3\)"),
            ("efficientnet_v2_s", "efficientnet_v2_s", r"padded on both sides.*such as \(385, 385, 3\)"),
        ],
    )
    def test_torchvision(self, network, peer, message, tmp_path):
        import torch
        from support import torch_peers

        module = getattr(torch_peers.models, peer)(weights=None)
        torch.save(module.state_dict(), tmp_path / "peer.pth")
        with pytest.raises(ValueError, match=message):
            load_weights(without_weights(network), tmp_path / "peer.pth")

    def test_timm_pools_before_it_normalizes(self, tmp_path):
        from safetensors.torch import save_file
        from support import torch_peers

        save_file(torch_peers.timm.create_model("resnetv2_50").state_dict(), tmp_path / "v2.safetensors")
        with pytest.raises(ValueError, match="pools before its first normalization.*with slim=True"):
            load_weights(without_weights("resnet50_v2"), tmp_path / "v2.safetensors")

    def test_a_checkpoint_and_the_older_format(self, tmp_path):
        """Trainers wrap the state dictionary; until 2020 PyTorch's files were no archives."""
        import torch
        from support import torch_peers

        tensors = torch_peers.models.resnet18().state_dict()
        torch.save({"state_dict": tensors, "epoch": 3}, tmp_path / "new.pth")
        torch.save(tensors, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
        models = [architectures.resnet18((32, 32, 3)) for _ in range(2)]
        for model, name in zip(models, ("new.pth", "old.pth")):
            load_weights(model, tmp_path / name)
        assert all(map(np.array_equal, models[0].get_weights(), models[1].get_weights()))


class Malicious:
    """Pickled, this writes a file when it is unpickled."""

    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return open, (str(self.target), "w")


@pytest.mark.peers
class TestPickles:
    """Nothing in a `.pth` is executed."""

    @pytest.mark.parametrize("archive", [True, False])
    def test_code_is_not_run(self, archive, tmp_path):
        import torch

        content = {"conv1.weight": torch.zeros(1), "more": Malicious(tmp_path / "pwned")}
        torch.save(content, tmp_path / "bad.pth", _use_new_zipfile_serialization=archive)
        with pytest.raises(ValueError, match="was not opened: it holds more than tensors"):
            load_weights(architectures.resnet18((32, 32, 3)), tmp_path / "bad.pth")
        assert not (tmp_path / "pwned").exists()

    @pytest.mark.parametrize("content", [b"", b"rubbish", b"PK\x03\x04 no archive", b"\x80\x02"])
    def test_rubbish(self, content, tmp_path):
        (tmp_path / "bad.pth").write_bytes(content)
        with pytest.raises(ValueError, match="was not opened"):
            load_weights(architectures.resnet18((32, 32, 3)), tmp_path / "bad.pth")

    def test_an_archive_that_grows(self, tmp_path):
        import zipfile

        with zipfile.ZipFile(tmp_path / "bomb.pth", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("archive/data/0", bytes(10**8))
        with pytest.raises(ValueError, match="would unpack to 100,000,000 bytes"):
            load_weights(architectures.resnet18((32, 32, 3)), tmp_path / "bomb.pth")

    def test_what_is_no_state_dictionary(self, tmp_path):
        import torch

        torch.save([1, 2], tmp_path / "list.pth")
        with pytest.raises(ValueError, match="must hold a state dictionary"):
            load_weights(architectures.resnet18((32, 32, 3)), tmp_path / "list.pth")
