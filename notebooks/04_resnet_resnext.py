# %% [markdown]
# # ResNet and ResNeXt: depth that helps
#
# How can a deeper network be *worse*? In this notebook you see this happen to a plain network of 56 layers.
# You also see the solution: residual blocks, which learn what to add to their input. The paper is Kaiming
# He, Xiangyu Zhang, Shaoqing Ren and Jian Sun, [Deep Residual Learning for Image
# Recognition](https://arxiv.org/abs/1512.03385) (2015). The second part is about ResNeXt, which splits a
# block into 32 small ones: Saining Xie, Ross Girshick, Piotr Dollár, Zhuowen Tu and Kaiming He, [Aggregated
# Residual Transformations for Deep Neural Networks](https://arxiv.org/abs/1611.05431) (2016). You will
# check that its three drawings of the block compute the same function.
#
# **90 minutes** with the exercises. **Before it:** notebook 2, and batch normalization. It runs in two
# minutes; the four networks of the first experiment train in one of them.

# %%
# %pip install --quiet "keras-cnns[notebooks]"

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers, ops
from sklearn.datasets import load_digits

import keras_cnns
from keras_cnns.building import without_weights
from keras_cnns.visualize import plot_model
from keras_cnns.weightless import build_weightless

keras.utils.set_random_seed(0)

# %% [markdown]
# ## More layers, more error
#
# Take a network and add layers on top. The larger network contains the smaller one: its new layers only
# need to pass on their input. So its error *on the training images* should never be higher. In practice it
# is. The paper's introduction calls this *degradation*.
#
# The paper's own small experiment (Section 4.2) has $6n + 2$ layers: a first convolution, three stages of
# $2n$ convolutions of 3×3, and a dense layer. With $n = 3$ this gives 20 layers, with $n = 9$ it gives 56.
# Here they are in a few lines, plain or residual, with half as many filters as the paper's. Where the map
# size halves and the number of maps doubles, the shortcut skips every other pixel and adds maps of zeros.
# It has no weights, so the plain and the residual network have exactly the same number of parameters.


# %%
def conv_bn(x, width, kernel=3, strides=1):
    start = {"use_bias": False, "kernel_initializer": "he_normal"}
    x = layers.Conv2D(width, kernel, strides, padding="same", **start)(x)
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x)


def zero_padded(x, width, strides):
    x = layers.MaxPooling2D(1, strides)(x) if strides > 1 else x  # a window of one pixel only skips
    return ops.pad(x, ((0, 0), (0, 0), (0, 0), (0, width - x.shape[-1])))


def small_network(n, residual, in_shape=(8, 8, 1), n_classes=10):
    inputs = keras.Input(in_shape)
    x = layers.ReLU()(conv_bn(inputs, 8))
    for stage, width in enumerate((8, 16, 32)):
        for block in range(n):
            strides = 2 if stage > 0 and block == 0 else 1
            y = layers.ReLU()(conv_bn(x, width, strides=strides))
            y = conv_bn(y, width)
            if residual:
                y = layers.Add()([y, x if x.shape == y.shape else zero_padded(x, width, strides)])
            x = layers.ReLU()(y)
    x = layers.GlobalAveragePooling2D()(x)
    outputs = layers.Dense(n_classes, activation="softmax")(x)
    return keras.Model(inputs, outputs, name=f"{'residual' if residual else 'plain'}_{6 * n + 2}")


networks = [small_network(n, residual) for residual in (False, True) for n in (3, 9)]
for model in networks:
    costs = keras_cnns.profile(model)
    print(f"{model.name}: {costs.depth} layers, {costs.params:,} parameters, {costs.macs:,} MACs")

# %%
plot_model(networks[2])

# %% [markdown]
# Now we train all four on the same 1,280 handwritten digits from scikit-learn, 8×8 pixels each, with the
# paper's optimizer: gradient descent with momentum 0.9, a learning rate of 0.1 and batches of 128. Only the
# length differs: we train for 5 epochs, which is 50 steps; the paper takes 64,000 steps. So read the curves
# as a start, not as an end: after 50 steps a plain network of 56 layers may not have begun to learn.

# %%
digits = load_digits()
images = (digits.images[:1280, ..., None] / 8 - 1).astype("float32")
labels = digits.target[:1280]


