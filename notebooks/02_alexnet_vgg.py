# %% [markdown]
# # AlexNet and VGG: depth and its cost
#
# Two networks made convolution the standard method of computer vision: AlexNet (Alex Krizhevsky, Ilya
# Sutskever, Geoffrey E. Hinton,
# [2012](https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks))
# with eight layers, and VGG (Karen Simonyan, Andrew Zisserman, [2014](https://arxiv.org/abs/1409.1556))
# with up to nineteen. You will find out which of their layers have the parameters, which do the work and
# which need the memory, and how small kernels reduce the cost.
#
# **60 minutes** with the exercises. **Before it:** notebook 1, or convolution and pooling. It runs in half
# a minute.

# %%
# %pip install --quiet "keras-cnns[notebooks]"

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers

import keras_cnns
from keras_cnns.building import without_weights
from keras_cnns.visualize import plot_model
from keras_cnns.weightless import build_weightless

keras.utils.set_random_seed(2012)
plt.rcParams.update({"figure.dpi": 80, "axes.titlesize": 10})

# %% [markdown]
# ## AlexNet
#
# VGG-16 would take half a gigabyte of memory if we built it in full. `without_weights` builds a network
# whose variables have shapes but no values. You can count, draw and compare it, which is all that we need
# here. (To build a network that you can run, use `keras_cnns.create("alexnet")`.)

# %%
alexnet = without_weights("alexnet")
plot_model(alexnet, show_shapes=True)

# %% [markdown]
# Compared with LeNet-5, AlexNet classifies photographs of 1,000 kinds of things instead of ten digits. It
# uses ReLU (the yellow R) instead of tanh, max-pooling instead of trained sub-sampling, response
# normalization (N), and dropout between the dense layers. It has a thousand times the parameters. But the
# plan is the same: convolve, halve, convolve, halve, classify.
#
# There is one puzzle. The paper says that the images are 224×224. But kernels of 11×11 with a stride of 4
# do not fit evenly into that size. A window of $k$ pixels slides over $n$ pixels, with $p$ of padding on
# each side, in steps of $s$. It has room at
#
# $$\left\lfloor\frac{n + 2p - k}{s}\right\rfloor + 1$$
#
# places: so often it can step on before it leaves the image, rounded down, and once at the start.

# %%
for size in (224, 227):
    shape = without_weights("alexnet", (size, size, 3)).get_layer("conv1").output.shape[1:]
    print(f"({size} - 11) / 4 + 1 = {(size - 11) / 4 + 1}; conv1 makes {shape}")

# %% [markdown]
# The paper gives 55×55 as the size of the first map. So either the images had 227×227 pixels, as most
# implementations assume, or the border was padded. With 224, this library pads.
#
# ## Two towers
#
# "2 groups" in the picture has a historical reason. A GPU of 2012 had 3 GB of memory, so the network was
# split over two GPUs. Each computed half of the maps, and they exchanged maps only in the third convolution
# and in the dense layers. In Keras that is `Conv2D(..., groups=2)`. A filter of the second tower never sees
# a map of the first:

# %%
grouped = layers.Conv2D(8, 3, groups=2)
maps = np.random.default_rng(1).normal(size=(1, 9, 9, 6)).astype("float32")
changed = maps.copy()
changed[..., :3] = 0  # set the maps of the first tower to zero

first, second = (keras.ops.convert_to_numpy(grouped(x)) for x in (maps, changed))
print("output of tower 1 changed:", not np.allclose(first[..., :4], second[..., :4]))
print("output of tower 2 changed:", not np.allclose(first[..., 4:], second[..., 4:]))
assert np.allclose(first[..., 4:], second[..., 4:])

# %% [markdown]
# A kernel that reads half of the maps has half of the weights. With one tower and everything else
# unchanged, the kernels of convolutions 2, 4 and 5 double in size. The third line below is Krizhevsky's own
# network of [2014](https://arxiv.org/abs/1404.5997), made for one GPU. PyTorch users know it as AlexNet.

# %%
versions = {
    "alexnet": alexnet,
    "alexnet(groups=1)": without_weights("alexnet", groups=1),
    "alexnet_owt": without_weights("alexnet_owt"),
}
for name, version in versions.items():
    kernels = [version.get_layer(f"conv{i}").kernel.shape for i in (2, 4, 5)]
    print(
        f"{name:18}{version.count_params():>11,} parameters; kernels",
        *("×".join(map(str, k)) for k in kernels),
    )
