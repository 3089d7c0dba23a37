"""Random layers and functions of Keras: what a random network is put together from.

Each entry of `KINDS` is a function that applies one layer, or a few, to a tensor of a network in the making.
What Keras refuses, such as a window larger than the map, raises; the network then takes another.
"""

import random
from itertools import count

import keras
from keras import layers, ops

ACTIVATIONS = ("relu", "gelu", "silu", "tanh", "softmax", "elu", "leaky_relu", "relu6", "hard_silu", "mish")
POLICIES = ("mixed_float16", "mixed_bfloat16", "float64", "float16", "bfloat16")
HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "=HYPERLINK(1)",
    "+1+1",
    "@SUM(A1)",
    "a\x1b]0;title\x07\x1b[2J",
    "\u202egnp.exe\u2066",
    "line\nbreak\ttab\r",
    "nul\x00",
    "[link](javascript:alert(1))",
    "| cell | `code` | **bold** |",
    "&lt;b&gt; &amp; ]]>",
    "lane: (a | b) → [c]×9 · B-R",
    "'\"; --",
    "\U0001f47e 网络 שלום",
    "{{7*7}}${x}%s%n",
    "x" * 400,
    " ",
    "cv1\u200b\u2028\u0085",
)


class Choice(random.Random):
    """Random choices of what layers take; some of the names, if they may be, are those of `HOSTILE`."""

    has_hostile_names = True

    def name(self, names) -> str:
        """A name that harms, or in its place one with which TensorFlow can compute."""
        word = self.choice(HOSTILE)
        return f"{word if self.has_hostile_names else 'named_'}{next(names)}"

    def often(self, probability: float) -> bool:
        return self.random() < probability

    def units(self) -> int:
        return self.choice((1, 2, 3, 4, 6, 8, 12))

    def window(self, rank: int, most: int = 4):
        """One size, or one for each axis."""
        if self.often(0.7):
            return self.randint(1, most)
        return tuple(self.randint(1, most) for _ in range(rank))

    def activation(self):
        """None, a name, a function or a layer."""
        ways = (
            lambda: None,
            lambda: self.choice(ACTIVATIONS),
            lambda: getattr(keras.activations, self.choice(ACTIVATIONS)),
            lambda: layers.LeakyReLU(negative_slope=self.choice((0.1, 0.2, 0.3))),
            lambda: squared,
        )
        return self.choices(ways, (4, 4, 2, 0.5, 0.5))[0]()

    def common(self, names) -> dict:
        """What every layer takes; names that harm nobody are Keras' own."""
        options = {}
        if self.often(0.15):
            options["name"] = self.name(names)
        elif self.often(0.2):
            options["name"] = f"block{next(names)}_conv"
        if self.often(0.1):
            options["dtype"] = self.choice(POLICIES)
        if self.often(0.1):
            options["trainable"] = False
        return options

    def weights(self) -> dict:
        """What layers with a kernel and a bias take."""
        options = {"use_bias": self.often(0.7), "activation": self.activation()}
        if self.often(0.1):
            options["kernel_regularizer"] = self.choice(("l1", "l2", keras.regularizers.L1L2(0.1, 0.2)))
        if self.often(0.1):
            options["kernel_constraint"] = self.choice(("non_neg", keras.constraints.MaxNorm(2)))
        if self.often(0.1):
            options["kernel_initializer"] = self.choice(("zeros", "he_normal", "orthogonal"))
        return options


def squared(x):
    return x * x


class Halves(keras.Layer):
    """A custom layer with two outputs and no weights."""

    def call(self, x):
        return x[..., :1], x[..., 1:]


class Named(keras.Layer):
    """A custom layer whose outputs have names."""

    def call(self, x):
        return {"twice": x * 2, "mean": ops.mean(x, -1, keepdims=True)}