def learn(model):
    """Train for five epochs and return the training error of each, in per cent."""
    accuracy = keras.metrics.SparseCategoricalAccuracy("accuracy")
    model.compile(
        keras.optimizers.SGD(0.1, momentum=0.9),
        "sparse_categorical_crossentropy",
        metrics=[accuracy],
        jit_compile=keras.config.backend() == "jax",  # on other backends compiling takes longer than it saves
    )
    # If the optimizer's variables exist before the first step, TensorFlow traces the step once, not twice.
    model.optimizer.build(model.trainable_variables)
    history = model.fit(images, labels, batch_size=128, epochs=5, verbose=0)
    return [100 - 100 * right for right in history.history["accuracy"]]


errors = {}
for model in networks:
    errors[model.name] = learn(model)
    print(f"{model.name:12}", *(f"{error:5.1f} %" for error in errors[model.name]))

# %% [markdown]
# Next to our curves are the paper's results for residual networks on CIFAR-10 (test error, Table 6).

# %%
cifar = {20: 8.75, 32: 7.51, 44: 7.17, 56: 6.97, 110: 6.43}
figure, (ours, paper) = plt.subplots(1, 2, figsize=(8, 2.8), dpi=80, layout="constrained")
for name, curve in errors.items():
    color = "tab:red" if name.endswith("56") else "tab:blue"
    dashes = "--" if name.startswith("plain") else "-"
    ours.plot(range(1, 6), curve, dashes, color=color, label=name.replace("_", " "))
ours.set(title="digits, ours", xlabel="epoch", ylabel="training error, %", ylim=(0, 100))
ours.set_xticks(range(1, 6))
ours.legend(fontsize=8)
bars = paper.bar([f"{depth}" for depth in cifar], list(cifar.values()), color="tab:gray")
paper.bar_label(bars, fmt="%.2f", fontsize=8)
paper.set(title="CIFAR-10, the paper", xlabel="layers, residual", ylabel="test error, %", ylim=(0, 10))
plt.show()

# %%
last = {name: curve[-1] for name, curve in errors.items()}
assert last["plain_56"] > last["plain_20"] + 20
assert last["residual_56"] < last["plain_56"] - 40
assert last["residual_56"] > last["residual_20"] - 2

# %% [markdown]
# The degradation is clear: the plain network of 56 layers has hardly begun to learn when the one of 20
# layers gets most digits right. The problem is *optimization*, not overfitting, because these errors are on
# the training images themselves. With shortcuts, and without a single extra parameter, the network of 56
# layers learns.
#
# The experiment has limits. After only 50 steps, the residual network of 56 layers is not yet better than
# the one of 20. In the paper, after 64,000 steps, it is: 6.97 % against 8.75 %. With more steps, our plain
# network would improve as well. In the paper (Figure 6, left) plain-56 ends clearly above plain-20, and
# plain-110 is not even drawn, because its error stays above 60 %. The authors think that vanishing
# gradients are an unlikely cause, since the networks use batch normalization. Degradation also appears on
# ImageNet (top-1 error, ten crops, Table 2):
#
# | layers | plain | residual |
# |---:|---:|---:|
# | 18 | 27.94 % | 27.88 % |
# | 34 | 28.54 % | 25.03 % |

# %% [markdown]
# ## ResNet-50
#
# The networks for ImageNet stack such blocks in four stages. This is ResNet-50, drawn from its graph. We
# only look at it, so we build it without weights, which saves memory.

# %%
resnet = without_weights("resnet50")
plot_model(resnet)

# %% [markdown]
# Two modules make up the whole network. In an **identity block** the shortcut passes its input on as it is.
# In a **conv block**, the first of each stage, the shapes change, so the shortcut is a 1×1 convolution. The
# ReLU comes *after* the addition, so the branch can also add negative values.

# %% [markdown]
# ### The bottleneck
#
# From 50 layers on, a block has three convolutions: a 1×1 that reduces 256 maps to 64, a 3×3, and a 1×1
# that restores the 256 maps. How much does this save compared with two 3×3 convolutions of 256 maps? And
# compared with two of 64 maps, the block of ResNet-34?


# %%
def layer_series(maps, kernels, widths):
    x = inputs = keras.Input((56, 56, maps))
    for kernel, width in zip(kernels, widths):
        x = layers.Conv2D(width, kernel, padding="same", use_bias=False)(x)
    return keras.Model(inputs, x)


series = {
    "bottleneck on 256 maps": (256, (1, 3, 1), (64, 64, 256)),
    "two 3×3 on 256 maps": (256, (3, 3), (256, 256)),
    "two 3×3 on 64 maps": (64, (3, 3), (64, 64)),
}
for name, (maps, kernels, widths) in series.items():
    costs = keras_cnns.profile(layer_series(maps, kernels, widths))
    print(f"{name:22} {costs.params:9,} parameters, {costs.macs / 1e6:5,.0f} M MACs")

