# %% [markdown]
# # LeNet-5: a network that reads digits
#
# You will do a convolution by hand and then let Keras do it. You will see why LeNet-5 needs only 60,000
# weights where a dense network would need millions. Then you train it on real handwritten digits in seconds
# and look at what its filters detect. The paper is *Gradient-Based Learning Applied to Document
# Recognition* by Yann LeCun, Léon Bottou, Yoshua Bengio and Patrick Haffner, [Proceedings of the IEEE
# 86(11), 1998](https://doi.org/10.1109/5.726791). All references to sections, figures and tables below are
# to this paper.
#
# **60 minutes** with the exercises. **Before it:** images as arrays, a dense layer, gradient descent; no
# Keras. It runs in one minute.

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
# scikit-learn includes 1,797 handwritten digits of 8×8 pixels. `training.load` reads them and holds out a
# fifth of each class. `training.pixels` enlarges an image to LeNet-5's 32×32. The paper codes white as -0.1
# and black as 1.175, so that the mean over an image is near 0 and the variance near 1. This speeds up
# learning (Section II.B). In our pictures, large values are bright.

# %%
data = training.load("digits")


def images_of(grey):
    """Convert 8-bit images to (images, 32, 32, 1) in the paper's range of values."""
    return -0.1 + 1.275 * np.stack([training.pixels(image, (32, 32, 1)) for image in grey])


images, held_out = images_of(data.train[0]), images_of(data.test[0])
labels, held_out_labels = data.train[1], data.test[1]
print(images.shape, held_out.shape, f"from {images.min():.3f} to {images.max():.3f}")

# %% [markdown]
# ## Convolution by hand
#
# A convolution slides a small window of weights, the *kernel*, over the image. At each position it
# multiplies each weight by the pixel under it and adds up the products. Two loops are enough. This kernel
# of 5×5 responds where the image, of 32×32 pixels, is brighter on the right than on the left. How large
# will the result be? Say it before you run the cell.


# %%
def convolve(image, kernel):
    """Slide the kernel over all positions at which it fits inside the image."""
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
# The kernel fits at 32 - 5 + 1 = 28 positions in each direction, so the result, a *feature map* or *map*
# for short, is 28×28. Does `keras.layers.Conv2D` with the same kernel give the same result? (Mathematicians
# call this operation *cross-correlation*. A true convolution first rotates the kernel by 180°. Since the
# weights are learned, it does not matter which of the two you train.)

# %%
layer = layers.Conv2D(1, 5, use_bias=False)
layer.build((None, 32, 32, 1))
layer.set_weights([edge[:, :, None, None]])  # height, width, maps in, maps out


def by_keras(image):
    return keras.ops.convert_to_numpy(layer(image[None, :, :, None]))[0, :, :, 0]


print("largest difference below 1e-5:", np.abs(by_keras(digit) - by_hand).max() < 1e-5)

moved = np.roll(digit, (2, 3), axis=(0, 1))  # the digit two rows down and three columns to the right
print("if the digit moves, so does its map:", np.allclose(by_keras(moved)[2:, 3:], by_hand[:-2, :-3]))
assert np.allclose(by_keras(digit), by_hand, atol=1e-5)
assert np.allclose(by_keras(moved)[2:, 3:], by_hand[:-2, :-3], atol=1e-5)

# %% [markdown]
# The second line of this output is the important one. An edge looks the same wherever it is, so *one*
# kernel serves all positions. LeNet-5's first layer, C1, has six such kernels. How many weights would it
# need if each of its units had weights for its own window, or for all pixels?

# %%
units = 28 * 28 * 6
print(f"shared kernels:               {6 * (5 * 5 + 1):>10,}")
print(f"own window for each unit:     {units * (5 * 5 + 1):>10,}")
print(f"all pixels for each unit:     {units * (32 * 32 + 1):>10,}")

