# %% [markdown]
# # LeNet-5: a network that reads digits
#
# You will do a convolution by hand and then let Keras do it, see why LeNet-5 has 60,000 weights where a
# dense network would need millions, train it on real handwritten digits within seconds, and look at what its
# filters see. The paper is *Gradient-Based Learning Applied to Document Recognition* by Yann LeCun, Léon
# Bottou, Yoshua Bengio and Patrick Haffner, [Proceedings of the IEEE 86(11),
# 1998](https://doi.org/10.1109/5.726791); all references below are to it.

# %%
# %pip install --quiet "keras-cnns[notebooks]"

# %%
from math import prod

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers

import keras_cnns
from keras_cnns import training
from keras_cnns.architectures.lenet import TABLE_I, SubSampling2D, TableConv2D, lenet_5, scaled_tanh
from keras_cnns.visualize import plot_model

keras.utils.set_random_seed(1998)
plt.rcParams.update({"figure.dpi": 80, "image.cmap": "gray", "axes.titlesize": 9})

# %% [markdown]
# ## The digits
#
# scikit-learn comes with 1,797 handwritten digits of 8×8 pixels. `training.load` reads them and holds out a
# fifth of each class; `training.pixels` enlarges an image to LeNet-5's 32×32. The paper codes white as -0.1
# and black as 1.175, so that over an image the mean is near 0 and the variance near 1, which speeds up
# learning (Section II.B). In our pictures, large values are bright.

# %%
data = training.load("digits")


def images_of(grey):
    """8-bit images to (images, 32, 32, 1) in the range of the paper."""
    return -0.1 + 1.275 * np.stack([training.pixels(image, (32, 32, 1)) for image in grey])


images, held_out = images_of(data.train[0]), images_of(data.test[0])
labels, held_out_labels = data.train[1], data.test[1]
print(images.shape, held_out.shape, f"from {images.min():.3f} to {images.max():.3f}")

# %% [markdown]
# ## Convolution by hand
#
# A convolution lays a small window of weights, the *kernel*, over every place of the image, multiplies the
# values that coincide and adds them up. Two loops are enough. This kernel responds where the image is
# brighter on the right than on the left:


# %%
def convolve(image, kernel):
    """Slide the kernel over the image; only places where it fits whole."""
    height, width = kernel.shape
    rows, columns = image.shape[0] - height + 1, image.shape[1] - width + 1
    result = np.empty((rows, columns), "float32")
    for i in range(rows):
        for j in range(columns):
            result[i, j] = np.sum(image[i : i + height, j : j + width] * kernel)
    return result


edge = np.outer([1, 2, 3, 2, 1], [-1, -1, 0, 1, 1]).astype("float32") / 9
digit = images[8, :, :, 0]
by_hand = convolve(digit, edge)

figure, axes = plt.subplots(1, 3, figsize=(7, 2.3))
titles = f"digit, {digit.shape}", f"kernel, {edge.shape}", f"convolved, {by_hand.shape}"
for axis, picture, title in zip(axes, (digit, edge, by_hand), titles):
    axis.imshow(picture)
    axis.set_title(title)
    axis.axis("off")

# %% [markdown]
# The kernel fits at 32 - 5 + 1 = 28 places in each direction, so the map is 28×28. Does
# `keras.layers.Conv2D` with the same kernel compute the same? (A mathematician would call this
# *cross-correlation*: a convolution proper turns the kernel by 180° first. As the weights are learned, it
# makes no difference which of the two one trains.)

# %%
layer = layers.Conv2D(1, 5, use_bias=False)
layer.build((None, 32, 32, 1))
layer.set_weights([edge[:, :, None, None]])  # height, width, maps in, maps out


def by_keras(image):
    return keras.ops.convert_to_numpy(layer(image[None, :, :, None]))[0, :, :, 0]


print("largest difference below 1e-5:", np.abs(by_keras(digit) - by_hand).max() < 1e-5)