class Scaled(keras.Layer):
    """A custom layer with a weight, and a constant beside its input."""

    def build(self, shape):
        self.scale = self.add_weight(shape=shape[-1:], name="scale")
        self.steps = self.add_weight(shape=(), name="steps", trainable=False)

    def call(self, x, factor=1.0):
        return x * self.scale * factor


class Joined(keras.Layer):
    """A custom layer with several inputs, two of them by name, and a layer inside."""

    def build(self, one_shape, two_shape=None):
        self.dense = layers.Dense(2)
        self.dense.build(one_shape)

    def call(self, one, two=None):
        return self.dense(one if two is None else one + two)


class OwnConv(layers.Conv2D):
    """A subclass that only chooses other defaults."""


class OwnPooling(layers.Layer):
    """A custom window."""

    pool_size = (2, 2)

    def call(self, x):
        return x[:, ::2, ::2]


def dimensional(name: str, rank: int):
    return getattr(layers, name.replace("N", str(rank - 2), 1) if "N" in name else name)


def data_format(m) -> dict:
    return {"data_format": "channels_first"} if m.r.often(0.08) else {}


def strided(m, n: int) -> dict:
    """Strides, or dilation, which Keras does not take together."""
    if m.r.often(0.3):
        return {"dilation_rate": m.r.window(n, 2)}
    return {"strides": m.r.window(n, 2)} if m.r.often(0.4) else {}


def convolution(m, x):
    r, n = m.r, len(x.shape) - 2
    groups = r.choice((1, 1, 1, 2, x.shape[-1] or 1))
    padding = r.choice(("valid", "same", "same", "causal") if n == 1 else ("valid", "same", "same"))
    size, filters = r.window(n), groups * r.choice((1, 2, 3))
    options = {**strided(m, n), **data_format(m), **r.weights(), **m.common()}
    conv = dimensional("ConvND", n + 2)(filters, size, padding=padding, groups=groups, **options)
    if r.often(0.1):
        return layers.SpectralNormalization(conv, name=m.name())(x)
    return conv(x)


def depthwise(m, x):
    n = len(x.shape) - 2
    padding, options = m.r.choice(("valid", "same")), {**strided(m, n), **data_format(m), **m.common()}
    multiplier = m.r.choice((1, 1, 2, 3))
    return dimensional("DepthwiseConvND", n + 2)(
        m.r.window(n), padding=padding, depth_multiplier=multiplier, activation=m.r.activation(), **options
    )(x)


def separable(m, x):
    n = len(x.shape) - 2
    options = {**strided(m, n), **data_format(m), **m.common(), "depth_multiplier": m.r.choice((1, 1, 2))}
    return dimensional("SeparableConvND", n + 2)(
        m.r.units(), m.r.window(n), padding=m.r.choice(("valid", "same")), **options
    )(x)


def transposed(m, x):
    n = len(x.shape) - 2
    options = {**strided(m, n), **data_format(m), **m.r.weights(), **m.common()}
    return dimensional("ConvNDTranspose", n + 2)(
        m.r.units(), m.r.window(n), padding=m.r.choice(("valid", "same")), **options
    )(x)


def own_convolution(m, x):
    return m.r.choice((OwnConv(m.r.units(), m.r.window(2)), OwnPooling()))(x)


def pooling(m, x):
    n, kind = len(x.shape) - 2, m.r.choice(("MaxPooling", "AveragePooling"))
    options = {"strides": m.r.window(n, 3)} if m.r.often(0.5) else {}
    padding, size = m.r.choice(("valid", "same")), m.r.window(n, 3)
    return dimensional(f"{kind}ND", n + 2)(size, padding=padding, **options, **data_format(m), **m.common())(
        x
    )


def global_pooling(m, x):
    kind = m.r.choice(("GlobalMaxPooling", "GlobalAveragePooling"))
    return dimensional(f"{kind}ND", len(x.shape))(keepdims=m.r.often(0.3), **data_format(m), **m.common())(x)