# %% [markdown]
# ## Sub-sampling
#
# The exact position of an edge matters less than its position relative to other edges. So layer S2 halves
# the size of each map. It adds up each square of 2×2 values. Unlike today's pooling, it then multiplies the
# sum by a *trained* coefficient and adds a *trained* bias, one of each per map. Again we do it by hand and
# with the layer:

# %%
coefficient, bias = 0.2, -0.5
squares = by_hand.reshape(14, 2, 14, 2).sum(axis=(1, 3))
sampled = squares * coefficient + bias

sub_sampling = SubSampling2D(2)
sub_sampling.build((None, 28, 28, 1))
sub_sampling.set_weights([np.array([coefficient]), np.array([bias])])
from_layer = keras.ops.convert_to_numpy(sub_sampling(by_hand[None, :, :, None]))[0, :, :, 0]
assert np.allclose(from_layer, sampled, atol=1e-5)
print(f"{by_hand.shape} to {from_layer.shape} with {sub_sampling.count_params()} weights, same as by hand")

# %% [markdown]
# After each convolution and each sub-sampling comes the *squashing function* f(a) = 1.7159 tanh(2a/3). Its
# constants are chosen so that f(1) = 1 and f(-1) = -1 (Appendix A). Now we have all the parts, and this is
# the whole network (Fig. 2):

# %%
model = lenet_5(opt=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.005, 8 * 45)))
plot_model(model, show_shapes=True)

# %% [markdown]
# ## Which maps of S2 does each map of C3 read?
#
# C3 computes sixteen maps from the six maps of S2, but only the last of the sixteen reads all six. Table I
# of the paper gives the inputs of each map:

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
print(f"{pairs} of 96 pairs: {pairs} · 25 + 16 = {25 * pairs + 16:,} weights; all pairs: {25 * 96 + 16:,}")
assert len(set(TABLE_I)) == 16

# %% [markdown]
# Why does each map of C3 not read all six? The paper gives two reasons. First, it limits the number of
# connections, which mattered in 1998. Second, it breaks symmetry: no two columns of the picture are the
# same, so each map of C3 gets different inputs and has to find a different feature. Today, random initial
# weights break the symmetry, and computers are fast enough for all the connections.
#
# ## Do our counts match the paper's?
#
# Section II.B gives the trainable parameters and the connections of each layer. A shared weight is one
# parameter, but it is a separate connection at every position where it is used. We let `profile` count the
# parameters:

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
        # A unit of S2 or S4 has four inputs, which share one coefficient, and a bias: five connections.
        each = 5 * row.shape[-1] if row.kind == "SubSampling2D" else row.params
        ours, paper = (row.params, each * places), PAPER[row.stage]
        print(f"{row.stage:5} {ours[0]:11,} {paper[0]:8,} {ours[1]:12,} {paper[1]:8,}")
        assert ours == paper

parameters, connections = (sum(column) for column in zip(*PAPER.values()))
softmax = profile.params - parameters
print(f"sum   {parameters:11,} {60_000:8,} {connections:12,}")
print(f"our softmax adds {softmax}: {profile.params:,} parameters")
assert (parameters, connections, softmax) == (60_000, 340_068, 850)

# %% [markdown]
# The paper's ten output units have no trained weights at all. Each one compares the 84 values of F6 with a
# fixed code, a small drawing of the digit in 7×12 pixels. This adds 840 connections and gives the paper's
# total of 340,908; the parameters stay at 60,000. We use a softmax instead. It is trained with
# cross-entropy and has 84 · 10 + 10 = 850 parameters.
#
# Note where the costs are. C5 has four fifths of the parameters: it sees the whole 5×5 map at once, so it
# is a dense layer in all but name. C1 and C3 have four fifths of the connections, and the connections are
# the work. The next notebook finds the same on a larger scale.
#
# ## Training
#
# The paper uses its own second-order method and 60,000 digits. For a demonstration, Adam, eight epochs and
# 1,438 digits are enough.