# %% [markdown]
# The bottleneck is 17 times cheaper than two 3×3 convolutions on the same 256 maps. It is even a little
# cheaper than the block of ResNet-34, although it passes on four times as many maps.

# %% [markdown]
# ### The shortcut: A, B or C?
#
# Section 4.1 of the paper tries three kinds of shortcut. **A**: pad with maps of zeros where the number of
# maps grows; this needs no parameters. **B**: use a 1×1 projection where the number of maps grows, and the
# identity elsewhere. **C**: use a projection everywhere. We build ResNet-34 with each, to count only.


# %%
def projection(x, width, strides):
    return conv_bn(x, width, 1, strides)


def resnet_34(option, in_shape=(224, 224, 3), n_classes=1000):
    inputs = keras.Input(in_shape)
    x = layers.ReLU()(conv_bn(inputs, 64, 7, 2))
    x = layers.MaxPooling2D(3, 2, padding="same")(x)
    for stage, depth in enumerate((3, 4, 6, 3)):
        width = 64 * 2**stage
        for block in range(depth):
            strides = 2 if stage > 0 and block == 0 else 1
            y = layers.ReLU()(conv_bn(x, width, 3, strides))
            y = conv_bn(y, width)
            if option == "C" or (option == "B" and x.shape != y.shape):
                x = projection(x, width, strides)
            elif x.shape != y.shape:
                x = zero_padded(x, width, strides)
            x = layers.ReLU()(layers.Add()([y, x]))
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(n_classes, activation="softmax")(x), name=f"resnet_34_{option}")


table_3 = {"A": 25.03, "B": 24.52, "C": 24.19}  # top-1 error, ten crops
for option, error in table_3.items():
    costs = keras_cnns.profile(build_weightless(resnet_34, option))
    print(f"{option}: {costs.trainable_params:,} parameters, {costs.macs / 1e9:.2f} G MACs, {error} %")

# %% [markdown]
# Projections help a little, but the gain comes mostly from having shortcuts at all: A is already 3.5 points
# better than the plain network. C costs the most for the least gain, and the authors do not use it. Since
# then everybody has used B, and so does `keras_cnns`.

# %% [markdown]
# ### Version 1.5
#
# Which ResNet-50 have you used? At the start of a stage, the paper's block has its stride in the first 1×1,
# which therefore ignores three of four pixels. Most libraries have the stride in the 3×3 instead. Every
# weight keeps its shape, but it is a different network.

# %%
v1_5 = without_weights("resnet50", stride_in_3x3=True)
report = keras_cnns.compare(v1_5, resnet)
print(report.headline)
print(f"{len(report.differences)} difference: {report.differences[0].mistake}. {report.differences[0].why}")
for model, name in ((resnet, "v1"), (v1_5, "v1.5")):
    costs = keras_cnns.profile(model)
    print(f"{name:4} {costs.trainable_params:,} parameters, {costs.macs / 1e9:.2f} G MACs")

# %% [markdown]
# ## ResNeXt: 32 towers, drawn three ways
#
# What if a block has many small branches of the same shape? The paper calls their number the *cardinality*,
# a dimension in addition to depth and width. Figure 3 draws the block with 32 branches in three ways: (a)
# 32 towers, summed; (b) 32 towers, concatenated before a common 1×1; (c) one grouped convolution. We write
# all three, without normalization to keep them short. In the pictures, a stack of cards in
# brackets stands for all the towers.


# %%
def conv(width, kernel, name, groups=1):
    return layers.Conv2D(width, kernel, padding="same", groups=groups, use_bias=False, name=name)


def summed(cardinality, inputs):
    towers = []
    for i in range(cardinality):
        x = layers.ReLU()(conv(4, 1, f"first_{i}")(inputs))
        x = layers.ReLU()(conv(4, 3, f"second_{i}")(x))
        towers.append(conv(256, 1, f"third_{i}")(x))
    return layers.Add()(towers)


def concatenated(cardinality, inputs):
    towers = []
    for i in range(cardinality):
        x = layers.ReLU()(conv(4, 1, f"first_{i}")(inputs))
        towers.append(layers.ReLU()(conv(4, 3, f"second_{i}")(x)))
    return conv(256, 1, "third")(layers.Concatenate()(towers))


def grouped(cardinality, inputs):
    x = layers.ReLU()(conv(4 * cardinality, 1, "first")(inputs))
    x = layers.ReLU()(conv(4 * cardinality, 3, "second", groups=cardinality)(x))
    return conv(256, 1, "third")(x)