def adaptive_pooling(m, x):
    kind = m.r.choice(("AdaptiveMaxPooling", "AdaptiveAveragePooling"))
    return dimensional(f"{kind}ND", len(x.shape))(m.r.window(len(x.shape) - 2, 2), **m.common())(x)


def padding(m, x):
    n, kind = len(x.shape) - 2, m.r.choice(("ZeroPadding", "Cropping", "UpSampling"))
    size = m.r.choice((1, 1, 2))
    if kind != "UpSampling" and m.r.often(0.4):
        size = tuple((m.r.randint(0, 1), m.r.randint(0, 2)) for _ in range(n))
        size = size[0] if n == 1 else size
    return dimensional(f"{kind}ND", n + 2)(size, **m.common())(x)


def resized(m, x):
    h, w = m.r.randint(1, 9), m.r.randint(1, 9)
    ways = (
        lambda: layers.Resizing(h, w, crop_to_aspect_ratio=m.r.often(0.3)),
        lambda: layers.CenterCrop(min(h, 4), min(w, 4)),
        lambda: layers.UpSampling2D(2, interpolation="bilinear"),
        lambda: layers.RandomCrop(2, 2),
        lambda: layers.RandomFlip(),
        lambda: layers.RandomRotation(0.1),
        lambda: layers.RandomContrast(0.1),
    )
    return m.r.choice(ways)()(x)


def dense(m, x):
    kernel = layers.Dense(m.r.units(), **m.r.weights(), **m.common())
    if m.r.often(0.1):
        kernel = layers.SpectralNormalization(kernel, name=m.name())
    return kernel(x)


def einsum_dense(m, x):
    equation, shape = m.r.choice(
        {
            2: (("ab,bc->ac", 4), ("ab,bcd->acd", (2, 3)), ("...x,xy->...y", (5,))),
            3: (("abc,cd->abd", (None, 4)), ("abc,bcd->ad", 3), ("abc,cde->abde", (None, 2, 3))),
            4: (("abcd,de->abce", (None, None, 3)), ("abcd,cde->abe", (None, 3)), ("...x,xy->...y", (3,))),
        }[len(x.shape)]
    )
    letter = equation[-1]
    bias = letter if m.r.often(0.5) and "." not in equation else None
    return layers.EinsumDense(equation, shape, bias_axes=bias, activation=m.r.activation(), **m.common())(x)


def normalization(m, x):
    options = m.common()
    ways = (
        lambda: layers.BatchNormalization(scale=m.r.often(0.8), center=m.r.often(0.8), **options),
        lambda: layers.BatchNormalization(epsilon=0.01, momentum=0.9, axis=m.r.choice((1, -1)), **options),
        lambda: layers.LayerNormalization(axis=m.r.choice((-1, 1, [1, 2], [-1, -2])), **options),
        lambda: layers.LayerNormalization(center=False, scale=m.r.often(0.5), **options),
        lambda: layers.RMSNormalization(**options),
        lambda: layers.GroupNormalization(groups=m.r.choice((1, 2, -1, 3)), **options),
        lambda: layers.UnitNormalization(axis=m.r.choice((-1, 1)), **options),
        lambda: layers.Normalization(mean=0.5, variance=2.0, **options),
        lambda: layers.Normalization(axis=-1, mean=0.0, variance=1.0, invert=True, **options),
    )
    return m.r.choice(ways)()(x)


def activation(m, x):
    options = m.common()
    ways = (
        lambda: layers.Activation(m.r.choice(ACTIVATIONS), **options),
        lambda: layers.Activation(squared, **options),
        lambda: layers.ReLU(max_value=m.r.choice((None, 6, 3.5)), threshold=m.r.choice((0, 0.5)), **options),
        lambda: layers.ReLU(negative_slope=0.3, **options),
        lambda: layers.LeakyReLU(m.r.choice((0.01, 0.2, 0.3)), **options),
        lambda: layers.PReLU(m.r.choice(("zeros", keras.initializers.Constant(0.25))), **options),
        lambda: layers.PReLU(shared_axes=list(range(1, len(x.shape) - 1)) or None, **options),
        lambda: layers.ELU(m.r.choice((1.0, 0.5)), **options),
        lambda: layers.Softmax(axis=m.r.choice((-1, 1, [1, 2])), **options),
    )
    return m.r.choice(ways)()(x)


