"""An L2 penalty on the kernels of a model that is built already, as weight decay."""

import warnings
from typing import Any

import keras
from keras import Model, tree

from keras_cnns.arguments import checked_flag, shown
from keras_cnns.graph import check_functional
from keras_cnns.safe_text import one_line
from keras_cnns.submodels.cloning import as_fast_as, copy_values, made_again

SUFFIX = "_regularizer"
LARGEST = 1e30  # which single precision can hold
NOT_OF_WEIGHTS = "activity_regularizer"
OF_NORMALIZATION = {"gamma_regularizer", "beta_regularizer"}


def regularize(model: Model, l2: float = 1e-4, bias: bool = False, *, normalization: bool = False) -> Model:
    """Return `model` with an L2 penalty on the kernels of its layers: `l2` times the sum of their squares.

    To set `kernel_regularizer` of a built layer has no effect in Keras 3: a weight gets its penalty when it
    is made. So the layers are made anew, those of models inside the model, too, with the same values. The
    loss that `fit` reports has the penalties in it; frozen weights have none.

    A penalty that a kernel had before is replaced; `l2=0` takes it away. A layer of one's own without a
    setting for it gets the penalty, too, and a warning says that a saved model loses it.

    Args:
        model: a functional or built Sequential model.
        l2: the factor, 0 or more. It is twice as strong as a decay of the same number in papers whose penalty
            has a factor of one half.
        bias: penalize biases, too.
        normalization: penalize gamma and beta of normalizations, too.

    Returns:
        A model of the same kind with weights of its own. It is compiled if `model` is, with the state of the
        optimizer.

    Raises:
        ValueError: if `model` is not functional, `l2` is no such number, or a layer cannot be made again from
            its settings; it names the layer.
    """
    check_functional(model)
    checked_flag("bias", bias)
    checked_flag("normalization", normalization)
    left_out = {NOT_OF_WEIGHTS}
    left_out |= set() if bias else {"bias" + SUFFIX}
    left_out |= set() if normalization else OF_NORMALIZATION
    penalty = penalty_of(l2)
    new = cloned(model, penalty, left_out)
    if penalty is not None:
        penalize_the_rest(new, penalty)
    keep_optimizer(model, new)
    return as_fast_as(model, new)


def penalty_of(l2: Any) -> Any:
    """Return the penalty with this factor; None for 0."""
    is_number = isinstance(l2, (int, float)) and not isinstance(l2, bool)
    if not is_number or not 0 <= l2 < LARGEST:
        raise ValueError(f"l2 must be a number of at least 0, such as 1e-4; got {shown(l2)}.")
    return keras.regularizers.L2(l2) if l2 else None


def cloned(model: Model, penalty: Any, left_out: set[str]) -> Model:
    """Return a model of layers made anew with the penalty, with the same values and the same ones frozen."""

    def clone(layer: Any) -> Any:
        return made_again(layer, with_penalty(layer.get_config(), penalty, left_out))

    with keras.saving.custom_object_scope(own_objects(model)):
        new = keras.models.clone_model(model, clone_function=clone, recursive=True)
    copy_values(model.weights, new.weights)
    for old, made in zip(model._flatten_layers(), new._flatten_layers(), strict=True):
        made._trainable = old._trainable
    return new


def with_penalty(config: Any, penalty: Any, left_out: set[str]) -> Any:
    """Return settings with the penalty in place, in those of a wrapped layer, too."""
    if isinstance(config, (list, tuple)):
        return type(config)(with_penalty(each, penalty, left_out) for each in config)
    if not isinstance(config, dict):
        return config
    serialized = None if penalty is None else keras.regularizers.serialize(penalty)
    return {
        key: serialized
        if isinstance(key, str) and key.endswith(SUFFIX) and key not in left_out
        else with_penalty(value, penalty, left_out)
        for key, value in config.items()
    }


def penalize_the_rest(model: Model, penalty: Any) -> None:
    """Penalize kernels, which are weights with several axes, of layers that have no setting for it."""
    for layer in model._flatten_layers():
        kernels = [weight for weight in layer._trainable_variables if len(weight.shape) > 1]
        without = [weight for weight in kernels if weight.regularizer is None]
        for weight in without:
            weight.regularizer = penalty
        if without:
            warnings.warn(
                one_line(
                    f"{layer.name!r}, a {type(layer).__name__}, has no setting for a penalty on "
                    f"{', '.join(weight.name for weight in without)}: it has one now, but a saved model will "
                    "not."
                ),
                stacklevel=3,
            )


def own_objects(model: Model) -> dict[str, Any]:
    """Return functions and classes that a model is compiled with, by the names that Keras writes for them."""
    if not model.compiled:
        return {}
    parts = tree.flatten(model._compile_config.config)
    named = [part if hasattr(part, "__name__") else type(part) for part in parts]
    return {part.__name__: part for part in named if not part.__module__.startswith(("keras.", "builtins"))}


def keep_optimizer(model: Model, new: Model) -> None:
    """Give the optimizer of a new model the state of the old one's, if it has one."""
    old: Any = getattr(model, "optimizer", None)
    if not getattr(new, "compiled", False) or not getattr(old, "built", False):
        return
    new.optimizer.build(new.trainable_variables)
    copy_values(old.variables, new.optimizer.variables)
