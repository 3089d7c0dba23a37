"""Training on several devices of one machine, which share each batch.

JAX computes on the whole batch, divided by `keras.distribution.DataParallel`: sums and normalizations are
those of one device. TensorFlow's `MirroredStrategy` runs a copy of the network on each device and adds up the
gradients. Keras trains with one device on PyTorch.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

import keras
import numpy as np

from keras_cnns.arguments import checked_int
from keras_cnns.grouped_convolution import fast
from keras_cnns.training.hosts import alone, here


def prepare(devices: int) -> None:
    """Let the processor count as so many devices, where there are not as many GPUs.

    Call it before the first model is built.

    Raises:
        ValueError: if the backend is PyTorch, or has started already with fewer devices.
    """
    checked_int("devices", devices)
    if devices == 1:
        return
    try:
        if backend_for(devices) == "jax":
            import jax

            jax.config.update("jax_num_cpu_devices", devices)  # type: ignore[no-untyped-call]
        else:
            config = _tensorflow().config
            if len(config.list_physical_devices("GPU")) < devices:
                cpu = config.list_physical_devices("CPU")[0]
                config.set_logical_device_configuration(cpu, [config.LogicalDeviceConfiguration()] * devices)
    except (RuntimeError, OverflowError):  # it has started; or nobody has so many
        found(devices)


def check_devices(devices: Any, batch: int) -> int:
    """Return a number of devices that there are and that divides the batch.

    Raises:
        ValueError: for another number.
    """
    devices = checked_int("devices", devices)
    if devices > 1:
        if here().number > 1:
            raise ValueError(f"devices must be 1 on several hosts, which use all of theirs; got {devices}.")
        if batch % devices:
            raise ValueError(
                f"devices must divide the images in a step; got {devices} devices for {batch} images."
            )
        found(devices)
    return devices


def backend_for(devices: int) -> str:
    """Return the backend, if it can train on several devices."""
    backend: str = keras.backend.backend()
    if backend not in ("jax", "tensorflow"):
        raise ValueError(
            f"devices must be 1 with {backend}, on which Keras trains with one device; got {devices}. "
            "Set KERAS_BACKEND=jax or KERAS_BACKEND=tensorflow."
        )
    return backend


def found(devices: int) -> list[Any]:
    """Return the first so many devices, GPUs if there are enough of them.

    Raises:
        ValueError: if there are fewer.
    """
    if backend_for(devices) == "jax":
        there = keras.distribution.list_devices()
    else:
        list_devices = _tensorflow().config.list_logical_devices
        there = [device.name for device in list_devices("GPU")]
        if len(there) < devices:
            there = [device.name for device in list_devices("CPU")]
    if len(there) < devices:
        raise ValueError(
            f"devices must be at most {len(there)}, of which {keras.backend.backend()} knows; got {devices}. "
            f"Without GPUs, call keras_cnns.training.prepare({devices}) before the first model is built."
        )
    return there[:devices]


@dataclass
class Spread:
    """A model, and what is trained in its stead if several devices do.

    Attributes:
        model: what was given.
        trained: the same, or a model like it on several devices.
        scope: gives the context in which `trained` is compiled and its optimizer built.
    """

    model: keras.Model
    trained: keras.Model
    scope: Callable[[], AbstractContextManager[Any]] = nullcontext

    def take_over(self) -> None:
        """Give the model the values of what was trained."""
        if self.trained is not self.model:
            copy_values(self.trained, self.model)

    @contextmanager
    def on_one_device(self) -> Iterator[keras.Model]:
        """Within the context, the model has the values of now, and one device computes all of a batch."""
        with alone():
            self.take_over()
            yield self.model


@contextmanager
def spread(model: keras.Model, devices: int) -> Iterator[Spread]:
    """Within the context, `trained` is a model like this one on so many devices, to be compiled and fitted.

    At the end, the model has its values; where an error ends it, if they are still there.
    """
    if devices == 1:
        yield Spread(model, model)
        return
    is_jax = keras.backend.backend() == "jax"
    with data_parallel(devices) if is_jax else nullcontext():
        both = Spread(model, model, nullcontext if is_jax else strategy(devices).scope)
        with both.scope():
            both.trained = copied(model)
        try:
            yield both
        except BaseException:
            with alone(), suppress(Exception):  # JAX may have given the memory of a step away
                both.take_over()
            raise
        with alone():
            both.take_over()


def copied(model: keras.Model) -> keras.Model:
    """Return a model with the same layers and values, whose normalizations see the batch of all devices."""
    copy = keras.models.clone_model(model, clone_function=synchronized)
    copy_values(model, copy)
    return fast(copy)


def synchronized(layer: keras.Layer) -> keras.Layer:
    config = layer.get_config()
    if isinstance(layer, keras.layers.BatchNormalization) and keras.backend.backend() == "tensorflow":
        config["synchronized"] = True
    return type(layer).from_config(config)


def copy_values(source: keras.Model, target: keras.Model) -> None:
    """Give a model the values of another one with the same layers: weights and seeds."""
    values = [np.array(keras.ops.convert_to_numpy(variable)) for variable in own(source)]
    for variable, value in zip(own(target), values):
        variable.assign(value)


def own(model: keras.Model) -> list[keras.Variable]:
    """Return the variables of a model without those of its metrics."""
    metrics = {id(variable) for variable in model.metrics_variables}
    return [variable for variable in model.variables if id(variable) not in metrics]


def replicas() -> int:
    """Return how many copies of a network are under training at once: one, but for `MirroredStrategy`."""
    if keras.backend.backend() != "tensorflow":
        return 1
    return int(_tensorflow().distribute.get_strategy().num_replicas_in_sync)


def summed(gradients: list[Any]) -> list[Any]:
    """Return the sum of the gradients of all copies, in each of them."""
    there = [gradient for gradient in gradients if gradient is not None]
    distribute = _tensorflow().distribute
    sums = iter(distribute.get_replica_context().all_reduce(distribute.ReduceOp.SUM, there))
    return [None if gradient is None else next(sums) for gradient in gradients]


@contextmanager
def data_parallel(devices: int) -> Iterator[None]:
    """Within the context, JAX divides each batch among so many devices."""
    before = keras.distribution.distribution()
    kind = keras.distribution.DataParallel(devices=found(devices), auto_shard_dataset=False)
    keras.distribution.set_distribution(kind)
    try:
        yield
    finally:
        keras.distribution.set_distribution(before)


@cache
def strategy(devices: int) -> Any:
    """Return the one strategy of a process: a second one would mix up its messages with those of the first.

    Raises:
        ValueError: if there is one for another number of devices.
    """
    if strategy.cache_info().currsize:
        raise ValueError(f"devices must stay the same within a process; got {devices}. Start a new one.")
    return _tensorflow().distribute.MirroredStrategy(found(devices))


def _tensorflow() -> Any:
    """TensorFlow, which Keras has loaded if it computes with it."""
    return sys.modules["tensorflow"]