def noise(m, x):
    rate, options = m.r.choice((0.0, 0.1, 0.5)), m.common()
    # Keras writes the type of a spatial dropout's weights into its config, not its policy.
    spatial = {key: value for key, value in options.items() if key != "dtype"}
    ways = (
        lambda: layers.Dropout(rate, noise_shape=m.r.choice((None, (None,) + (1,) * (len(x.shape) - 1)))),
        lambda: dimensional("SpatialDropoutND", len(x.shape))(rate, **spatial),
        lambda: layers.GaussianNoise(0.1, **options),
        lambda: layers.GaussianDropout(rate, **options),
        lambda: layers.AlphaDropout(rate, **options),
        lambda: layers.ActivityRegularization(0.1, **options),
        lambda: layers.Identity(**options),
    )
    return m.r.choice(ways)()(x)


def reshaped(m, x):
    sizes, options = list(x.shape[1:]), m.common()
    m.r.shuffle(sizes)
    axes = list(range(1, len(x.shape)))
    m.r.shuffle(axes)
    ways = (
        lambda: layers.Flatten(**options),
        lambda: layers.Reshape((-1, x.shape[-1]), **options),
        lambda: layers.Reshape(sizes, **options),
        lambda: layers.Reshape((*x.shape[1:], 1), **options),
        lambda: layers.Permute(axes, **options),
        lambda: layers.RepeatVector(m.r.randint(1, 4), **options),
    )
    return m.r.choice(ways)()(x)


def rescaled(m, x):
    scale = m.r.choice((1 / 255, [0.5] * (x.shape[-1] or 1)))
    return layers.Rescaling(scale, offset=m.r.choice((0.0, -1.0)), **m.common())(x)


def embedded(m, x):
    whole = x if x.dtype == "int32" else ops.cast(x, "int32")
    options = {"mask_zero": m.r.often(0.4), **m.common()}
    return layers.Embedding(m.r.randint(2, 50), m.r.units(), **options)(whole)


def encoded(m, x):
    ways = (
        lambda: layers.Discretization([0.0, 0.5, 1.0], output_mode=m.r.choice(("int", "one_hot"))),
        lambda: layers.CategoryEncoding(5, output_mode=m.r.choice(("multi_hot", "count", "one_hot"))),
    )
    return ops.cast(m.r.choice(ways)()(x), "float32")


def masked(m, x):
    return layers.Masking(0.0, **m.common())(x)


def recurrent_layer(m, **options):
    kind = m.r.choice((layers.LSTM, layers.GRU, layers.SimpleRNN))
    extra = {"reset_after": m.r.often(0.5)} if kind is layers.GRU else {}
    options = {"return_sequences": m.r.often(0.5), "use_bias": m.r.often(0.8), **options}
    return kind(m.r.units(), go_backwards=m.r.often(0.1), dropout=m.r.choice((0, 0.2)), **extra, **options)


def recurrent(m, x):
    return recurrent_layer(m, return_state=m.r.often(0.3), **m.common())(x)


def encoder_decoder(m, x):
    n = m.r.units()
    if m.r.often(0.5):
        _, h, c = layers.LSTM(n, return_state=True)(x)
        return layers.LSTM(n, return_sequences=True)(m.like(x), initial_state=[h, c])
    _, h = layers.GRU(n, return_state=True)(x)
    return layers.GRU(n)(m.like(x), initial_state=h)


