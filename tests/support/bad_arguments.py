"""Calls of every public function with good arguments, and values that are wrong for most of them."""

import atexit
import functools
import inspect
import random
import re
import shutil
import tempfile
from pathlib import Path

import keras
import numpy as np
from keras import layers

import keras_cnns
from keras_cnns import architectures, weights
from keras_cnns.catalog import facts
from keras_cnns.weightless import build_weightless

# Keras itself checks a factory's `opt`, and has its own name for it.
NAMES = {"opt": "(opt|optimizer)"}


class Subclassed(keras.Model):
    """A model without a graph of layers."""

    def call(self, inputs):
        return inputs


def small_model(name="small"):
    x = inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(2, 3, activation="relu", name="conv")(x)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(2, activation="softmax")(x), name=name)


def compiled_model():
    model = small_model("compiled")
    model.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
    return model


@functools.cache
def values():
    """Values of many kinds, none of which makes a right call take long."""
    model = small_model("other")
    return [
        *(None, True, False, -1, 0, 1, 3, 10**400, -(2**63), 2.5, -0.0, float("nan"), float("inf"), 1j),
        *("", " ", "x", "x.svg", "x.xyz", "no/such/folder/x.svg", "\x1b[2J", "\u202ex", "é" * 300, "a\0b"),
        *("sgd", "SGD", "conv", "lenet", "lenet_5", "imagenet", "exact", "epsilon", b"lenet_5"),
        *([], [None], [1], ["x"], [["x"]], (), (8, 8), (8, 8, 3), (None, None, 3), (0, 0, 3), (8, 8, -3)),
        *(("8", "8", "3"), (8.0, 8.0, 3.0), [(8, 8, 3)], [(8, 8, 3), (8, 8, 3)], (10**6, 10**6, 3)),
        *({}, {"x": 1}, {1: "x"}, {"Block": None}, {"x"}, range(2), iter(()), slice(None), Ellipsis),
        *(object(), object, int, len, lambda: 1, ValueError("x"), Path("x"), Path("x.keras"), Path()),
        *(np.zeros(3), np.full((4, 4, 3), np.nan), np.array("x"), np.float32(2), np.int64(2), np.array([])),
        *(np.zeros((0, 1000)), np.zeros((2, 7)), np.zeros((4, 4)), np.array([None, 1], object)),
        *(keras.Input((8, 8, 3)), layers.Dense(2), keras.Sequential(), Subclassed(), model, keras.Model),
        *(keras.optimizers.SGD, keras.optimizers.SGD(), keras.losses.MeanSquaredError(), keras.Variable(1.0)),
    ]


def saved_weights(model):
    """A file of the model's weights, which is there as long as the process."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    model.save_weights(folder / "small.weights.h5")
    return folder / "small.weights.h5"


def exported_place():
    """A place for an export on the disk of a process, where nothing is."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    return folder / "small.onnx"


@functools.cache
def public_calls():
    """The public functions, each with arguments that are right: {name: (function, arguments)}."""
    model = small_model()
    image = np.zeros((9, 9, 3), "uint8")
    profile, report = keras_cnns.profile(model), keras_cnns.compare(model, model)
    costs, picture = keras_cnns.compare_costs(["lenet_5"]), keras_cnns.plot_model(model)
    caffe = {"size": 4, "resize": 5, "interpolation": "bilinear"}
    by_name = {"model": "lenet_5", "in_shape": (32, 32, 1), "weights": None, "name": None}
    calls = {
        "assert_matches": {
            "student": model,
            "reference": "lenet_5",
            "level": "same shapes",
            "ignore": ["in_shape"],
            "also": (),
            "in_shape": (32, 32, 1),
            "n_classes": 10,
        },
        "at_size": {"model": model, "in_shape": (8, 8, 3), "name": None},
        "backbone": {**by_name, "pooling": None},
        "compare": {"student": model, "reference": model, "ignore": (), "also": ()},
        "compare_costs": {"names": ["lenet_5"], "batch_size": 1, "optimizer": None},
        "create": {
            "network": "lenet_5",
            "in_shape": None,
            "n_classes": 2,
            "opt": "sgd",
            "weights": None,
            "loss": None,
            "name": None,
        },
        "dilated": {"model": model, "output_stride": 1, "name": None},
        "exercise_sheet": {"model": model, "n": 1, "seed": 1, "kind": None, "verdict": None},
        "export": {"model": model, "path": exported_place(), "force": False},
        "fast": {"model": model},
        "features": {**by_name, "landmarks": "s2", "strides": None},
        "flatten": {"model": model, "name": None},
        "freeze": {"model": model, "until": "conv", "batch_normalization": True},
        "inference": {"model": model, "engine": "frozen"},
        "load_weights": {"model": model, "file": saved_weights(model)},
        "logits": {"model": model, "name": None},
        "mutants": {"model": model, "n": 2, "seed": 1, "kind": None, "verdict": None},
        "mutate": {"model": model, "seed": 1, "kind": None, "verdict": None},
        "mutations": {"model": model, "verdict": None},
        "one_target": {"model": compiled_model(), "name": None},
        "outline": {"model": model, "expand_nested": False, "names": None},
        "profile": {"model": model, "batch_size": 1, "in_shape": None, "optimizer": None},
        "recompile": {"model": compiled_model(), "optimizer": None, "loss": None, "metrics": None},
        "regularize": {"model": model, "l2": 1e-4, "bias": False, "normalization": False},
        "unfreeze": {"model": model, "batch_normalization": True},
        "with_classifier": {"model": model, "n_classes": 3, "activation": "softmax", "name": None},
        "without_aux": {"model": model},
        "weights.decode": {"predictions": np.full((1, 1000), 0.001), "top": 5, "classes": None},
        "weights.find": {"network": "resnet50", "source": "imagenet", "options": None},
        "weights.preprocess": {
            "model_or_name": "resnet50",
            "images": image,
            "source": "imagenet",
            "size": None,
        },
        "weights.preprocessing_layers": {"model_or_name": "resnet50", "source": "imagenet"},
        "weights.Preprocessing": {**caffe, "mode": "RGB", "mean": (1, 1, 1), "std": (1, 1, 1)},
        "weights.Preprocessing.caffe": caffe,
        "Profile.text": {"self": profile, "stages": None, "width": 80},
        "Profile.save": {"self": profile, "path": "x.csv"},
        "Report.html": {"self": report, "picture": False},
        "Report.page": {"self": report, "picture": False},
        "Report.score": {"self": report, "points": 4, "weights": {"bias": 1}, "each": None},
        "Report.text": {"self": report, "width": 80},
        "Report.save": {"self": report, "path": "x.txt"},
        "CostComparison.text": {"self": costs, "width": 80},
        "CostComparison.save": {"self": costs, "path": "x.csv", "dpi": 200},
        "Diagram.save": {"self": picture, "path": "x.svg", "dpi": 200},
        "Diagram.html": {"self": picture, "colour": "kind"},
        "Diagram.explore": {"self": picture, "height": 480},
    }
    drawn = {n: p.default for n, p in inspect.signature(keras_cnns.plot_model).parameters.items()}
    calls["plot_model"] = drawn | {"model": model}
    calls["model_to_dot"] = {name: value for name, value in calls["plot_model"].items() if name != "to_file"}
    found = {name: (function_of(name, given), given) for name, given in calls.items()}
    for network in facts.NETWORKS:
        given = {n: p.default for n, p in inspect.signature(network.factory).parameters.items()}
        found[f"architectures.{network.name}"] = (weightless(network.factory), given)
    return found


