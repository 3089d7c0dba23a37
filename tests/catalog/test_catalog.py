"""Every network comes out as published: parameters, MACs, output and landmark shapes, smallest input."""

import subprocess
import sys
from math import prod

import keras
import pytest
from support.option_counts import OPTION_COUNTS
from support.sizes import each, weightless, weightless_model

import keras_cnns
from keras_cnns import architectures
from keras_cnns.catalog.facts import NETWORKS, find_network

ROWS = pytest.mark.parametrize("row", NETWORKS, ids=lambda row: row.name)

# Output shapes that the papers' tables and figures print.
LANDMARKS = {
    "lenet_5": {
        "c1": (28, 28, 6),
        "s2": (14, 14, 6),
        "c3": (10, 10, 16),
        "s4": (5, 5, 16),
        "c5": (1, 1, 120),
    },
    "lenet_caffe": {"pool1": (12, 12, 20), "pool2": (4, 4, 50), "ip1": (500,)},
    "alexnet": {"conv1": (55, 55, 96), "pool1": (27, 27, 96), "pool2": (13, 13, 256), "pool5": (6, 6, 256)},
    "alexnet_owt": {"conv1": (55, 55, 64), "pool2": (13, 13, 192), "pool5": (6, 6, 256), "fc7": (4096,)},
    "nin": {"mlpconv1": (54, 54, 96), "mlpconv2": (27, 27, 256), "mlpconv3": (13, 13, 384)}
    | {"mlpconv4": (6, 6, 1000)},
    "nin_cifar": {"mlpconv1": (32, 32, 96), "mlpconv2": (16, 16, 192), "mlpconv3": (8, 8, 10)},
    "vgg16": {
        "conv1_2": (224, 224, 64),
        "pool1": (112, 112, 64),
        "conv4_3": (28, 28, 512),
        "pool5": (7, 7, 512),
    },
    "vgg19": {"conv5_4": (14, 14, 512), "pool5": (7, 7, 512), "fc6": (4096,), "fc7": (4096,)},
    "inception_v1": {"stem": (28, 28, 192), "inception_3a": (28, 28, 256), "inception_3b": (28, 28, 480)}
    | {"inception_4a": (14, 14, 512), "inception_4d": (14, 14, 528), "inception_4e": (14, 14, 832)}
    | {"inception_5a": (7, 7, 832), "inception_5b": (7, 7, 1024)},
    "inception_v2": {"stem": (28, 28, 192), "inception_3a": (28, 28, 256), "inception_3b": (28, 28, 320)}
    | {f"inception_{name}": (14, 14, 576) for name in ("3c", "4a", "4b", "4c", "4d")}
    | {f"inception_{name}": (7, 7, 1024) for name in ("4e", "5a", "5b")},
    "inception_v3": {"stem": (35, 35, 192), "inception_a1": (35, 35, 256), "inception_a3": (35, 35, 288)}
    | {"reduction_a": (17, 17, 768), "inception_b4": (17, 17, 768), "reduction_b": (8, 8, 1280)}
    | {"inception_c1": (8, 8, 2048), "inception_c2": (8, 8, 2048)},
    "inception_v4": {"stem": (35, 35, 384), "inception_a4": (35, 35, 384), "reduction_a": (17, 17, 1024)}
    | {"inception_b7": (17, 17, 1024), "reduction_b": (8, 8, 1536), "inception_c3": (8, 8, 1536)},
    "inception_resnet_v1": {"stem": (35, 35, 256), "inception_resnet_a5": (35, 35, 256)}
    | {"reduction_a": (17, 17, 896), "inception_resnet_b10": (17, 17, 896), "reduction_b": (8, 8, 1792)}
    | {"inception_resnet_c5": (8, 8, 1792)},
    "inception_resnet_v2": {"stem": (35, 35, 192), "inception_a": (35, 35, 320)}
    | {"inception_resnet_a10": (35, 35, 320), "reduction_a": (17, 17, 1088), "reduction_b": (8, 8, 2080)}
    | {"inception_resnet_b20": (17, 17, 1088), "inception_resnet_c10": (8, 8, 2080)},
    "xception": {
        "entry_module1": (74, 74, 128),
        "entry_module2": (37, 37, 256),
        "entry_module3": (19, 19, 728),
    }
    | {"middle_module8": (19, 19, 728), "exit_module1": (10, 10, 1024), "exit_module2": (10, 10, 2048)},
    "resnet18": {"conv1": (112, 112, 64), "conv2_2": (56, 56, 64), "conv3_2": (28, 28, 128)}
    | {"conv4_2": (14, 14, 256), "conv5_2": (7, 7, 512)},
    "resnet34": {"conv2_3": (56, 56, 64), "conv3_4": (28, 28, 128), "conv4_6": (14, 14, 256)},
    "resnet50": {"conv2_3": (56, 56, 256), "conv3_4": (28, 28, 512), "conv4_6": (14, 14, 1024)}
    | {"conv5_3": (7, 7, 2048)},
    "resnet101": {"conv3_4": (28, 28, 512), "conv4_23": (14, 14, 1024), "conv5_3": (7, 7, 2048)},
    "resnet152": {"conv3_8": (28, 28, 512), "conv4_36": (14, 14, 1024), "conv5_3": (7, 7, 2048)},
    "resnet20": {
        "conv1": (32, 32, 16),
        "conv2_3": (32, 32, 16),
        "conv3_3": (16, 16, 32),
        "conv4_3": (8, 8, 64),
    },
    "resnet110": {"conv2_18": (32, 32, 16), "conv3_18": (16, 16, 32), "conv4_18": (8, 8, 64)},
    "resnext50": {"conv2_3": (56, 56, 256), "conv3_4": (28, 28, 512), "conv4_6": (14, 14, 1024)}
    | {"conv5_3": (7, 7, 2048)},
    "resnext101": {"conv4_23": (14, 14, 1024), "conv5_3": (7, 7, 2048)},
    "resnext101_64x4d": {"conv4_23": (14, 14, 1024), "conv5_3": (7, 7, 2048)},
}


