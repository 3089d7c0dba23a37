"""Mutations of one layer: its size at the end, its activation, normalization and bias; see `change`."""

from __future__ import annotations

import random

from keras import layers

from keras_cnns import mistakes
from keras_cnns.graph import depth_first
from keras_cnns.layer_kinds import activation_title
from keras_cnns.mistakes import Mistake
from keras_cnns.mutation.change import Planted, function_of, pick, planted, set_option
from keras_cnns.mutation.editable_model import Call, EditableModel

OTHER_FUNCTIONS = ("sigmoid", "tanh", "elu", "leaky_relu")
# Whoever knows ReLU alone puts it in the place of these.
LATER = ("relu6", "silu", "swish", "hard_silu", "hard_swish", "gelu")


def classes(model: EditableModel, rng: random.Random) -> Planted | None:
    call = pick(model, rng, lambda c: c.is_a("Dense") and any(is_output(model, c)))
    if call is None:
        return None
    return set_option(
        call, mistakes.WRONG_NUMBER_OF_CLASSES, "units", call.config["units"] + rng.choice([-1, 1, 10])
    )


def is_output(model: EditableModel, call: Call) -> list[bool]:
    return [output is call for output in model.outputs if output is call]


def activation_missing(model: EditableModel, rng: random.Random) -> Planted | None:
    call = pick(model, rng, lambda c: function_of(c) and not c.is_a("LSTM", "GRU"))
    if call is None:
        return None
    function, name = function_of(call), call.name
    after_sum = bool(call.sources) and call.sources[0].is_a("Add")
    if call.is_a("ReLU", "Softmax", "Activation"):
        model.remove(call)
    else:
        call.config["activation"] = "linear"
    mistake = mistakes.ACTIVATION_MISSING_AFTER_ADDITION if after_sum else mistakes.ACTIVATION_MISSING
    mistake = mistakes.SOFTMAX_MISSING if function == "softmax" else mistake
    sentence = f"{{}}: the activation, {activation_title(str(function))}, is missing"
    return planted(mistake, [name], sentence, name)


def other_activation(model: EditableModel, rng: random.Random) -> Planted | None:
    call = pick(model, rng, lambda c: function_of(c) not in (None, "softmax"))
    if call is None:
        return None
    old = function_of(call)
    others = [function for function in OTHER_FUNCTIONS if function != old]
    new = rng.choice([*others, *["relu"] * len(others)] if old in LATER else others)
    if call.is_a("ReLU"):
        call.kind, call.config = layers.Activation, {"name": call.name, "activation": new}
    else:
        call.config["activation"] = new
    sentence = f"{{}}: {activation_title(new)}, the reference has {activation_title(str(old))}"
    return planted(mistakes.DIFFERENT_ACTIVATION, [call.name], sentence, call.name)


def normalization_missing(model: EditableModel, rng: random.Random) -> Planted | None:
    call = pick(
        model,
        rng,
        lambda c: c.is_a("BatchNormalization", "LayerNormalization") or "ResponseNorm" in c.kind.__name__,
    )
    if call is None:
        return None
    model.remove(call)
    named = {
        "BatchNormalization": mistakes.BATCH_NORMALIZATION_MISSING,
        "LayerNormalization": mistakes.LAYER_NORMALIZATION_MISSING,
    }
    mistake = named.get(call.kind.__name__, mistakes.RESPONSE_NORMALIZATION_MISSING)
    return planted(mistake, [call.name], "{} is missing", call.name)


def normalization_constant(model: EditableModel, rng: random.Random) -> Planted | None:
    """Gamma, beta or epsilon of batch normalization; any number of another normalization or a scaling."""
    call = pick(
        model, rng, lambda c: c.is_a("BatchNormalization", "Rescaling") or "Response" in c.kind.__name__
    )
    if call is None:
        return None
    if not call.is_a("BatchNormalization"):
        numbers = [key for key, value in call.config.items() if isinstance(value, float) and value]
        if not numbers:
            return None
        key = rng.choice(numbers)
        mistake = _scaling(model, call) if call.is_a("Rescaling") else mistakes.DIFFERENT_RESPONSE_CONSTANTS
        return set_option(call, mistake, key, call.config[key] * rng.choice([0.2, 0.5, 2.0, 5.0]))
    if rng.random() < 0.4:
        return set_option(call, mistakes.GAMMA, "scale", not call.config["scale"])
    if rng.random() < 0.2:
        return set_option(call, mistakes.BETA, "center", not call.config["center"])
    new = rng.choice([value for value in (1e-3, 1e-5, 2e-5, 1e-2) if value != call.config["epsilon"]])
    return set_option(call, mistakes.DIFFERENT_EPSILON, "epsilon", new)


def has_layer_normalization(model: EditableModel) -> bool:
    return any(call.is_a("LayerNormalization") for call in model.calls)


def layer_epsilon(model: EditableModel, rng: random.Random) -> Planted | None:
    """Another epsilon of a layer normalization."""
    call = pick(model, rng, lambda c: c.is_a("LayerNormalization"))
    if call is None:
        return None
    new = rng.choice([value for value in (1e-3, 1e-5, 1e-6) if value != call.config["epsilon"]])
    return set_option(call, mistakes.OTHER_EPSILON, "epsilon", new)


def _scaling(model: EditableModel, call: Call) -> Mistake:
    """What a scaling is: of a residual branch, if it is added to what the branch starts from."""
    before = {id(one) for one in depth_first(call.sources[0].sources, lambda one: one.sources)}
    sums = [reader for reader in model.readers(call) if reader.is_a("Add")]
    is_residual = any(id(source) in before for one in sums for source in one.sources)
    return mistakes.RESIDUAL_SCALING if is_residual else mistakes.SCALING


def bias(model: EditableModel, rng: random.Random) -> Planted | None:
    """A bias more or less, where no batch normalization takes it away again."""

    def fits(call: Call) -> bool:
        readers = model.readers(call)
        return "use_bias" in call.config and not any(other.is_a("BatchNormalization") for other in readers)

    call = pick(model, rng, fits)
    return None if call is None else set_option(call, mistakes.BIAS, "use_bias", not call.config["use_bias"])