assert [version.count_params() for version in versions.values()] == [60_965_224, 62_378_344, 61_100_840]

# %% [markdown]
# The first and the last differ by only 0.2 % in parameters, so a count would hardly distinguish them.
# `compare` does:

# %%
keras_cnns.compare(versions["alexnet(groups=1)"], "alexnet")

# %%
for one in keras_cnns.compare("alexnet_owt", "alexnet").differences:
    print(f"- {one.mistake}: {one.message}")

# %% [markdown]
# ## Where are the parameters, and where is the work?
#
# For each layer, `profile` counts the parameters, the multiply-adds (MACs) for one image and the values in
# its output. Guess first: which layers have most of each?


# %%
def draw_costs(networks):
    """For each network, draw each layer's share of the parameters, multiply-adds and map values."""
    figure, axes = plt.subplots(
        1, len(networks), figsize=(8, 2.9), width_ratios=[len(n.layers) + 8 for n in networks]
    )
    for axis, network in zip(axes, networks):
        rows = [row for row in keras_cnns.profile(network).rows if row.params]
        costs = {
            "parameters": [row.params for row in rows],
            "multiply-adds": [row.macs for row in rows],
            "map values": [row.values for row in rows],
        }
        places = np.arange(len(rows))
        for shift, (name, amounts) in zip((-0.27, 0, 0.27), costs.items()):
            axis.bar(places + shift, 100 * np.array(amounts) / sum(amounts), 0.27, label=name)
        axis.set_xticks(places, [row.name for row in rows], rotation=90, fontsize=8)
        axis.set_title(network.name)
    axes[0].set_ylabel("share of each layer, %")
    axes[-1].legend(fontsize=8, loc="upper center")
    figure.tight_layout()


vgg16 = without_weights("vgg16")
draw_costs([alexnet, vgg16])


# %%
for network in (alexnet, vgg16):
    counted = keras_cnns.profile(network)
    dense = [row for row in counted.rows if row.kind == "Dense"]
    parameters = sum(row.params for row in dense) / counted.params
    work = sum(row.macs for row in dense) / counted.macs
    print(f"{network.name}: dense layers have {parameters:.0%} of parameters, {work:.0%} of MACs")
    assert parameters > 0.85 and work < 0.1

# %% [markdown]
# The first dense layer reads the flattened map and has most of the parameters by itself. The convolutions
# have most of the work: each of their few weights is used at every position. (That is the other side of
# weight sharing.) And the first layers need most of the memory, because their maps are large. Parameters,
# work and memory are in three different parts of the network.
#
# Many versions of VGG-16 therefore average each of the last 512 maps over all positions instead of
# flattening them. Then the first dense layer reads 512 values, not 7 · 7 · 512 = 25,088. What does this
# save? And what does `compare` call it?


# %%
def with_average(trunk):
    x = layers.GlobalAveragePooling2D()(trunk.output)
    for _ in range(2):
        x = layers.Dropout(0.5)(layers.Dense(4096, activation="relu")(x))
    return keras.Model(trunk.input, layers.Dense(1000, activation="softmax")(x), name="with_average")


averaged = build_weightless(with_average, keras_cnns.backbone(vgg16))  # calls the function, makes no weights
report = keras_cnns.compare(averaged, "vgg16")
print(report)
assert report.parameters[1] - report.parameters[0] == (7 * 7 * 512 - 512) * 4096 == 100_663_296

# %% [markdown]
# Almost three quarters of the network are gone, and the convolutions do the same work as before.
#
# ## VGG: one block, repeated
#
# VGG asks a single question: what happens if we change nothing but the depth? All kernels are 3×3, all
# pooling windows are 2×2, and the number of maps doubles after each pooling, up to 512.

# %%
plot_model(vgg16, show_params=True)

# %% [markdown]
# Table 1 of the paper has six columns. We use columns A, B, D and E and name them by the number of layers
# with weights. The last column below is from Table 2 of the paper, in millions of parameters; *field* is
# the receptive field of the last map.

# %%
print("       convolutions   parameters   MACs  field  paper")
for name, paper in (("vgg11", 133), ("vgg13", 133), ("vgg16", 138), ("vgg19", 144)):
    counted = keras_cnns.profile(without_weights(name))
    depths = "-".join(str(sum(row.name.startswith(f"conv{i}_") for row in counted.rows)) for i in range(1, 6))
    costs = f"{counted.params:11,} {counted.macs / 1e9:4.1f} G  {counted.receptive_field:5}"
    print(f"{name}  {depths:>11}  {costs}  {paper:3} M")
    assert round(counted.params / 1e6) == paper
    assert counted.depth == int(name[3:])