def counts(model):
    """Trainable and other parameters."""
    return tuple(
        sum(prod(v.shape) for v in kind) for kind in (model.trainable_weights, model.non_trainable_weights)
    )


def multiply_adds(model):
    """Each weight of a kernel multiplies once for every place of the map it makes."""
    total = 0
    for layer in model.layers:
        kernels = [v for v in layer.trainable_weights if "kernel" in v.name or v.name == "coefficient"]
        for kernel in kernels:
            # The depthwise half of a separable convolution works on the same places as the other half.
            total += prod(kernel.shape) * prod(layer.output.shape[1:-1])
    return total


@ROWS
def test_published_numbers(row):
    model = weightless(row.name)
    assert counts(model) == (row.trainable, row.non_trainable)
    assert multiply_adds(model) == row.macs
    assert model.input_shape == (None, *row.in_shape)
    assert all(output.shape == (None, row.n_classes) for output in model.outputs)
    assert model.name == row.name or row.name == "inception_net"
    assert model.compiled


@pytest.mark.parametrize(("name", "options", "trainable", "other", "macs"), OPTION_COUNTS)
def test_options(name, options, trainable, other, macs):
    model = weightless(name, **options)
    assert counts(model) == (trainable, other)
    assert multiply_adds(model) == macs


def test_other_sizes_and_numbers_of_classes():
    assert counts(weightless("alexnet", in_shape=(224, 224, 3))) == (60_965_224, 0)
    assert counts(weightless("nin_cifar", n_classes=100)) == (984_356, 0)


@pytest.mark.parametrize("name", LANDMARKS)
def test_landmarks(name):
    model = weightless(name)
    found = {landmark: model.get_layer(landmark).output.shape[1:] for landmark in LANDMARKS[name]}
    assert found == LANDMARKS[name]