def bidirectional(m, x):
    inner = recurrent_layer(m, return_state=m.r.often(0.2))
    mode = m.r.choice(("concat", "sum", "mul", "ave", None))
    if m.r.often(0.2):
        options = {"return_sequences": inner.return_sequences, "return_state": inner.return_state}
        other = layers.GRU(m.r.units(), go_backwards=not inner.go_backwards, **options)
        return layers.Bidirectional(inner, merge_mode=mode, backward_layer=other, **m.common())(x)
    return layers.Bidirectional(inner, merge_mode=mode, **m.common())(x)


def cells(m, x):
    kinds = (layers.LSTMCell, layers.GRUCell, layers.SimpleRNNCell)
    stack = [m.r.choice(kinds)(m.r.units()) for _ in range(m.r.randint(1, 3))]
    cell = stack[0] if len(stack) == 1 else m.r.choice((stack, layers.StackedRNNCells(stack)))
    options = {"return_sequences": m.r.often(0.5), "return_state": m.r.often(0.2)}
    return layers.RNN(cell, **options, **m.common())(x)


def convolutional_recurrent(m, x):
    n = len(x.shape) - 3
    kind = (layers.ConvLSTM1D, layers.ConvLSTM2D, layers.ConvLSTM3D)[n - 1]
    options = {"return_sequences": m.r.often(0.5), "padding": m.r.choice(("same", "valid"))}
    return kind(m.r.units(), m.r.window(n, 3), **options, **m.common())(x)


def multi_head_attention(m, x):
    r, rank = m.r, len(x.shape)
    options = {"value_dim": r.choice((None, 3)), "use_bias": r.often(0.7), "dropout": r.choice((0.0, 0.1))}
    options["output_shape"] = r.choice((None, None, 5))
    if rank > 3:
        options["attention_axes"] = r.choice((None, (1,), (1, 2)))
    layer = layers.MultiHeadAttention(r.randint(1, 3), r.units(), **options, **m.common())
    value, call = r.choice((x, m.like(x))), {}
    if r.often(0.3):
        call["key"] = m.like(value)
    if r.often(0.3):
        call["use_causal_mask"] = True
    if r.often(0.3):
        call["return_attention_scores"] = True
    return layer(x, value, **call)


def grouped_attention(m, x):
    keys = m.r.randint(1, 2)
    layer = layers.GroupQueryAttention(m.r.units(), keys * m.r.randint(1, 2), keys, **m.common())
    return layer(x, m.r.choice((x, m.like(x))))


def attention(m, x):
    several = [x, m.like(x), m.like(x)][: m.r.choice((2, 3))]
    if m.r.often(0.3):
        return layers.AdditiveAttention(use_scale=m.r.often(0.5), **m.common())(several)
    mode = m.r.choice(("dot", "concat"))
    return layers.Attention(use_scale=m.r.often(0.3), score_mode=mode, **m.common())(several)


def dot(m, x):
    axes = m.r.choice((1, -1, (1, 1), (2, 1), (-1, -1)))
    return layers.Dot(axes, normalize=m.r.often(0.2), **m.common())([x, m.like(x)])


def merged(m, x):
    kinds = (layers.Add, layers.Subtract, layers.Multiply, layers.Average, layers.Maximum, layers.Minimum)
    kind = m.r.choice(kinds)
    others = [m.like(x) for _ in range(1 if kind is layers.Subtract else m.r.randint(1, 3))]
    return kind(**m.common())([x, *others])


def concatenated(m, x):
    axis = m.r.choice((-1, -1, *range(1, len(x.shape))))
    return layers.Concatenate(axis, **m.common())([x, *(m.like(x) for _ in range(m.r.randint(1, 3)))])