def weightless(factory):
    """The factory, so that its weights take no memory and no time; it gets an optimizer, made outside."""

    @functools.wraps(factory)
    def build(opt, **given):
        named = keras.optimizers.get(opt) if isinstance(opt, str) else opt
        return build_weightless(factory, opt=named, **given)

    return build


def function_of(name, given):
    """The function of a public name, or a method by its class."""
    if "self" in given:
        return getattr(type(given["self"]), name.split(".")[-1])
    return called_by_names(functools.reduce(getattr, name.split("."), keras_cnns))


def called_by_names(function):
    """The function, which takes all arguments by their names, those that it takes by their places, too."""
    parameters = inspect.signature(function).parameters.values()
    placed = [each.name for each in parameters if each.kind is each.POSITIONAL_ONLY]
    if not placed:
        return function

    @functools.wraps(function)
    def call(**given):
        return function(*[given.pop(name) for name in placed], **given)

    return call


def has_truth(value):
    """Whether `if value:` works."""
    try:
        return bool(value) in (True, False)
    except (TypeError, ValueError):
        return False


def not_covered():
    """Public functions that `public_calls` has forgotten."""
    names = {name for name in keras_cnns.__all__ if callable(getattr(keras_cnns, name))}
    names |= {f"weights.{name}" for name in weights.__all__ if callable(getattr(weights, name))}
    names |= {f"architectures.{name}" for name in architectures.__all__}
    results = {"weights.Loaded", "weights.Prediction", "weights.WeightSet"}  # returned by functions
    same = {"weights.load_weights", "list_models"}
    return names - results - same - public_calls().keys()


def random_calls(seed, count):
    """Give (name, function, arguments, which of them were replaced), `count` times."""
    rng = random.Random(seed)
    calls = public_calls()
    names = [name for name in sorted(calls) for _ in range(1 if name.startswith("architectures.") else 3)]
    for number in range(count):
        name = names[number % len(names)]
        function, given = calls[name]
        able = [argument for argument in given if argument != "self"]
        replaced = rng.sample(able, min(len(able), rng.choice((1, 1, 1, 2))))
        bad = {argument: rng.choice(values()) for argument in replaced}
        if name.startswith("architectures.") and any(
            isinstance(given[argument], bool) and not has_truth(value) for argument, value in bad.items()
        ):
            continue  # a factory reads its flags as Python does: where truth raises, that error is another's
        if name == "compare_costs" and bad.get("names", 0) is None:
            continue  # it means all networks, which is right and takes long
        yield name, function, given | bad, replaced


def complaint(function, given, replaced, path_arguments=("file", "weights")):
    """Call the function; return what is wrong with its error, or None if it has none or a good one."""
    try:
        function(**given)
    except (ValueError, TypeError) as error:
        words = str(error)
        if not any(re.search(rf"\b{NAMES.get(argument, argument)}\b", words) for argument in replaced):
            return f"does not name {' or '.join(replaced)}: {type(error).__name__}: {words[:300]}"
    except OSError as error:  # as documented, for a file that cannot be read
        if not set(path_arguments) & set(replaced):
            return f"{type(error).__name__}: {error}"
    except AssertionError as error:  # what assert_matches is for
        if not str(error).startswith("\nYours, "):
            return f"AssertionError: {error}"
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:300]}"
    return None