def block_model(branch, cardinality=32):
    inputs = keras.Input((14, 14, 256))
    outputs = layers.ReLU()(layers.Add()([inputs, branch(cardinality, inputs)]))
    return keras.Model(inputs, outputs, name=branch.__name__)


# %%
form_a = block_model(summed)
plot_model(form_a, legend=False)

# %%
form_b = block_model(concatenated)
plot_model(form_b, legend=False)

# %%
form_c = block_model(grouped)
plot_model(form_c, legend=False)

# %% [markdown]
# Do they compute the same function? If so, the same weights must give the same output. Form (c) has three
# kernels. Tower $i$ has the maps $4i$ to $4i + 3$. It takes these columns of the first kernel. It takes the
# same columns of the second, which has only 4 input maps because it is grouped. And it takes these *rows*
# of the third. For (a) we split all three kernels, for (b) the first two.

# %%
first, second, third = (form_c.get_layer(name).get_weights()[0] for name in ("first", "second", "third"))
print("kernels of (c):", first.shape, second.shape, third.shape)

for i in range(32):
    maps = slice(4 * i, 4 * i + 4)
    for form in (form_a, form_b):
        form.get_layer(f"first_{i}").set_weights([first[..., maps]])
        form.get_layer(f"second_{i}").set_weights([second[..., maps]])
    form_a.get_layer(f"third_{i}").set_weights([third[:, :, maps]])
form_b.get_layer("third").set_weights([third])

some_maps = np.random.default_rng(0).normal(size=(2, 14, 14, 256)).astype("float32")
wanted = ops.convert_to_numpy(form_c(some_maps))
for form in (form_a, form_b, form_c):
    difference = np.abs(ops.convert_to_numpy(form(some_maps)) - wanted).max()
    assert difference < 1e-5
    print(f"{form.name:12} {form.count_params():,} parameters, differs by less than 1e-5")

# %% [markdown]
# All three compute the same function with 70,144 parameters. The sum in (a) is what a 1×1 convolution does
# with concatenated maps: it adds up the contributions of all maps. The grouped form is the fastest and
# shortest, so `keras_cnns` uses it. A whole ResNeXt-50 costs about as much as a ResNet-50. The errors below
# are from the ResNeXt paper (top-1, one crop).

# %%
for name, error in {"resnet50": 23.9, "resnext50": 22.2}.items():
    costs = keras_cnns.profile(without_weights(name))
    print(f"{name:9} {costs.trainable_params:,} parameters, {costs.macs / 1e9:.2f} G MACs, {error} %")

# %% [markdown]
# The paper's Table 1 gives 25.5 and 25.0 million parameters and 4.1 and 4.2 G multiply-adds. Its ResNet-50
# is version 1.5.

# %% [markdown]
# ## In short
#
# - A plain network can get worse with more layers, even on the training images.
# - A block that adds its input needs to learn only what to change; the ReLU comes after the sum.
# - A grouped convolution is many small towers, written as one layer.
#
# ## Exercises
#
# Replace `None` with your answer and run the cell again. The check raises an error if the answer is wrong.

# %% [markdown]
# ### Exercise 1: one ReLU
#
# Here is a residual network of 14 layers whose block was written from memory. Read the block, name the
# mistake in the words of `keras_cnns.compare`, and correct `their_block`.


# %%
def their_block(x, width):
    y = layers.ReLU()(conv_bn(x, width))
    y = layers.ReLU()(conv_bn(y, width))
    return layers.Add()([y, x])


def row_of_blocks(block):
    inputs = keras.Input((16, 16, 3))
    x = layers.ReLU()(conv_bn(inputs, 16))
    for _ in range(6):
        x = block(x, 16)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(10, activation="softmax")(x), name=block.__name__)


def paper_block(x, width):  # the same as in `small_network`
    y = layers.ReLU()(conv_bn(x, width))
    y = conv_bn(y, width)
    return layers.ReLU()(layers.Add()([y, x]))


mistake = None  # your turn: the name in brackets that keras_cnns.compare gives it
my_block = None  # your turn: a function like their_block

if mistake is not None:
    found = keras_cnns.compare(row_of_blocks(their_block), row_of_blocks(paper_block)).differences
    assert mistake in {difference.mistake for difference in found}
else:
    print("Exercise 1 is not done yet: mistake is None.")
if my_block is not None:
    keras_cnns.assert_matches(row_of_blocks(my_block), row_of_blocks(paper_block))