def over_time(m, x):
    """A layer, or a model, at each step."""
    inner = (
        lambda: layers.Dense(m.r.units(), activation=m.r.activation()),
        lambda: dimensional("ConvND", len(x.shape) - 1)(m.r.units(), m.r.window(len(x.shape) - 3)),
        lambda: dimensional("MaxPoolingND", len(x.shape) - 1)(2, padding="same"),
        lambda: recurrent_layer(m),
        lambda: layers.Bidirectional(recurrent_layer(m)),
        lambda: layers.Flatten(),
        lambda: layers.BatchNormalization(),
        lambda: layers.TimeDistributed(layers.Dense(m.r.units())),
        lambda: m.inner_model([x[:, 0]]),
    )
    return layers.TimeDistributed(m.r.choice(inner)(), **m.common())(x)


def opaque(m, x):
    ways = (
        lambda: layers.Lambda(squared, **m.common())(x),
        lambda: layers.Lambda(lambda t: t + 1.0)(x),
        lambda: Halves(**m.common())(x),
        lambda: list(Named(**m.common())(x).values()),
        lambda: Scaled(**m.common())(x, factor=2.0),
        lambda: Joined()(x, two=m.like(x)),
        lambda: Joined()(x),
    )
    return m.r.choice(ways)()


def operator(m, x):
    y = m.like(x)
    ways = (
        lambda: x + y,
        lambda: 2 / 3 * x,
        lambda: 1.0 - x,
        lambda: -x,
        lambda: x * y,
        lambda: x / (y + 1.0),
        lambda: x**2,
        lambda: abs(x),
        lambda: x @ ops.swapaxes(y, -1, -2),
        lambda: x[:, 0],
        lambda: x[..., :1],
        lambda: x[:, ::2],
        lambda: x[:, None],
        lambda: ops.where(x > y, x, y),
        lambda: x + x * 1.0,
        lambda: x // 2.0 + x % 2.0,
    )
    return m.r.choice(ways)()


POINTWISE = ("relu", "gelu", "sigmoid", "exp", "sqrt", "square", "tanh", "log1p", "sign", "abs", "negative")
POINTWISE += (
    "floor",
    "softplus",
    "silu",
    "leaky_relu",
    "relu6",
    "stop_gradient",
    "isnan",
    "sin",
    "rsqrt",
    "erf",
)
REDUCTIONS = ("mean", "sum", "max", "min", "std", "var", "prod", "logsumexp", "norm", "argmax", "any")


def pointwise(m, x):
    return ops.cast(getattr(ops, m.r.choice(POINTWISE))(x), x.dtype)


def reduction(m, x):
    axis = m.r.choice((-1, 1, *range(1, len(x.shape))))
    result = getattr(ops, m.r.choice(REDUCTIONS))(x, axis=axis, keepdims=m.r.often(0.5))
    return ops.cast(result, x.dtype)


def shaping(m, x):
    last = len(x.shape) - 1
    ways = (
        lambda: ops.reshape(x, (-1, *x.shape[1:], 1)),
        lambda: ops.transpose(x, (0, *range(last, 0, -1))),
        lambda: ops.moveaxis(x, -1, 1),
        lambda: ops.concatenate([x, m.like(x)], axis=m.r.randint(1, last)),
        lambda: ops.stack([x, m.like(x)], axis=m.r.choice((1, -1))),
        lambda: ops.split(x, 2, axis=-1),
        lambda: ops.split(x, [1], axis=m.r.randint(1, last)),
        lambda: ops.unstack(x, axis=m.r.randint(1, last)),
        lambda: ops.tile(x, (1,) * last + (2,)),
        lambda: ops.repeat(x, 2, axis=1),
        lambda: ops.pad(x, ((0, 0), *([(m.r.randint(0, 2), 1)] * last))),
        lambda: ops.flip(x, axis=1),
        lambda: ops.roll(x, 1, axis=1),
        lambda: ops.expand_dims(x, m.r.randint(1, last + 1)),
        lambda: ops.squeeze(x, m.r.randint(1, last)),
        lambda: ops.take(x, [0, 0], axis=1),
        lambda: ops.broadcast_to(x[:, :1], (1, *x.shape[1:])),
        lambda: ops.diff(x, axis=-1),
    )
    return m.r.choice(ways)()