moved = np.roll(digit, (2, 3), axis=(0, 1))  # the digit two rows down and three columns to the right
print("what moves in the image moves in the map:", np.allclose(by_keras(moved)[2:, 3:], by_hand[:-2, :-3]))
assert np.allclose(by_keras(digit), by_hand, atol=1e-5)
assert np.allclose(by_keras(moved)[2:, 3:], by_hand[:-2, :-3], atol=1e-5)

# %% [markdown]
# The second line is the point. An edge is an edge wherever it is, so *one* kernel serves all places.
# LeNet-5's first layer, C1, has six such kernels. What would it cost if each of its units had weights of its
# own, or saw all pixels?

# %%
units = 28 * 28 * 6
print(f"shared by all places:    {6 * (5 * 5 + 1):>10,}")
print(f"a window for each unit:  {units * (5 * 5 + 1):>10,}")
print(f"all pixels for each:     {units * (32 * 32 + 1):>10,}")

# %% [markdown]
# ## Sub-sampling
#
# Where exactly an edge is matters less than where it is relative to others. So S2 halves the map: it adds up
# each square of 2×2, and, unlike the pooling of today, multiplies the sum by a *trained* coefficient and
# adds a *trained* bias, one of each for a map. Again by hand and by layer:

# %%
coefficient, bias = 0.2, -0.5
squares = by_hand.reshape(14, 2, 14, 2).sum(axis=(1, 3))
sampled = squares * coefficient + bias

sub_sampling = SubSampling2D(2)
sub_sampling.build((None, 28, 28, 1))
sub_sampling.set_weights([np.array([coefficient]), np.array([bias])])
from_layer = keras.ops.convert_to_numpy(sub_sampling(by_hand[None, :, :, None]))[0, :, :, 0]
assert np.allclose(from_layer, sampled, atol=1e-5)
print(f"{by_hand.shape} to {from_layer.shape} with {sub_sampling.count_params()} weights, the same by hand")

# %% [markdown]
# Both are followed by the *squashing function* f(a) = 1.7159 tanh(2a/3), whose odd constants make f(1) = 1
# and f(-1) = -1 (Appendix A). With that we have all parts, and this is the whole network (Fig. 2):

# %%
model = lenet_5(opt=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.005, 8 * 45)))
plot_model(model, show_shapes=True)

# %% [markdown]
# ## Which map reads which: the table of C3
#
# C3 makes sixteen maps out of the six of S2, but only the last of the sixteen sees all six. Table I of the
# paper says which sees which:

# %%
table = np.zeros((6, 16))
for column, row in enumerate(TABLE_I):
    table[list(row), column] = 1

figure, axis = plt.subplots(figsize=(6, 2.3))
axis.pcolormesh(table, cmap="Blues", vmax=1.4, edgecolors="white", linewidth=1.5)
axis.set(xlabel="map of C3", ylabel="map of S2", xticks=np.arange(16) + 0.5, yticks=np.arange(6) + 0.5)
axis.set(xticklabels=range(16), yticklabels=range(6), aspect="equal")
axis.invert_yaxis()

pairs = int(table.sum())
print(f"{pairs} of 96 pairs: {pairs} · 25 + 16 = {25 * pairs + 16:,} weights; full: {25 * 96 + 16:,}")
assert len(set(TABLE_I)) == 16

# %% [markdown]
# Why not full? The paper gives two reasons. It keeps the number of connections within bounds, which mattered
# in 1998. And it breaks symmetry: as no two columns of the picture are alike, each map of C3 gets other
# inputs and is pushed to find another feature. Today one relies on random initial weights for the second,
# and on faster machines for the first.
#
# ## Does it add up to the paper's numbers?
#
# Section II.B gives trainable parameters and connections layer by layer. A shared weight is one parameter,
# and one connection at every place where it is used. We let `profile` count the parameters:

# %%
PAPER = {  # trainable parameters, connections
    "c1": (156, 122_304),
    "s2": (12, 5_880),
    "c3": (1_516, 151_600),
    "s4": (32, 2_000),
    "c5": (48_120, 48_120),
    "f6": (10_164, 10_164),
}
profile = keras_cnns.profile(model)
print("layer  parameters    paper  connections    paper")
for row in profile.rows:
    if row.params and row.stage in PAPER:
        places = prod(row.shape[1:-1])
        # A unit of S2 or S4 has four inputs and a bias, though the four share one coefficient.
        each = 5 * row.shape[-1] if row.kind == "SubSampling2D" else row.params
        ours, paper = (row.params, each * places), PAPER[row.stage]
        print(f"{row.stage:5} {ours[0]:11,} {paper[0]:8,} {ours[1]:12,} {paper[1]:8,}")
        assert ours == paper

parameters, connections = (sum(column) for column in zip(*PAPER.values()))
softmax = profile.params - parameters
print(f"sum   {parameters:11,} {60_000:8,} {connections:12,}")
print(f"here a softmax follows, {softmax} more: {profile.params:,} parameters")
assert (parameters, connections, softmax) == (60_000, 340_068, 850)

# %% [markdown]
# The paper's ten output units have no trained weights at all: each compares the 84 values of F6 with a fixed
# code, a small drawing of the digit in 7×12 pixels. That adds 840 connections, for the paper's total of
# 340,908, and leaves 60,000 parameters. We put a softmax in their place, which trains with cross-entropy and
# has 84 · 10 + 10 = 850.
#
# Note where things are: C5, which sees the whole 5×5 map at once and so is a dense layer in all but name,
# has four fifths of the parameters; C1 and C3, the convolutions proper, have four fifths of the connections,
# and those are the work. The next notebook finds the same on a larger scale.
#
# ## Training
#
# The paper trains with a second-order method of its own, on 60,000 digits. Adam, eight epochs and 1,438
# digits are enough for a demonstration.

# %%
before = model.layers[1].get_weights()[0]
one_hot = np.eye(10, dtype="float32")
history = model.fit(images, one_hot[labels], batch_size=32, epochs=8, verbose=0)
loss, accuracy = model.evaluate(held_out, one_hot[held_out_labels], verbose=0)
print(f"right on {accuracy:.1%} of {len(held_out)} digits that it has never seen")
assert accuracy > 0.95

# %% [markdown]
# More than 95 %, from 8×8 pixels and some hundred examples of each digit. (As usually quoted, the paper
# reports an error of 0.95 % on MNIST. These are other digits, fewer and coarser, so the two numbers cannot
# be compared.)
#
# ## What the filters see
#
# First the six kernels of C1, before and after training, positive weights bright, each kernel in its own
# contrast. The number is the sum of a kernel's weights, divided by the sum of their sizes.

# %%
after = model.layers[1].get_weights()[0]
figure, axes = plt.subplots(2, 6, figsize=(6, 2.4))
for line, kernels, title in zip(axes, (before, after), ("before", "after")):
    for i, axis in enumerate(line):
        kernel = kernels[:, :, 0, i]
        axis.imshow(kernel)
        axis.set_title(f"{title}: {kernel.sum() / np.abs(kernel).sum():+.1f}")
        axis.axis("off")
figure.tight_layout()

# %% [markdown]
# They began as noise, and after so short a training much of that is still there. But something has grown on
# top of it. Where the number has moved away from 0, most weights have one sign: such a kernel blurs the
# digit, or its negative. Where it has stayed near 0, look for a bright side and a dark side: that is an edge
# detector like the one that we made by hand, but learned. None of them was told what to look for.
#
# To see what they make of a digit, cut the model at the layers that carry the paper's names. `features` gives
# a model with three outputs that shares the weights:

# %%
maps = keras_cnns.features(model, ["c1", "s2", "c3"])
c1, s2, c3 = (output[0] for output in maps.predict(held_out[90:91], verbose=0))

figure, axes = plt.subplots(4, 8, figsize=(7, 3.8))
lines = (
    ("C1", [held_out[90, :, :, 0], *np.moveaxis(c1, -1, 0)]),
    ("S2", [None, *np.moveaxis(s2, -1, 0)]),
    ("C3", np.moveaxis(c3, -1, 0)[:8]),
    ("C3", np.moveaxis(c3, -1, 0)[8:]),
)
for line, (name, pictures) in zip(axes, lines):
    for axis in line:
        axis.axis("off")
    for axis, picture in zip(line, pictures):
        if picture is not None:
            axis.imshow(picture)
            axis.set_title("input" if picture.shape == (32, 32) else name)
figure.tight_layout()

# %% [markdown]
# Some maps of C1 are the digit itself, blurred; others light up along one side of its strokes. S2 shows the
# same, coarser, at times as a negative. The sixteen maps of C3 combine three to six of these. Each of their
# units looks at 14×14 pixels, as `profile` says, and what it answers to is harder to put into words. What
# has S2 learned?

# %%
first_sampling = next(layer for layer in model.layers if isinstance(layer, SubSampling2D))
coefficients, biases = first_sampling.get_weights()
print("coefficients", coefficients.round(2))
print("biases      ", biases.round(2))
print("pixels that a unit sees:", {row.stage: row.receptive_field for row in profile.rows[1:10:2]})

# %% [markdown]
# The paper explains how to read them: with a small coefficient the squashing function stays in its straight
# part, and S2 merely blurs; with a large one it saturates, and a unit becomes something like "any of the
# four" or "all four", depending on the bias.
#
# ## What it confuses

# %%
found = model.predict(held_out, verbose=0).argmax(axis=-1)
confusion = np.zeros((10, 10), int)
np.add.at(confusion, (held_out_labels, found), 1)
wrong = np.flatnonzero(found != held_out_labels)

figure = plt.figure(figsize=(8, 3))
left, right = figure.subfigures(1, 2, width_ratios=(1, 1.4))
axis = left.subplots()
axis.imshow(np.where(confusion, confusion, np.nan), cmap="Blues", vmax=60)
for i, j in zip(*np.nonzero(confusion)):
    axis.text(j, i, confusion[i, j], ha="center", va="center", fontsize=7)
axis.set(xlabel="found", ylabel="true", xticks=range(10), yticks=range(10))
for axis in right.subplots(2, 5).flat:
    axis.axis("off")
for axis, i in zip(right.axes, wrong):
    axis.imshow(held_out[i, :, :, 0])
    axis.set_title(f"{held_out_labels[i]}, not {found[i]}")

print(f"{len(wrong)} of {len(held_out)} are wrong")

# %% [markdown]
# On the right are up to ten of those that it got wrong: some would make you think twice as well.
#
# ## Exercises
#
# ### Exercise 1: the table filled up
#
# Build LeNet-5 with a C3 that sees all six maps, `Conv2D(16, 5)`, and everything else as it is. Before you
# run it: how many parameters more, and what will `compare` say? (The pieces are imported above:
# `SubSampling2D`, `scaled_tanh`.)

# %%
mine = None  # your turn: keras.Sequential([keras.Input((32, 32, 1)), layers.Conv2D(6, 5), ...])

if mine is not None:
    print(keras_cnns.compare(mine, "lenet_5"))
    keras_cnns.assert_matches(mine, "lenet_5", ignore=["different kind of layer"])

# %% [markdown]
# ### Exercise 2: LeNet-5 from Keras' own layers
#
# Tutorials build "LeNet-5" from what Keras has: `Conv2D`, `AveragePooling2D`, `Dense`, and tanh as it is.
# Do that, following the names C1, S2, C3, S4, C5, F6, and use `compare` to find everything in which yours is
# not the paper's. Which of the differences change the number of parameters? Put those that *must* differ
# into `ignore`; what is left you can repair.

