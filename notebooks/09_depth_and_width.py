# %% [markdown]
# # What made depth and width pay
#
# Shortcuts made networks of a hundred layers trainable. Three papers of the year 2016 ask what to do with
# that. [ResNet v2](https://arxiv.org/abs/1603.05027) (He, Zhang, Ren and Sun, ECCV 2016) keeps the shortcut
# free of everything else, so that depth can grow. [Wide ResNet](https://arxiv.org/abs/1605.07146) (Zagoruyko
# and Komodakis, BMVC 2016) makes fewer layers wider. [DenseNet](https://arxiv.org/abs/1608.06993) (Huang,
# Liu, van der Maaten and Weinberger, CVPR 2017) appends maps where ResNet adds them. You will build all
# three small, see what passes along their shortcuts, and train them on the same digits.
#
# **60 minutes** with the exercises. **Before it:** notebook 4. It runs in about a minute, most of it in
# training four networks.

# %%
# %pip install --quiet "keras-cnns[notebooks]"

# %%
import time

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

import keras_cnns
from keras_cnns.building import without_weights
from keras_cnns.visualize import plot_model

keras.utils.set_random_seed(9)
random = np.random.default_rng(9)

# %% [markdown]
# ## Where does the ReLU stand?
#
# In the block of 2015, the sum of shortcut and branch passes through a ReLU. In the block of 2016, batch
# normalization and ReLU stand *before* each convolution, inside the branch, and nothing follows the sum.
# Both have the same convolutions.


# %%
def conv(x, width, strides=1, kernel=3):
    options = {"use_bias": False, "kernel_initializer": "he_normal"}
    return layers.Conv2D(width, kernel, strides, padding="same", **options)(x)


def norm(x):
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x)


def norm_relu(x):
    return layers.ReLU()(norm(x))


def block_v1(x, width, strides=1):
    y = norm(conv(norm_relu(conv(x, width, strides)), width))
    if x.shape != y.shape:
        x = norm(conv(x, width, strides, kernel=1))
    return layers.ReLU()(layers.Add()([x, y]))


def block_v2(x, width, strides=1):
    y = norm_relu(x)
    if strides > 1 or x.shape[-1] != width:
        x = conv(y, width, strides, kernel=1)
    return layers.Add()([x, conv(norm_relu(conv(y, width, strides)), width)])


def alone(block, name, repeats=1):
    inputs = x = keras.Input((8, 8, 16))
    for _ in range(repeats):
        x = block(x, 16)
    return keras.Model(inputs, x, name=name)


plot_model(alone(block_v1, "version_1"))

# %%
plot_model(alone(block_v2, "version_2"))

# %% [markdown]
# Suppose the branches add nothing yet. What comes out of a row of 25 blocks? We set all kernels to zero.

# %%
maps = random.normal(size=(4, 8, 8, 16)).astype("float32")
for block in (block_v1, block_v2):
    row = alone(block, "row", repeats=25)
    for layer in row.layers:
        if isinstance(layer, layers.Conv2D):
            layer.set_weights([np.zeros_like(layer.get_weights()[0])])
    out = keras.ops.convert_to_numpy(row(maps))
    print(f"{block.__name__}: {np.mean(out == maps):.0%} of the numbers come out as they went in")
    assert np.array_equal(out, maps if block is block_v2 else np.maximum(maps, 0))

# %% [markdown]
# A row of the new blocks *is* the identity. The old ones let pass only what is positive: no negative number
# gets through. The paper shows that the gradient, too, has a free way back through the new blocks (Section
# 2), and reports the gain where depth is extreme: on CIFAR-10, a ResNet of 1001 layers has an error of 7.61 %
# with the old block and of 4.92 % with the new one (Table 3).
#
# For ImageNet the library has both. `compare` says how the networks differ:

# %%
report = keras_cnns.compare("resnet50_v2", "resnet50")
print(report.headline)
plot_model(without_weights("resnet50_v2"))

# %% [markdown]
# ## Appending instead of adding
#
# In a dense block, each layer reads *all* maps made before it and appends a few new ones, the *growth rate*.
# Nothing is added, so nothing is overwritten.