# %%
before = model.layers[1].get_weights()[0]
one_hot = np.eye(10, dtype="float32")
history = model.fit(images, one_hot[labels], batch_size=32, epochs=8, verbose=0)
loss, accuracy = model.evaluate(held_out, one_hot[held_out_labels], verbose=0)
print(f"{accuracy:.1%} of {len(held_out)} unseen digits correct")
assert accuracy > 0.95

# %% [markdown]
# More than 95 %, from 8×8 pixels and about 140 examples of each digit. (In the paper the error on MNIST is
# 0.95 %, without distorted images. Our digits are different, fewer and coarser, so the two numbers cannot be
# compared.)
#
# ## What the filters detect
#
# Here are the six kernels of C1 before and after training. Positive weights are bright, and each kernel has
# its own contrast. The number above each kernel is the sum of its weights, divided by the sum of their
# absolute values.

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
# They began as noise, and after such a short training much of the noise is still there. But something has
# grown on top of it. Where the number has moved away from 0, most weights have the same sign: such a kernel
# blurs the digit, or its negative. Where the number has stayed near 0, look for a bright side and a dark
# side: that is an edge detector like the one we made by hand, but learned. Nothing in the training said
# what to look for.
#
# To see how they respond to a digit, cut the model at the layers that carry the paper's names. `features`
# returns a model with three outputs that shares the weights:

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
# Some maps of C1 show the digit itself, blurred. Others are bright along one side of its strokes. S2 shows
# the same at a lower resolution, sometimes as a negative. Each of the sixteen maps of C3 combines three,
# four or all six of these. `profile` shows that each unit of C3 sees 14×14 pixels; what it responds to is
# harder to put into words. What has S2 learned?

# %%
first_sampling = next(layer for layer in model.layers if isinstance(layer, SubSampling2D))
coefficients, biases = first_sampling.get_weights()
print("coefficients", coefficients.round(2))
print("biases      ", biases.round(2))
print("receptive fields:", {row.stage: row.receptive_field for row in profile.rows[1:10:2]})

# %% [markdown]
# The paper explains what these numbers mean. With a small coefficient, the squashing function stays in its
# linear part, and S2 merely blurs. With a large one it saturates: depending on the bias, a unit then
# responds if *any* of its four inputs is active, or only if *all* four are.
#
# ## Which digits does it confuse?

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
axis.set(xlabel="predicted", ylabel="true", xticks=range(10), yticks=range(10))
for axis in right.subplots(2, 5).flat:
    axis.axis("off")
for axis, i in zip(right.axes, wrong):
    axis.imshow(held_out[i, :, :, 0])
    axis.set_title(f"{held_out_labels[i]}, not {found[i]}")

print(f"{len(wrong)} of {len(held_out)} are wrong")

# %% [markdown]
# On the right are up to ten of the digits that it got wrong. Some would make you think twice as well.
#
# ## In short
#
# - A convolution is one small window of shared weights, used at every position.
# - Sub-sampling makes the maps smaller, so that the next windows see more.
# - Parameters are in the layer that sees a whole map; connections, the work, are where maps are large.
#
# ## Exercises
#
# ### Exercise 1: a full table
#
# Build LeNet-5 with a C3 that reads all six maps, `Conv2D(16, 5)`, and leave everything else as it is.
# Before you run it: how many more parameters will it have, and what will `compare` say? (The parts you need
# are imported above: `SubSampling2D`, `scaled_tanh`.)

# %%
mine = None  # your turn: keras.Sequential([keras.Input((32, 32, 1)), layers.Conv2D(6, 5), ...])

if mine is not None:
    print(keras_cnns.compare(mine, "lenet_5"))
    keras_cnns.assert_matches(mine, "lenet_5", ignore=["full convolution for Table I"])
else:
    print("Exercise 1 is not done yet: mine is None.")