else:
    print("Exercise 1 is not done yet: my_block is None.")

# %% [markdown]
# ### Exercise 2: your own ResNet-50
#
# Write a bottleneck block and stack it 3, 4, 6 and 3 times, for images of 64×64 and 10 classes. Think about
# where the first stage needs a projection. The strided 3×3 and 7×7 convolutions, and the 3×3 pooling, are
# padded equally on all sides (`layers.ZeroPadding2D`). If you are stuck, `print(keras_cnns.compare(mine,
# "resnet50"))` shows what differs.

# %%
mine = None  # your turn

if mine is not None:
    keras_cnns.assert_matches(mine, "resnet50", ignore=["n_classes", "in_shape"])
else:
    print("Exercise 2 is not done yet: mine is None.")

# %% [markdown]
# ### Exercise 3: nothing on the shortcut
#
# A year later the same authors moved batch normalization and ReLU *before* each convolution and left
# nothing after the addition ([Identity Mappings in Deep Residual
# Networks](https://arxiv.org/abs/1603.05027), 2016). Write this pre-activation block. The check sets all
# kernels to zero. The block must then return its input, including the negative values.


# %%
def check_identity(block):
    inputs = keras.Input((8, 8, 16))
    model = keras.Model(inputs, block(inputs, 16))
    model.set_weights([0 * weight if weight.ndim == 4 else weight for weight in model.get_weights()])
    maps = np.random.default_rng(0).normal(size=(1, 8, 8, 16)).astype("float32")
    return bool(np.all(ops.convert_to_numpy(model(maps)) == maps))


print("the block of 2015 is the identity when its branch is zero:", check_identity(paper_block))
preactivated = None  # your turn

if preactivated is not None:
    assert check_identity(preactivated)
else:
    print("Exercise 3 is not done yet: preactivated is None.")

# %% [markdown]
# ## Solutions
#
# **Exercise 1.** The second ReLU is before the addition, so a block can never subtract anything. The
# numbers of layers and weights are the same, and the model's summary looks fine.


# %%
def corrected_block(x, width):
    y = layers.ReLU()(conv_bn(x, width))
    y = conv_bn(y, width)
    return layers.ReLU()(layers.Add()([y, x]))


report = keras_cnns.compare(row_of_blocks(their_block), row_of_blocks(paper_block))
print(report)
assert "ReLU before the addition" in {difference.mistake for difference in report.differences}
keras_cnns.assert_matches(row_of_blocks(corrected_block), row_of_blocks(paper_block))

# %% [markdown]
# **Exercise 2.** The stride is in the first 1×1. The shortcut is projected wherever the shapes differ, so
# also in the very first block: 64 maps come in, 256 go out.


# %%
def bottleneck_block(x, width, strides):
    y = layers.ReLU()(conv_bn(x, width, 1, strides))
    y = layers.ReLU()(conv_bn(y, width))
    y = conv_bn(y, 4 * width, 1)
    if x.shape != y.shape:
        x = conv_bn(x, 4 * width, 1, strides)
    return layers.ReLU()(layers.Add()([x, y]))


def resnet_50(in_shape, n_classes):
    inputs = keras.Input(in_shape)
    x = layers.Conv2D(64, 7, 2, use_bias=False)(layers.ZeroPadding2D(3)(inputs))
    x = layers.ReLU()(layers.BatchNormalization(epsilon=1e-5)(x))
    x = layers.MaxPooling2D(3, 2)(layers.ZeroPadding2D(1)(x))
    for stage, depth in enumerate((3, 4, 6, 3)):
        for block in range(depth):
            x = bottleneck_block(x, 64 * 2**stage, 2 if stage > 0 and block == 0 else 1)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(n_classes, activation="softmax")(x))


keras_cnns.assert_matches(resnet_50((64, 64, 3), 10), "resnet50", ignore=["n_classes", "in_shape"])
print("the paper's network")

# %% [markdown]
# **Exercise 3.** One path now runs through all blocks with nothing on it but additions.


# %%
def preactivation_block(x, width):
    y = x
    for _ in range(2):
        y = layers.ReLU()(layers.BatchNormalization(epsilon=1e-5)(y))
        y = layers.Conv2D(width, 3, padding="same", use_bias=False)(y)
    return layers.Add()([x, y])


assert check_identity(preactivation_block)
plot_model(row_of_blocks(preactivation_block), legend=False)

# %% [markdown]
# ## What to read next
#
# A grouped convolution with one group for each map is a *depthwise* convolution. Xception is built of
# these; it is in the next notebook.