def has_empty_map(factory, in_shape, **options):
    """Whether some layer has nothing left to look at; newer versions of Keras refuse to build that.

    LeNet-5 cannot even say how its weights start where a layer has no inputs.
    """
    try:
        model = weightless_model(factory, in_shape, 2, **options)
    except (ValueError, ZeroDivisionError):
        return True
    return any(size is not None and size < 1 for layer in model.layers for size in layer.output.shape[1:])


@ROWS
def test_smallest_input(row, monkeypatch):
    """The stated size builds; one less is refused, and rightly so."""
    smallest = row.smallest
    assert not has_empty_map(row.factory, (smallest, smallest, 3))
    if smallest > 1:
        for less in ((smallest - 1, smallest, 3), (smallest, smallest - 1, 3)):
            with pytest.raises(ValueError, match=f"in_shape must be at least {smallest}"):
                row.factory(less, 2)
        monkeypatch.setitem(row.factory.__globals__, "check_arguments", lambda *args, **options: None)
        assert has_empty_map(row.factory, (smallest - 1, smallest - 1, 3))


@pytest.mark.parametrize("name", each(keras_cnns.list_models()))
def test_sensible_input(name):
    """From the stated size on no window slides over a map of 1×1; with one less, one does."""
    row = find_network(name)

    def sees_padding_only(side):
        model = weightless_model(row.factory, (side, side, row.in_shape[2]))
        return any(one.sees_padding_only for one in keras_cnns.profile(model).rows)

    assert not sees_padding_only(row.sensible or row.smallest)
    assert row.sensible is None or (row.smallest < row.sensible and sees_padding_only(row.sensible - 1))


@pytest.mark.parametrize("name", ["inception_v3", "inception_v4"])
def test_smallest_input_with_auxiliary_classifier(name, monkeypatch):
    factory = getattr(architectures, name)
    assert not has_empty_map(factory, (107, 107, 3), aux=True)
    with pytest.raises(ValueError, match="in_shape must be at least 107"):
        factory((106, 106, 3), 2, aux=True)
    monkeypatch.setitem(factory.__globals__, "check_arguments", lambda *args, **options: None)
    assert has_empty_map(factory, (106, 106, 3), aux=True)


def test_rows_are_all_public_functions_in_order_of_publication():
    assert [row.name for row in NETWORKS] == architectures.__all__ == keras_cnns.list_models()
    published = [row.paper.published for row in NETWORKS]
    assert published == sorted(published)
    assert all(row.file.is_file() for row in NETWORKS)
    assert all(row.paper.url.startswith("https://") for row in NETWORKS)


def test_lenet_5_trains_the_papers_60_000_parameters_up_to_f6():
    """The rest of the paper's network is its output: ten units with fixed codes, nothing to train."""
    assert counts(keras_cnns.features(weightless_model(architectures.lenet_5), "f6")) == (60_000, 0)


def test_create():
    model = keras_cnns.create("lenet_5")
    assert model.input_shape == (None, 32, 32, 1)
    assert isinstance(model.optimizer, keras.optimizers.SGD)
    model = keras_cnns.create("resnet18", (64, 64, 1), 7, opt="adam")
    assert (model.input_shape, model.output_shape) == ((None, 64, 64, 1), (None, 7))
    assert isinstance(model.optimizer, keras.optimizers.Adam)


@pytest.mark.parametrize("statement", ["import keras_cnns", "import keras_cnns; keras_cnns.list_models()"])
def test_importing_the_package_imports_no_keras(statement):
    check = "import sys; print(sorted({'keras', 'tensorflow', 'jax', 'torch', 'numpy'} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", f"{statement}; {check}"], capture_output=True, text=True)
    assert run.stdout.strip() == "[]", run.stderr


def test_lazy_names():
    assert set(keras_cnns.__all__) <= set(dir(keras_cnns))
    assert all(
        callable(getattr(keras_cnns, name)) for name in set(keras_cnns.__all__) - {"__version__", "weights"}
    )
    assert keras_cnns.weights.find("resnet50") in keras_cnns.weights.SETS
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = keras_cnns.no_such_name