# %%
mine = None  # your turn
must_differ = []  # for example ["different activation"]: the words in brackets in the report

if mine is not None:
    report = keras_cnns.compare(mine, "lenet_5", ignore=must_differ)
    print(report)
    keras_cnns.assert_matches(mine, "lenet_5", ignore=must_differ)

# %% [markdown]
# ### Exercise 3: the other LeNet
#
# What many call LeNet is an example that came with Caffe in 2014. Run
# `print(keras_cnns.compare("lenet_caffe", "lenet_5"))`, list five differences, and build it from what the
# report says.

# %%
five = []  # your turn: the differences in your own words
mine = None  # and the network, which starts with keras.Input((28, 28, 1))

if mine is not None:
    keras_cnns.assert_matches(mine, "lenet_caffe")

# %% [markdown]
# ## Solutions
#
# **Exercise 1.** 36 kernels of 25 weights more, that is 900: 2,416 for C3 and 61,750 in all. `compare` finds
# one difference, the kind of layer. A table with all six maps in each row would be the same function.


# %%
def lenet(third, sub_sampling, squash):
    """LeNet-5 with C3, the kind of sub-sampling and the squashing function to be chosen."""
    trunk = [layers.Conv2D(6, 5), sub_sampling(2), third, sub_sampling(2), layers.Conv2D(120, 5)]
    squashed = [one for layer in trunk for one in (layer, layers.Activation(squash))]
    head = [layers.Flatten(), layers.Dense(84), layers.Activation(squash), layers.Dense(10, "softmax")]
    return keras.Sequential([keras.Input((32, 32, 1)), *squashed, *head], name="mine")


mine = lenet(layers.Conv2D(16, 5), SubSampling2D, scaled_tanh)
print(keras_cnns.compare(mine, "lenet_5"))
keras_cnns.assert_matches(mine, "lenet_5", ignore=["different kind of layer"])
keras_cnns.assert_matches(lenet(TableConv2D(TABLE_I), SubSampling2D, scaled_tanh), "lenet_5", level="exact")

# %% [markdown]
# **Exercise 2.** Plain tanh can be repaired with `scaled_tanh`. For trained sub-sampling (44 parameters) and
# for the table (900 fewer than a full C3) Keras has no layers, so these two must differ. The sum, 61,706, is
# what most tutorials have.

# %%
mine = lenet(layers.Conv2D(16, 5), layers.AveragePooling2D, "tanh")
for one in keras_cnns.compare(mine, "lenet_5").differences:
    print("-", one.mistake)

mine = lenet(layers.Conv2D(16, 5), layers.AveragePooling2D, scaled_tanh)
must_differ = ["pooling for trained sub-sampling", "different kind of layer"]
keras_cnns.assert_matches(mine, "lenet_5", ignore=must_differ)
assert mine.count_params() == 61_706

# %% [markdown]
# **Exercise 3.** Other images, more maps, no table, maximum in place of trained sub-sampling, hardly any
# activations (a single ReLU), and a hidden layer of 500 units: seven times the parameters, and nothing in
# common with LeNet-5 but the plan.

# %%
for one in keras_cnns.compare("lenet_caffe", "lenet_5").differences:
    print("-", one.message)

mine = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        layers.Conv2D(20, 5),
        layers.MaxPooling2D(),
        layers.Conv2D(50, 5),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(500, "relu"),
        layers.Dense(10, "softmax"),
    ]
)
keras_cnns.assert_matches(mine, "lenet_caffe")

# %% [markdown]
# ## What to read next
#
# `02_alexnet_vgg` takes the same plan to photographs of 1,000 kinds of things, and asks what depth costs. In
# the paper, read Section II: it explains every choice in three pages.