# %% [markdown]
# ### Exercise 2: LeNet-5 from Keras' own layers
#
# Tutorials build "LeNet-5" from the layers that Keras has: `Conv2D`, `AveragePooling2D`, `Dense`, and plain
# tanh. Do the same for C1, S2, C3, S4, C5 and F6, and use `compare` to find every difference from the
# paper. Which of the differences change the number of parameters? Put those that you *cannot* avoid into
# `ignore`, and repair the others. (The paper's tanh is a layer like any other:
# `layers.Activation(scaled_tanh)`.)
#
# First on paper: with images of 28×28 and the same layers, what are the sizes of C1, S2, C3 and S4, how
# many parameters has C5, and which of these numbers do *not* depend on the size of the image?

# %%
mine = None  # your turn
must_differ = []  # for example ["different activation"]: the names in brackets in the report

if mine is not None:
    report = keras_cnns.compare(mine, "lenet_5", ignore=must_differ)
    print(report)
    keras_cnns.assert_matches(mine, "lenet_5", ignore=must_differ)
else:
    print("Exercise 2 is not done yet: mine is None.")

# %% [markdown]
# ### Exercise 3: Caffe's LeNet
#
# What many people call LeNet is an example that came with Caffe in 2014. Run
# `print(keras_cnns.compare("lenet_caffe", "lenet_5"))` and list five differences. Then build the network
# from the report.

# %%
five = []  # your turn: five differences in your own words
mine = None  # your turn: the network, which starts with keras.Input((28, 28, 1))

if mine is not None:
    keras_cnns.assert_matches(mine, "lenet_caffe")
else:
    print("Exercise 3 is not done yet: mine is None.")

# %% [markdown]
# ## Solutions
#
# **Exercise 1.** C3 gets 36 more kernels of 25 weights, that is 900 more parameters: 2,416 in C3 and
# 61,750 in all. `compare` finds one difference, the full convolution. A `TableConv2D` whose table lists
# all six maps in each row would compute the same function as your `Conv2D`.


# %%
def lenet(third, sub_sampling, squash):
    """Build LeNet-5 with the given layer for C3, kind of sub-sampling and squashing function."""
    trunk = [layers.Conv2D(6, 5), sub_sampling(2), third, sub_sampling(2), layers.Conv2D(120, 5)]
    squashed = [one for layer in trunk for one in (layer, layers.Activation(squash))]
    head = [layers.Flatten(), layers.Dense(84), layers.Activation(squash), layers.Dense(10, "softmax")]
    return keras.Sequential([keras.Input((32, 32, 1)), *squashed, *head], name="mine")


mine = lenet(layers.Conv2D(16, 5), SubSampling2D, scaled_tanh)
print(keras_cnns.compare(mine, "lenet_5"))
keras_cnns.assert_matches(mine, "lenet_5", ignore=["full convolution for Table I"])
keras_cnns.assert_matches(lenet(TableConv2D(TABLE_I), SubSampling2D, scaled_tanh), "lenet_5", level="exact")

# %% [markdown]
# **Exercise 2.** You can replace plain tanh with `scaled_tanh`. Keras has no layer for trained sub-sampling
# (44 parameters) and none for the table (900 parameters fewer than a full C3), so these two differences
# remain. The total, 61,706, is what most tutorials have.

# %%
mine = lenet(layers.Conv2D(16, 5), layers.AveragePooling2D, "tanh")
for one in keras_cnns.compare(mine, "lenet_5").differences:
    print("-", one.mistake)

mine = lenet(layers.Conv2D(16, 5), layers.AveragePooling2D, scaled_tanh)
must_differ = ["pooling for trained sub-sampling", "full convolution for Table I"]
keras_cnns.assert_matches(mine, "lenet_5", ignore=must_differ)
assert mine.count_params() == 61_706

# %% [markdown]
# **Exercise 3.** Caffe's network has a different image size, more maps, no table, max-pooling instead of
# trained sub-sampling, a single activation (a ReLU), and a hidden layer of 500 units. It has seven times
# the parameters and shares only the overall plan with LeNet-5.

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
# `02_alexnet_vgg` applies the same plan to photographs of 1,000 kinds of things and asks what depth costs.
# In the paper, read Section II: it explains every choice in three pages.
