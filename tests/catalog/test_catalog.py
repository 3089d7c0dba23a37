"""Every network comes out as published: parameters, MACs, output and landmark shapes, smallest input."""

import subprocess
import sys
from math import prod

import authority
import keras
import pytest
from support.sizes import each, rows, weightless, weightless_model

import keras_cnns
from keras_cnns import architectures
from keras_cnns.catalog.facts import NETWORKS, find_network

ROWS = pytest.mark.parametrize("row", rows(NETWORKS))

LANDMARKS = {name: row.landmarks for name, row in authority.NETWORKS.items() if row.landmarks}


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


@pytest.mark.parametrize(("name", "options", "trainable", "other", "macs"), authority.OPTIONS)
def test_options(name, options, trainable, other, macs):
    model = weightless(name, **options)
    assert counts(model) == (trainable, other)
    assert multiply_adds(model) == macs


def test_other_sizes_and_numbers_of_classes():
    assert counts(weightless("alexnet", in_shape=(224, 224, 3))) == (60_965_224, 0)
    assert counts(weightless("nin_cifar", n_classes=100)) == (984_356, 0)


@pytest.mark.parametrize("name", each(LANDMARKS))
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
