"""Random networks of nearly all that Keras has, from a seed: attention, recurrence, models in models.

from support.random_graphs import random_model
model = random_model(7)
"""

import keras

from keras_cnns.weightless import build_weightless
from support.random_layers import KINDS, NOT_PLAIN, Choice, numbers
from support.random_models import UNREAD_INPUTS

DEEPEST = 3
LARGEST = 100_000  # values in a tensor
TRIES = 6


def random_model(seed: int, most_layers: int | None = None, *, has_hostile_names: bool = True) -> keras.Model:
    """Return the network of a seed, without weights; the same each time with the same version of Keras.

    With `most_layers` it is the beginning of that network. With hostile names, which are none of its scopes',
    TensorFlow can put no such network into a graph.
    """
    choice = Choice(seed)
    choice.has_hostile_names = has_hostile_names
    maker = Maker(choice, numbers())
    return build_weightless(maker.model, most_layers)


class Maker:
    """A network in the making: its random numbers `r`, and the `tensors` that there are.

    One that is `plain` has layers of one output only. `refused` counts the layers that Keras did not accept.
    """

    def __init__(self, r: Choice, names, depth: int = 0, plain: bool = False):
        self.r, self.names, self.depth, self.plain = r, names, depth, plain
        self.tensors: list[keras.KerasTensor] = []
        self.layers: list = []  # such as are applied again
        self.refused = 0

    def model(self, most_layers: int | None = None) -> keras.Model:
        """A network of several inputs and outputs."""
        inputs = [keras.Input(**self.input_options()) for _ in range(self.r.choice((1, 1, 1, 2, 2, 3)))]
        self.plain = self.r.often(0.3)
        n_layers = self.r.choice((4, 6, 9, 12, 16, 24))
        return self.grown(inputs, min(n_layers, most_layers or n_layers))

    def grown(self, inputs: list, n_layers: int) -> keras.Model:
        self.tensors = list(inputs)
        for _ in range(n_layers):
            self.add()
        made = [x for x in self.tensors if not any(x is start for start in inputs)]
        ends = [x for x in made if not x._keras_history.operation._outbound_nodes]
        if not made:
            made = [keras.layers.Activation("relu")(inputs[0])]
        if self.depth == 0 and self.r.often(0.1):  # an inner model must not give what it was given
            made.append(inputs[0])
        outputs = [(ends or made)[-1]]
        outputs += self.r.sample(made, min(len(made), self.r.choice((0, 0, 0, 1, 2, 4))))
        if self.r.often(0.3):
            outputs += [x for x in ends if not any(x is y for y in outputs)]
        return self.closed(inputs, outputs)

    def closed(self, inputs: list, outputs: list) -> keras.Model:
        """The model of these ends, in one of the structures that Keras has for them."""
        if not UNREAD_INPUTS:
            reached = keras.Model(keras.utils.get_source_inputs(outputs), outputs).inputs
            inputs = [x for x in inputs if any(x is y for y in reached)]
        if self.r.often(0.3):
            inputs = inputs[::-1]
        name = self.r.name(self.names) if self.r.often(0.2) else None
        if self.r.often(0.15):
            inputs = {f"{'zyx'[i % 3]}{i}": x for i, x in enumerate(inputs)}
        if self.r.often(0.15):
            outputs = {f"out {len(outputs) - i}": x for i, x in enumerate(outputs)}
        elif len(outputs) == 1:
            outputs = outputs[0]
        if isinstance(inputs, list) and len(inputs) == 1 and self.r.often(0.7):
            inputs = inputs[0]
        return keras.Model(inputs, outputs, name=name)

    def input_options(self) -> dict:
        """An image, a sequence, a volume, a vector or words, some of them of any size."""
        r = self.r

        def size(low: int, high: int) -> int | None:
            return None if r.often(0.15) else r.randint(low, high)

        channels = r.choice((1, 2, 3, 4, 6))
        shape, dtype = r.choice(
            (
                ((size(4, 16), size(4, 16), channels), None),
                ((size(4, 16), size(4, 16), channels), None),
                ((size(2, 10), channels), None),
                ((size(2, 10), channels), None),
                ((size(2, 10), channels), None),
                ((size(2, 4), size(3, 6), size(3, 6), channels), None),
                ((r.randint(1, 12),), None),
                ((size(2, 8),), "int32"),
            )
        )
        options = {"shape": shape, "dtype": dtype}
        if r.often(0.1):
            options["name"] = r.name(self.names)
        return options

    def common(self) -> dict:
        return self.r.common(self.names)

    def name(self) -> str | None:
        return self.common().get("name")

    def like(self, x):
        """A tensor of the same shape: another one, itself, or one made of it."""
        alike = [y for y in self.tensors if y.shape == x.shape and y.dtype == x.dtype]
        if alike and self.r.often(0.7):
            return self.r.choice(alike)
        ways = (lambda: x, lambda: keras.layers.Activation("relu")(x), lambda: x * 2)
        return self.r.choice(ways[:2] if self.plain else ways)()

    def add(self) -> None:
        """Apply something that Keras accepts to one of the tensors, rather the newest."""
        for _ in range(TRIES):
            place = min(int(self.r.expovariate(0.6)), len(self.tensors) - 1)
            x = self.tensors[-1 - place]
            try:
                made = self.applied(x)
            except Exception:  # whatever Keras says to layers that do not fit
                self.refused += 1
                continue
            found = [y for y in keras.tree.flatten(made) if isinstance(y, keras.KerasTensor)]
            fit = [y for y in found if 2 <= len(y.shape) <= 6 and 0 < values(y) <= LARGEST]
            self.tensors += fit
            if fit:
                return

    def applied(self, x):
        r, rank = self.r, len(x.shape)
        again = [layer for layer in self.layers if takes(layer, x)]
        if again and r.often(0.08):
            return r.choice(again)(x)
        if self.depth < DEEPEST and r.often(0.12):
            return self.nested(x)
        kinds = [
            (make, weight)
            for make, ranks, weight in KINDS
            if rank in ranks and not (self.plain and make in NOT_PLAIN)
        ]
        make = r.choices([make for make, _ in kinds], [weight for _, weight in kinds])[0]
        made = make(self, x)
        first = keras.tree.flatten(made)[0]._keras_history.operation
        if isinstance(first, keras.Layer) and r.often(0.3):
            self.layers.append(first)
        return made

    def nested(self, x):
        """A model in the model, applied once or more, of one input or two."""
        kind = self.r.random()
        if kind < 0.25:
            return self.sequential(x)(x)
        starts = [x, self.r.choice(self.tensors)] if kind > 0.8 else [x]
        model = self.inner_model(starts)
        self.layers.append(model)
        given = dict(zip(model.input, starts)) if isinstance(model.input, dict) else starts
        if isinstance(model.input, list) or isinstance(given, dict):
            return model(given)
        return model(x)

    def inner_model(self, starts: list) -> keras.Model:
        """A model that takes tensors of these shapes, sometimes of any size."""
        inside = Maker(self.r, self.names, self.depth + 1, self.plain)
        inputs = [keras.Input(tensor.shape[1:], dtype=tensor.dtype) for tensor in starts]
        if len(inputs) == 1 and self.r.often(0.2) and len(starts[0].shape) > 3:
            inputs = [keras.Input((*(None,) * (len(starts[0].shape) - 2), starts[0].shape[-1]))]
        model = inside.grown(inputs, self.r.choice((1, 2, 3, 4, 6)))
        self.refused += inside.refused
        return model

    def sequential(self, x) -> keras.Sequential:
        """A Sequential model of layers that fit one another."""
        inside = Maker(self.r, self.names, DEEPEST)
        model = keras.Sequential([keras.Input(x.shape[1:], dtype=x.dtype)], name=self.name())
        for _ in range(self.r.randint(1, 5)):
            end = model.outputs[0] if model.layers else x
            start = keras.Input(end.shape[1:], dtype=end.dtype)
            inside.tensors = [start]
            try:
                made = inside.applied(start)
                operation = made._keras_history.operation
                if isinstance(operation, keras.Layer) and operation._inbound_nodes[0].input_tensors == [
                    start
                ]:
                    model.add(type(operation).from_config(operation.get_config()))
            except Exception:  # it does not fit, or is no layer of one tensor
                inside.refused += 1
        return model


def takes(layer, x) -> bool:
    """Whether a layer may be applied again; Keras lets a model have inputs that it cannot compute on."""
    if not isinstance(layer, keras.Model):
        return True
    shape = layer.inputs[0].shape
    return (
        len(layer.inputs) == 1
        and len(shape) == len(x.shape)
        and all(n in (None, m) for n, m in zip(shape[1:], x.shape[1:]))
    )


def values(x) -> int:
    """How many values a tensor has if each unknown size is 16."""
    product = 1
    for size in x.shape[1:]:
        product *= 16 if size is None else size
    return product
