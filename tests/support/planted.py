"""Networks in which a block is planted N times, of the kinds that people stack."""

import random
from dataclasses import dataclass

import keras
from keras import layers


def attention(x, r):
    y = layers.LayerNormalization()(x)
    return layers.Add()([x, layers.MultiHeadAttention(2, 4)(y, y)])


def feed_forward(x, r):
    y = layers.Dense(r.choice((8, 16, 24)), activation="gelu")(layers.LayerNormalization()(x))
    return layers.Add()([x, layers.Dropout(0.1)(layers.Dense(x.shape[-1])(y))])


def encoder(x, r):
    """Pre-norm, as in ViT and GPT-2."""
    return feed_forward(attention(x, r), r)


def post_norm(x, r):
    """As in the transformer of 2017."""
    x = layers.LayerNormalization()(layers.Add()([x, layers.MultiHeadAttention(2, 4)(x, x)]))
    y = layers.Dense(x.shape[-1])(layers.Dense(16, activation="relu")(x))
    return layers.LayerNormalization()(layers.Add()([x, y]))


def decoder(x, r):
    """Two attentions and the feed-forward part."""
    return feed_forward(attention(attention(x, r), r), r)


def mixer(x, r):
    """Over places, then over channels, as in MLP-Mixer."""
    y = layers.Permute((2, 1))(layers.LayerNormalization()(x))
    y = layers.Dense(x.shape[1])(layers.Dense(8, activation="gelu")(y))
    return feed_forward(layers.Add()([x, layers.Permute((2, 1))(y)]), r)


def pre_activation(x, r):
    """As in ResNet-v2."""
    y = x
    for size in (1, 3, 1):
        y = layers.ReLU()(layers.BatchNormalization()(y))
        y = layers.Conv2D(x.shape[-1] if size == 1 else r.choice((4, 8)), size, padding="same")(y)
    return layers.Add()([x, y])


def convnext(x, r):
    y = layers.LayerNormalization()(layers.DepthwiseConv2D(7, padding="same")(x))
    y = layers.Dense(x.shape[-1])(layers.Dense(4 * x.shape[-1], activation="gelu")(y))
    return layers.Add()([x, y])


def two_kernels(x, r):
    """Two residual blocks that alternate."""
    for size in (3, 5):
        y = layers.Conv2D(r.choice((4, 8)), size, padding="same", activation="relu")(x)
        x = layers.Add()([x, layers.Conv2D(x.shape[-1], 1)(y)])
    return x


def inception(x, r):
    y = layers.Conv2D(r.choice((4, 8)), 3, padding="same", activation="relu")(x)
    z = layers.Conv2D(r.choice((4, 8)), 5, padding="same", activation="relu")(x)
    return layers.Concatenate()([y, z, layers.MaxPooling2D(3, 1, padding="same")(x)])


class OwnEncoder(keras.Layer):
    """The block as tutorials write it."""

    def __init__(self, width, name=None):
        super().__init__(name=name)
        self.norms = [layers.LayerNormalization() for _ in range(2)]
        self.attention = layers.MultiHeadAttention(2, 4)
        self.dense = [layers.Dense(16, activation="gelu"), layers.Dense(width)]

    def call(self, x):
        y = self.norms[0](x)
        x = x + self.attention(y, y)
        return x + self.dense[1](self.dense[0](self.norms[1](x)))


def own_layer(x, r):
    return OwnEncoder(x.shape[-1])(x)


def own_model(x, r):
    i = keras.Input(x.shape[1:])
    return keras.Model(i, feed_forward(attention(i, r), r), name=f"encoder_{r.randint(0, 10**9)}")(x)


SEQUENCES = (encoder, post_norm, decoder, mixer, own_layer, own_model)
IMAGES = (pre_activation, convnext, two_kernels, inception)


@dataclass(frozen=True)
class Planted:
    model: keras.Model
    times: int
    block: str
    ends: tuple[str, ...]


def planted(seed: int) -> Planted:
    """The network of a seed: something, a block so many times, perhaps a normalization, a head."""
    r = random.Random(seed)
    block = (SEQUENCES + IMAGES)[seed % len(SEQUENCES + IMAGES)]
    times = r.randint(3, 9)
    if block in SEQUENCES:
        inputs = keras.Input((12,), dtype="int32")
        x = layers.Embedding(50, 8)(inputs)
        if r.random() < 0.3:
            x = layers.LayerNormalization()(x)
        norms = ((), ("LayerNormalization",))
    else:
        inputs = keras.Input((16, 16, 3))
        x = layers.Conv2D(8, r.choice((2, 4, 7)), padding="same", strides=r.choice((1, 2)))(inputs)
        norms = (
            (),
            ("LayerNormalization",),
            ("BatchNormalization", "ReLU"),
            ("ReLU",),
            ("BatchNormalization",),
        )
    for _ in range(times):
        x = block(x, r)
    ends = r.choice(norms)
    for name in ends:
        x = getattr(layers, name)()(x)
    pool = layers.GlobalAveragePooling1D if block in SEQUENCES else layers.GlobalAveragePooling2D
    x = r.choice((pool(), layers.Flatten()))(x)
    return Planted(keras.Model(inputs, layers.Dense(3, activation="softmax")(x)), times, block.__name__, ends)