# %%
def dense_layer(x, growth):
    y = conv(norm_relu(x), 4 * growth, kernel=1)
    return layers.Concatenate()([x, conv(norm_relu(y), growth)])


def dense_block(x, depth, growth):
    for _ in range(depth):
        x = dense_layer(x, growth)
    return x


inputs = keras.Input((8, 8, 16))
dense = keras.Model(inputs, dense_block(inputs, 6, 12), name="dense_block")
plot_model(dense)

# %%
out = keras.ops.convert_to_numpy(dense(maps))
print("maps after the block:", out.shape[-1], "= 16 + 6 · 12")
print("the first 16 are the input, unchanged:", np.array_equal(out[..., :16], maps))
assert out.shape[-1] == 16 + 6 * 12 and np.array_equal(out[..., :16], maps)

# %% [markdown]
# What does it save? We count the two networks for ImageNet.

# %%
for name in ("resnet50", "densenet121"):
    costs = keras_cnns.profile(without_weights(name))
    print(
        f"{name:12} {costs.trainable_params / 1e6:5.1f} M parameters, {costs.macs / 1e9:.2f} G multiply-adds"
    )

# %% [markdown]
# DenseNet-121 has less than a third of the parameters, but nearly three quarters of the multiply-adds. Its
# top-1 error is 25.02 % for one crop (Table 3 of the paper).

# %% [markdown]
# ## Deep, wide or dense? An experiment
#
# Four small networks learn the same 1,280 digits of 8×8 pixels and are tested on 517 others. Two are deep
# and thin: 38 layers of the old and of the new block. The third has 14 layers of the new block, twice as
# wide. The fourth is dense. All have between 120,000 and 220,000 parameters.


# %%
def residual(name, block, n, widths):
    """Three stages of n blocks each; with the ends these are 6n + 2 layers."""
    inputs = keras.Input((8, 8, 1))
    x = conv(inputs, widths[0])
    x = norm_relu(x) if block is block_v1 else x
    for stage, width in enumerate(widths):
        for i in range(n):
            x = block(x, width, 2 if stage > 0 and i == 0 else 1)
    return ending(name, inputs, x if block is block_v1 else norm_relu(x))


def dense_network(name, depth, growth):
    """Three dense blocks; between them half as many maps of half the size."""
    inputs = keras.Input((8, 8, 1))
    x = conv(inputs, 2 * growth)
    for stage in range(3):
        x = dense_block(x, depth, growth)
        if stage < 2:
            x = layers.AveragePooling2D(2)(conv(norm_relu(x), x.shape[-1] // 2, kernel=1))
    return ending(name, inputs, norm_relu(x))


def ending(name, inputs, x):
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(10, activation="softmax")(x), name=name)


networks = [
    residual("deep_v1", block_v1, 6, (8, 16, 32)),
    residual("deep_v2", block_v2, 6, (8, 16, 32)),
    residual("wide_v2", block_v2, 2, (16, 32, 64)),
    dense_network("dense", 6, 12),
]
for model in networks:
    costs = keras_cnns.profile(model)
    print(f"{model.name}: {costs.depth} layers, {costs.params:,} parameters, {costs.macs / 1e6:.1f} M MACs")
    assert 120_000 < costs.params < 220_000

# %%
digits = load_digits()
images = (digits.images[..., None] / 8 - 1).astype("float32")
train, test = slice(0, 1280), slice(1280, None)
EPOCHS = 5


def learn(model):
    """Train, and return the error on the training images of each epoch in per cent, and seconds an epoch."""
    model.compile(
        keras.optimizers.SGD(0.1, momentum=0.9),
        "sparse_categorical_crossentropy",
        metrics=[keras.metrics.SparseCategoricalAccuracy("accuracy")],
        jit_compile=keras.config.backend() == "jax",  # on other backends compiling takes longer than it saves
    )
    model.optimizer.build(model.trainable_variables)
    ends = []
    told = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: ends.append(time.perf_counter()))
    history = model.fit(
        images[train], digits.target[train], batch_size=64, epochs=EPOCHS, verbose=0, callbacks=[told]
    )
    return [100 - 100 * right for right in history.history["accuracy"]], min(np.diff(ends))


