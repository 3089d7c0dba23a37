"""What the recipes need and Keras lacks: weight decay through the gradient, and two schedules."""

from typing import Any

import keras
from keras import ops
from keras.optimizers import schedules
from keras.optimizers.schedules import LearningRateSchedule

from keras_cnns.training.devices import replicas, summed
from keras_cnns.training.recipes import Recipe


class DecayInGradient:
    """Adds `decay` × weight to the gradient of each kernel, before it is clipped and enters the momentum.

    That is the gradient of `decay` / 2 × the sum of squares in the loss, as the papers have it. Keras' own
    `weight_decay` shrinks the weights beside the momentum: with a momentum of 0.9, the same number then
    decays ten times less. Biases and the parameters of normalizations are left alone.
    """

    def __init__(self, *arguments: Any, decay: float = 0.0, **options: Any):
        super().__init__(*arguments, **options)
        self.decay = decay

    def apply(self, grads: Any, trainable_variables: Any = None) -> None:
        copies = replicas()
        if copies > 1:
            # Keras adds up the gradients of all devices after it has clipped them, each by itself.
            grads = summed(grads)
        variables = self._trainable_variables if trainable_variables is None else list(trainable_variables)  # type: ignore[attr-defined]
        scale = self.decay * (self.loss_scale_factor or 1)  # type: ignore[attr-defined]  # the gradients' own
        decayed = [
            gradient
            if gradient is None or len(variable.shape) < 2
            else ops.add(
                gradient, ops.multiply(ops.cast(scale, gradient.dtype), ops.cast(variable, gradient.dtype))
            )
            for gradient, variable in zip(grads, variables)
        ]
        if copies > 1:
            decayed = [None if gradient is None else ops.divide(gradient, copies) for gradient in decayed]
        super().apply(decayed, trainable_variables)  # type: ignore[misc]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "decay": self.decay}  # type: ignore[misc]


@keras.saving.register_keras_serializable("keras_cnns")
class DecayedSGD(DecayInGradient, keras.optimizers.SGD):
    """Keras' SGD with weight decay through the gradient."""


@keras.saving.register_keras_serializable("keras_cnns")
class DecayedRMSprop(DecayInGradient, keras.optimizers.RMSprop):
    """Keras' RMSprop with weight decay through the gradient."""


@keras.saving.register_keras_serializable("keras_cnns")
class ClippedAdam(DecayInGradient, keras.optimizers.Adam):
    """Keras' Adam whose gradients are clipped together on several devices."""


@keras.saving.register_keras_serializable("keras_cnns")
class WarmUp(LearningRateSchedule):
    """Rises in a straight line to the rate of another schedule, in so many steps."""

    def __init__(self, after: LearningRateSchedule, steps: int):
        super().__init__()
        self.after, self.steps = after, steps

    def __call__(self, step: Any) -> Any:
        share = ops.divide(ops.add(ops.cast(step, "float32"), 1.0), float(self.steps))
        return ops.multiply(ops.minimum(share, 1.0), self.after(step))

    def get_config(self) -> dict[str, Any]:
        return {"after": schedules.serialize(self.after), "steps": self.steps}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "WarmUp":
        return cls(schedules.deserialize(config["after"]), config["steps"])


@keras.saving.register_keras_serializable("keras_cnns")
class Inverse(LearningRateSchedule):
    """Caffe's policy "inv": rate × (1 + gamma × step) to the power of -power."""

    def __init__(self, rate: float, gamma: float, power: float):
        super().__init__()
        self.rate, self.gamma, self.power = rate, gamma, power

    def __call__(self, step: Any) -> Any:
        base = ops.add(1.0, ops.multiply(self.gamma, ops.cast(step, "float32")))
        return ops.multiply(self.rate, ops.power(base, -self.power))

    def get_config(self) -> dict[str, Any]:
        return {"rate": self.rate, "gamma": self.gamma, "power": self.power}


def optimizer_of(recipe: Recipe, steps: int) -> keras.Optimizer:
    """Return the optimizer of a recipe, its rate a function of the number of steps.

    Args:
        recipe: as `scaled` returns it.
        steps: how many make an epoch.
    """
    clip = None if recipe.clip is None else recipe.clip / replicas()
    options: dict[str, Any] = {"learning_rate": recipe.rate, "global_clipnorm": clip}
    if recipe.schedule != "plateau":
        schedule = schedule_of(recipe, steps)
        options["learning_rate"] = WarmUp(schedule, recipe.warm_up * steps) if recipe.warm_up else schedule
    if recipe.averaging:
        # An average over more steps than a tenth of the run would hold the weights of its beginning.
        momentum = min(recipe.averaging, max(0.0, 1 - 10 / (recipe.epochs * steps)))
        options |= {"use_ema": True, "ema_momentum": momentum, "ema_overwrite_frequency": None}
    if recipe.optimizer == "adam" and clip is not None and replicas() > 1:
        return ClippedAdam(**options)
    if recipe.optimizer == "adam":
        return keras.optimizers.Adam(**options)
    options["decay"] = recipe.decay
    if recipe.optimizer == "sgd":
        return DecayedSGD(momentum=recipe.momentum, **options)
    return DecayedRMSprop(rho=recipe.rho, epsilon=recipe.epsilon, momentum=recipe.momentum, **options)


def schedule_of(recipe: Recipe, steps: int) -> LearningRateSchedule:
    """Return the rate as a function of the number of steps, of which so many make an epoch."""
    rate = recipe.rate
    if recipe.schedule == "cosine":
        return schedules.CosineDecay(rate, recipe.epochs * steps)
    if recipe.schedule == "linear":
        return schedules.PolynomialDecay(rate, recipe.epochs * steps, 0.0)
    if recipe.schedule == "exponential":
        every = max(1, round(recipe.every * steps))
        return schedules.ExponentialDecay(rate, every, recipe.factor, staircase=True)
    if recipe.schedule == "inverse":
        return Inverse(rate, recipe.gamma, recipe.power)
    if not recipe.drops:
        return schedules.ExponentialDecay(rate, 1, 1.0)
    # Keras changes the rate after the step of this number, counted from 0.
    ends = [round(epoch * steps) - 1 for epoch, _ in recipe.drops]
    return schedules.PiecewiseConstantDecay(ends, [rate, *(rate * factor for _, factor in recipe.drops)])
