"""What is wrong with the arguments of a training, said before it begins."""

from typing import Any

import keras

from keras_cnns.arguments import shown
from keras_cnns.graph import check_functional
from keras_cnns.graph.calls import maker_of
from keras_cnns.layer_kinds import KERNELS, activation_name
from keras_cnns.training.data import Data


def check_data(data: Any) -> None:
    """Raise a ValueError unless this is a data set."""
    if not isinstance(data, Data):
        raise ValueError(f"data must be what training.load returns; got {shown(data)}.")


def check_model(model: Any, data: Data, probabilities: bool = True) -> None:
    """Raise a ValueError unless a model reads one image of a known size and has an output for each class.

    With `probabilities` also if it is plain that these are none.
    """
    check_functional(model)
    sizes = [tuple(tensor.shape[1:]) for tensor in model.inputs]
    if len(sizes) != 1 or len(sizes[0]) != 3 or None in sizes[0] or sizes[0][-1] not in (1, 3):
        raise ValueError(
            "model must read one image of a known size with 1 or 3 channels, such as (32, 32, 3); "
            f"{model.name!r} reads {', '.join(map(str, sizes))}."
        )
    classes = len(data.classes)
    for tensor in model.outputs:
        maker = maker_of(tensor).operation
        if tuple(tensor.shape[1:]) != (classes,):
            raise ValueError(
                f"model must have an output for each of the {classes} classes; {maker.name!r} gives "
                f"{tuple(tensor.shape[1:])}."
            )
        if probabilities and isinstance(maker, KERNELS) and activation_name(maker) == "linear":
            raise ValueError(
                f"model must end in probabilities, such as those of softmax; {maker.name!r} has no "
                "activation. keras_cnns.with_classifier(model, n_classes) gives it one."
            )


def check_callbacks(callbacks: Any) -> None:
    """Raise a ValueError unless these are callbacks."""
    if not isinstance(callbacks, (list, tuple)) or not all(
        isinstance(each, keras.callbacks.Callback) for each in callbacks
    ):
        raise ValueError(f"callbacks must be a list of Keras' callbacks; got {shown(callbacks)}.")