curves, tests = {}, {}
for model in networks:
    curves[model.name], seconds = learn(model)
    right = keras.ops.convert_to_numpy(model(images[test])).argmax(-1) == digits.target[test]
    tests[model.name] = 100 - 100 * right.mean()
    print(
        f"{model.name:8}",
        *(f"{error:5.1f} %" for error in curves[model.name]),
        f"; test {tests[model.name]:.1f} %; {seconds:.2f} s an epoch here",
    )

# %%
_, ax = plt.subplots(figsize=(6, 2.8), dpi=80)
for name, curve in curves.items():
    ax.plot(range(1, EPOCHS + 1), curve, "o-", label=name.replace("_", " "))
ax.set(xlabel="epoch", ylabel="training error, %", ylim=(0, 60), xticks=range(1, EPOCHS + 1))
ax.legend(fontsize=8)
plt.show()

# %%
assert curves["deep_v2"][-1] < curves["deep_v1"][-1] and curves["wide_v2"][-1] < curves["deep_v1"][-1]

# %% [markdown]
# Of the two deep networks, the one with the new block learns faster. The wide one, with the same block, less
# depth and somewhat more parameters, is further after one epoch than either. Look at the seconds, too: a
# machine can compute the maps of one layer at once, but the layers only one after the other. That is the
# argument of Wide ResNet; its WRN-28-10 reports an error of 4.00 % on CIFAR-10, with 36.5 million parameters.
# The dense one does more multiply-adds with its parameters, since each of its layers reads so many maps.
#
# The experiment has limits: one seed, five epochs, small images and one learning rate for all. It shows how
# training *starts*, not which network is best in the end. Run it with another seed before you believe a
# difference of a point or two.

# %% [markdown]
# ## In short
#
# - With nothing after the addition, a row of blocks can pass its input on unchanged, however long it is.
# - Layers follow one another, maps of a layer do not: time is no simple function of the multiply-adds.
# - Dense connections save parameters by reading old maps again; they do not save as many multiply-adds.
#
# ## Exercises
#
# ### Exercise 1: the sum before the ReLU
#
# Build the block of version 2 for 16 maps of 8×8, without a change of shape, from Keras' layers.

# %%
mine = None  # your turn: a keras.Model on keras.Input((8, 8, 16))

if mine is not None:
    keras_cnns.assert_matches(mine, alone(block_v2, "block"))
else:
    print("Exercise 1 is not done yet: mine is None.")

# %% [markdown]
# ### Exercise 2: how many maps?
#
# A dense block reads 64 maps, has 12 layers and a growth rate of 32. How many maps does its last layer read,
# and how many does the block give?

# %%
read, given = None, None  # your turn: two numbers

inputs = keras.Input((8, 8, 64))
large = keras.Model(inputs, dense_block(inputs, 12, 32), name="large")
if read is not None:
    assert (read, given) == (large.layers[-1].input[0].shape[-1], large.output_shape[-1])
else:
    print("Exercise 2 is not done yet: read is None.")

# %% [markdown]
# ## Solutions
#
# **1.** Normalization and ReLU stand before each of the two convolutions.

# %%
block_input = y = keras.Input((8, 8, 16))
for _ in range(2):
    y = layers.ReLU()(layers.BatchNormalization(epsilon=1e-5)(y))
    y = layers.Conv2D(16, 3, padding="same", use_bias=False)(y)
mine = keras.Model(block_input, layers.Add()([block_input, y]), name="mine")
keras_cnns.assert_matches(mine, alone(block_v2, "block"))

# %% [markdown]
# **2.** Eleven layers before the last have appended 32 maps each.

# %%
read, given = 64 + 11 * 32, 64 + 12 * 32
assert (read, given) == (large.layers[-1].input[0].shape[-1], large.output_shape[-1])
print(f"the last layer reads {read} maps, the block gives {given}")

# %% [markdown]
# ## What to read next
#
# This is the last notebook about architectures. Notebook 10 is for teachers. `keras-cnns list` shows all
# networks; each is in one file, which you may read, copy and change.