def computing(m, x):
    y, letters = m.like(x), "abcd"[: len(x.shape) - 1]
    ways = (
        lambda: ops.matmul(x, ops.swapaxes(y, -1, -2)),
        lambda: ops.einsum(f"{letters}i,{letters}i->{letters}", x, y),
        lambda: ops.einsum("abi,aci->abc", x, y),
        lambda: ops.tensordot(x, y, axes=([-1], [-1])),
        lambda: ops.clip(x, 0.0, 1.0),
        lambda: ops.maximum(x, 0.0),
        lambda: ops.minimum(x, y),
        lambda: ops.cumsum(x, axis=1),
        lambda: ops.one_hot(ops.argmax(x, axis=-1), 3),
        lambda: ops.top_k(x, 1)[0],
        lambda: ops.sort(x, axis=-1),
        lambda: list(ops.moments(x, axes=[1])),
        lambda: ops.softmax(x, axis=m.r.choice((-1, 1))),
        lambda: ops.normalize(x, axis=-1),
        lambda: ops.max_pool(x, 2, padding="same"),
        lambda: ops.average_pool(x, 2, strides=1),
        lambda: ops.image.resize(x, (m.r.randint(1, 6), 3)),
        lambda: ops.add(x, keras.ops.ones(x.shape[-1:])),
        lambda: ops.logical_not(x > 0),
        lambda: ops.dot_product_attention(x, y, y),
        lambda: ops.image.pad_images(x, 1, 1, 1, 1),
        lambda: ops.cross(x, y),
    )
    return m.r.choice(ways)()


ANY, MAPS, TIME = (2, 3, 4, 5), (3, 4, 5), (3,)
# What applies a layer, the ranks of the tensors that it may take, and how often it is drawn.
KINDS = (
    (convolution, MAPS, 5),
    (depthwise, (3, 4), 1),
    (separable, (3, 4), 1),
    (transposed, MAPS, 1),
    (own_convolution, (4,), 0.5),
    (pooling, MAPS, 3),
    (global_pooling, MAPS, 1),
    (adaptive_pooling, MAPS, 0.5),
    (padding, MAPS, 1.5),
    (resized, (4,), 1),
    (dense, ANY, 3),
    (einsum_dense, (2, 3, 4), 1),
    (normalization, ANY, 3),
    (activation, ANY, 3),
    (noise, ANY, 1),
    (reshaped, ANY, 2),
    (rescaled, ANY, 0.5),
    (embedded, (2,), 1),
    (encoded, (2,), 0.5),
    (masked, TIME, 0.5),
    (recurrent, TIME, 2),
    (encoder_decoder, TIME, 0.7),
    (bidirectional, TIME, 1),
    (cells, TIME, 1),
    (convolutional_recurrent, (4, 5), 0.7),
    (multi_head_attention, (3, 4), 2),
    (grouped_attention, TIME, 0.7),
    (attention, TIME, 1),
    (dot, (2, 3), 1),
    (merged, ANY, 4),
    (concatenated, ANY, 2),
    (over_time, MAPS, 1.5),
    (opaque, ANY, 1),
    (operator, ANY, 3),
    (pointwise, ANY, 1.5),
    (reduction, ANY, 1.5),
    (shaping, ANY, 2),
    (computing, ANY, 2),
)

# Kinds that may give several tensors, or are functions; a network without them can get a mistake by `mutate`.
NOT_PLAIN = {opaque, operator, pointwise, reduction, shaping, computing, embedded, encoded, encoder_decoder}
NOT_PLAIN |= {recurrent, bidirectional, cells, multi_head_attention}


def numbers():
    """Counts that keep the names of a model apart."""
    return count(1)