# %% [markdown]
# Eight more layers cost only eight per cent more parameters, because most parameters are in the dense
# layers anyway. But the work more than doubles. And look at the receptive field, the pixels that a unit of
# the last map can see: for VGG-19 it is 268, more than the width of the image, with kernels of only 3×3.
#
# ## Why small kernels?
#
# Two 3×3 layers have the same receptive field as one 5×5 layer, and three have that of one 7×7 layer.
# Section 2.3 of the paper counts the saving: 27 C² weights instead of 49 C², for C maps in and out. Does
# `profile` agree?

# %%
C = 64


def stacked(depth, kernel):
    convolutions = [layers.Conv2D(C, kernel, padding="same", use_bias=False) for _ in range(depth)]
    return keras.Sequential([keras.Input((32, 32, C)), *convolutions])


for depth, kernel in ((1, 5), (2, 3), (1, 7), (3, 3)):
    counted = keras_cnns.profile(stacked(depth, kernel))
    print(
        f"{depth} × {kernel}×{kernel}: receptive field {counted.receptive_field}, "
        f"{counted.params:7,} parameters = {counted.params / C**2:.0f} C², {counted.macs:11,} multiply-adds"
    )

# %% [markdown]
# The receptive field is the same at 55 % of the cost, and there are three ReLUs instead of one. What is
# lost? A stack of layers cannot express *every* 7×7 kernel. It also does not weight all parts of its
# receptive field equally. To see this, set a single pixel to one and every weight to one, and look at the
# output:

# %%
pixel = np.zeros((1, 11, 11, 1), "float32")
pixel[0, 5, 5, 0] = 1


def spread(depth, kernel):
    convolution = layers.Conv2D(1, kernel, padding="same", use_bias=False, kernel_initializer="ones")
    x = pixel
    for _ in range(depth):
        x = convolution(x)
    return keras.ops.convert_to_numpy(x)[0, :, :, 0]


figure, axes = plt.subplots(1, 3, figsize=(7, 2.2))
for axis, (depth, kernel) in zip(axes, ((1, 7), (3, 3))):
    arrived = spread(depth, kernel)
    axis.imshow(arrived, cmap="magma")
    axis.set_title(f"{depth} × {kernel}×{kernel}")
    axis.axis("off")
    axes[2].step(range(-5, 6), arrived[5] / arrived.sum(), where="mid", label=f"{depth} × {kernel}×{kernel}")
axes[2].set(title="along the middle row", ylim=(0, 0.1))
axes[2].legend(fontsize=7, loc="upper center", ncols=2)
figure.tight_layout()
assert np.count_nonzero(spread(1, 7)) == np.count_nonzero(spread(3, 3)) == 7 * 7

# %% [markdown]
# Both spread over 7×7 pixels, but in the stack many more paths lead to the middle than to the border. The
# receptive field says how far a unit *can* see, not how well.
#
# ## Memory: what training takes
#
# Training takes more memory: the weights, their gradients, what the optimizer stores for each weight (one
# average with momentum, as in the paper), and for each image the maps that the backward pass reads. Only
# the last part grows with the batch.

# %%
momentum = keras.optimizers.SGD(momentum=0.9)
batches = (1, 8, 32, 64, 128, 256)
figure, axis = plt.subplots(figsize=(5, 2.6))
for network in (alexnet, vgg16):
    needed = [keras_cnns.profile(network, n, optimizer=momentum).training_bytes / 1e9 for n in batches]
    axis.plot(batches, needed, marker="o", label=network.name)
    print(network.name, *(f"{n}: {gigabytes:.2f} GB" for n, gigabytes in zip(batches, needed)), sep="  ")
axis.set(xlabel="images in a batch", ylabel="GB at least")
axis.legend()
figure.tight_layout()

# %% [markdown]
# This is a *lower bound*. Gradients of maps and the workspace of fast convolution algorithms come on top,
# and every backend handles them differently. Even so, the bound is useful. VGG was trained with batches of
# 256 on four Titan Black GPUs of 6 GB (its sections 3.1 and 3.3), that is, with 64 images on each. Our bound
# for 64 images is 5.6 GB. The bound for AlexNet's batch of 128 is well below the 3 GB of its GPUs. So the
# bound alone does not explain the two towers: the memory that comes on top, and the software of 2012, must
# have mattered.
#
# ## Depth and accuracy
#
# How much accuracy does depth gain? The errors below are from the papers, on the validation images of ILSVRC
# 2012: AlexNet with ten crops of each image (its Table 2, one network), VGG at one scale, trained at that
# scale (its Table 3).

# %%
TOP1_ERROR = {"alexnet": 40.7, "vgg11": 29.6, "vgg13": 28.7, "vgg16": 27.0, "vgg19": 27.3}
costs = {row.name: row for row in keras_cnns.compare_costs(TOP1_ERROR).rows}

figure, axes = plt.subplots(1, 3, figsize=(8, 2.5), sharey=True)
figures = ("depth", "layers"), ("params", "million parameters"), ("macs", "billion multiply-adds")
for axis, (what, label), unit in zip(axes, figures, (1, 1e6, 1e9)):
    for name, error in TOP1_ERROR.items():
        axis.plot(getattr(costs[name], what) / unit, error, "o", label=name)
    axis.set(xlabel=label, xlim=(0, None))
axes[0].set_ylabel("top-1 error, %")
axes[2].legend(fontsize=7)
figure.tight_layout()

# %% [markdown]
# Depth helps at first: from 11 to 16 layers the error falls, for twice the work and few more parameters.
# From 16 to 19 layers it no longer falls. (Trained on several scales, VGG-19 is ahead by a tenth of a per
# cent.) The number of parameters explains little: VGG-11 and VGG-16 differ by four per cent in parameters,
# but by 2.6 points in error. `keras_cnns.compare_costs()` prints the same figures for all networks of the
# library, with the accuracy of weights that you can download:

# %%
print(keras_cnns.compare_costs([*TOP1_ERROR, "inception_v1", "resnet50"]))

# %% [markdown]
# Look at the last two lines. Inception-v1 comes within a few points of VGG-16 with a twentieth of its
# parameters and a tenth of its work. ResNet-50 is clearly better than VGG-16 with a fifth of the parameters
# and a quarter of the work, though not with less memory. The next notebooks explain how.
#
# ## In short
#
# - A window of $k$ in steps of $s$ has room at ⌊(n + 2p − k)/s⌋ + 1 places.
# - Dense layers have the parameters, convolutions the work, the first layers the memory.
# - Two 3×3 see as much as one 5×5 and cost less; depth helps until it does not.
#
# ## Exercises
#
# ### Exercise 1: AlexNet for small images
#
# With 64×64 pixels, the last map of the paper's AlexNet is 1×1, so there is nothing left to flatten. Design
# a similar network for ten classes: five convolutions, three dense layers, a last map of at least 3×3,
# fewer than five million parameters and fewer than 150 million multiply-adds. Predict both figures before
# you let `profile` check them.

# %%
mine = None  # your turn: keras.Sequential([keras.Input((64, 64, 3)), ...])


def check_small(model):
    counted = keras_cnns.profile(model)
    assert counted.depth == 8, f"five convolutions and three dense layers, not {counted.depth}"
    assert min(counted.last_map[:2]) >= 3, f"the last map is {counted.last_map}"
    assert counted.params < 5e6, f"{counted.params:,} parameters"
    assert counted.macs < 150e6, f"{counted.macs:,} multiply-adds"
    print(f"last map {counted.last_map}, {counted.params:,} parameters, {counted.macs:,} multiply-adds")


if mine is not None:
    check_small(mine)
    print(keras_cnns.compare(mine, "alexnet"))
else:
    print("Exercise 1 is not done yet: mine is None.")

# %% [markdown]
# ### Exercise 2: a number that everybody quotes
#
# How much memory do the maps of VGG-16 take for one image? The notes of Stanford's course CS231n list the
# size of each map and give the sum as "24M * 4 bytes", about 93 MB. Add up the list yourself: height ·
# width · maps for the image, the thirteen convolutions, the five poolings and the three dense layers. Then
# count the values before each ReLU as well, as if they were kept, too. Is one of the two sums 24 million?

# %%
all_maps = None  # your turn: how many numbers
with_inputs_of_relu = None  # your turn

if all_maps is not None and with_inputs_of_relu is not None:
    counted = keras_cnns.profile(vgg16)
    assert all_maps == counted.activation_values
    assert with_inputs_of_relu == counted.activation_values + counted.before_activation_values
    print(f"{4 * all_maps / 1e6:.0f} MB, or {4 * with_inputs_of_relu / 1e6:.0f} MB")
else:
    print("Exercise 2 is not done yet: all_maps is None.")

# %% [markdown]
# ### Exercise 3: find the mistake
#
# `mutate` returns a network with one plausible mistake. Here are three. The number of parameters tells of
# the first, the sizes of the maps tell of the second, and neither tells of the third. Find the wrong layer
# in each with `keras_cnns.profile(mutants["a"])`, `plot_model(mutants["a"])` or `mutants["a"].summary()`,
# but without `compare`. (Layers are named anew, so names give nothing away.)

# %%
KINDS = {"a": "different number of filters", "b": "different stride", "c": "activation missing"}
answers = {name: keras_cnns.mutate(vgg16, seed=1, kind=kind) for name, kind in KINDS.items()}
mutants = {name: answer.model for name, answer in answers.items()}
found = {}  # your turn, such as {"a": "conv2d_1"}

for name, layer in found.items():
    report = keras_cnns.compare(mutants[name], "vgg16")
    right = any(layer in pair for one in report.differences for pair in one.places)
    print(name, report if right else "is a different layer")
for name in sorted(mutants.keys() - found.keys()):
    print(f"Exercise 3, {name}: not done yet")

# %% [markdown]
# ## Solutions
#
# **Exercise 1.** The image has fewer pixels, so the first layers must reduce it less: we use a first
# convolution of 5×5 with stride 2. The dense layers had nearly all of the parameters, so we make them
# narrower.

# %%
paper = keras_cnns.profile(without_weights("alexnet", (64, 64, 3), 10))
print(f"the paper's AlexNet at 64×64: last map {paper.last_map}, {paper.params:,} parameters")

small = keras.Sequential(
    [
        keras.Input((64, 64, 3)),
        layers.Conv2D(64, 5, strides=2, padding="same", activation="relu"),
        layers.MaxPooling2D(3, 2),
        layers.Conv2D(192, 5, padding="same", activation="relu"),
        layers.MaxPooling2D(3, 2),
        layers.Conv2D(256, 3, padding="same", activation="relu"),
        layers.Conv2D(192, 3, padding="same", activation="relu"),
        layers.Conv2D(192, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(3, 2),
        layers.Flatten(),
        layers.Dense(1024, "relu"),
        layers.Dropout(0.5),
        layers.Dense(1024, "relu"),
        layers.Dropout(0.5),
        layers.Dense(10, "softmax"),
    ]
)
check_small(small)
assert paper.last_map[:2] == (1, 1)

# %% [markdown]
# **Exercise 2.** The outputs are 15.2 million numbers, 61 MB. That is what remains if each ReLU overwrites
# its input. If the inputs of the ReLUs are kept as well, there are 28.8 million numbers, 115 MB. Neither
# is 24 million: the rows of those notes do not add up to their total. It is worth checking a number that
# everybody quotes.

# %%
counted = keras_cnns.profile(vgg16)
values = counted.activation_values
more = values + counted.before_activation_values
print(f"all maps:                 {values:10,} numbers, {4 * values / 1e6:5.1f} MB")
print(f"with the inputs of ReLU:  {more:10,} numbers, {4 * more / 1e6:5.1f} MB")
print(f"peak, when predicting:               {counted.peak_bytes / 1e6:15.1f} MB")
assert values == sum(row.values for row in counted.rows) == 15_237_608
assert more == 28_793_320

# %% [markdown]
# **Exercise 3.** `mutate` returns the answer together with the model. Where the verdict is "same shapes",
# no count of parameters can show the mistake. The weights of either network even fit into the other. You
# have to look at the layers themselves.

# %%
for name, (model, change) in answers.items():
    report = keras_cnns.compare(model, "vgg16")
    yours, reference = report.parameters
    print(f"{name}: {change.sentence} ({report.verdict}, {yours - reference:+,} parameters)")
    assert [one.mistake for one in report.differences] == [change.mistake]

# %% [markdown]
# ## What to read next
#
# The next notebooks are about the networks of the last table. `03` is about Inception, which replaces the
# dense head and uses several kernel sizes side by side. `04` is about ResNet, which can be deep where VGG
# stopped improving.
