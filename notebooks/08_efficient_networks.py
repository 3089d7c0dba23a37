# %% [markdown]
# # Efficient networks: what a multiply-add buys
#
# From 2017 on, papers ask how much accuracy a network gives for its cost. Four ideas came of it.
# [MobileNet](https://arxiv.org/abs/1704.04861) (Howard and others, 2017) is built of depthwise convolutions.
# [MobileNetV2](https://arxiv.org/abs/1801.04381) (Sandler and others, CVPR 2018) turns the bottleneck inside
# out. [SENet](https://arxiv.org/abs/1709.01507) (Hu and others, CVPR 2018) weighs each map.
# [EfficientNet](https://arxiv.org/abs/1905.11946) (Tan and Le, ICML 2019) makes a network larger in three
# directions at once. You will measure what each of them costs: in parameters, in multiply-adds, and in
# seconds on your own machine, which is not the same.
#
# **60 minutes** with the exercises. **Before it:** notebook 4; notebook 5 up to the separable convolution. It
# runs in half a minute.

# %%
# %pip install --quiet "keras-cnns[notebooks]"

# %%
import time

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers

import keras_cnns
from keras_cnns.architectures.efficientnet import efficientnet
from keras_cnns.architectures.efficientnet_v2 import fused, gated
from keras_cnns.architectures.mobilenet_v2 import inverted_residual
from keras_cnns.architectures.senet import squeeze_and_excite
from keras_cnns.building import without_weights
from keras_cnns.catalog import facts
from keras_cnns.visualize import plot_model
from keras_cnns.weightless import build_weightless

keras.utils.set_random_seed(8)
random = np.random.default_rng(8)

# %% [markdown]
# ## Three kinds of cost
#
# Parameters fill the file and the memory. Multiply-adds are the work for one image. Both can be counted from
# the graph. The time cannot: it depends on the machine, so we measure it. `milliseconds` runs a model on a
# batch of random images, once to prepare it, then five times, and takes the fastest.


# %%
def milliseconds(model, batch=8):
    """Return the milliseconds that this machine takes for one image, in batches."""
    images = random.normal(size=(batch, *model.input_shape[1:])).astype("float32")
    model.compile(jit_compile=keras.config.backend() == "jax")  # elsewhere compiling takes long on a CPU
    model.predict_on_batch(images)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        model.predict_on_batch(images)
        times.append(time.perf_counter() - start)
    return 1000 * min(times) / batch


def chain(name, in_shape, *steps):
    """Build a small model that applies the given functions one after the other."""
    inputs = x = keras.Input(in_shape)
    for step in steps:
        x = step(x)
    return keras.Model(inputs, x, name=name)


def table_of_costs(*models, batch=8):
    """Print parameters, multiply-adds (MACs) and time of each model, and return them."""
    costs = {}
    print(" " * 20, "thousand  million    ms an   G MACs")
    print(" " * 20, "  params     MACs    image  a second")
    for model in models:
        counted = keras_cnns.profile(model)
        params, macs, spent = counted.params, counted.macs, milliseconds(model, batch)
        costs[model.name] = params, macs, spent
        print(
            f"{model.name:20} {params / 1e3:8,.0f} {macs / 1e6:8,.1f} {spent:8.2f} {macs / spent / 1e6:9.1f}"
        )
    return costs


# %% [markdown]
# ## Depthwise convolution
#
# A depthwise convolution slides one kernel over each map, and a 1×1 convolution then mixes the maps. These
# are the layers of the middle of MobileNet: 14×14 maps, 512 of them.

# %%
MAPS = (14, 14, 512)
without_bias = {"padding": "same", "use_bias": False}
full = chain("full_3x3", MAPS, layers.Conv2D(512, 3, **without_bias))
depthwise = chain("depthwise_3x3", MAPS, layers.DepthwiseConv2D(3, **without_bias))
pointwise = chain("pointwise_1x1", MAPS, layers.Conv2D(512, 1, **without_bias))
both = chain(
    "both_halves", MAPS, layers.DepthwiseConv2D(3, **without_bias), layers.Conv2D(512, 1, **without_bias)
)
costs = table_of_costs(full, depthwise, pointwise, both)
saved, faster = (costs["full_3x3"][i] / costs["both_halves"][i] for i in (1, 2))
print(f"the two halves take {saved:.1f} times fewer multiply-adds, and here {faster:.1f} times less time")
assert costs["depthwise_3x3"][1] * 50 < costs["pointwise_1x1"][1] and 8.8 < saved < 9

# %% [markdown]
# Look at the last column. The depthwise half has hardly any work to do, but the machine does that work more
# slowly: for each number that it reads it has nine multiply-adds, and the 1×1 convolution has 512. So the
# depthwise half takes a larger share of the time than of the multiply-adds. Keep this in mind for the rest
# of the notebook.

# %% [markdown]
# ## The inverted bottleneck
#
# ResNet's bottleneck is wide outside and narrow inside: the 3×3 convolution is expensive, so it gets few
# maps. If the 3×3 is depthwise it is cheap, and the 1×1 convolutions are what costs. MobileNetV2 therefore
# turns the block inside out: few maps between the blocks, six times as many inside. We build both with the
# same number of maps where the depthwise or full 3×3 works.

# %%
inverted = chain("inverted_bottleneck", (28, 28, 32), lambda x: inverted_residual(x, 6, 32, 1, "block"))
plot_model(inverted)


# %%
def bottleneck(x, inside=192):
    y = layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(inside, 1, **without_bias)(x)))
    y = layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(inside, 3, **without_bias)(y)))
    y = layers.BatchNormalization()(layers.Conv2D(x.shape[-1], 1, **without_bias)(y))
    return layers.ReLU()(layers.Add()([x, y]))


classic = chain("classic_bottleneck", (28, 28, 768), bottleneck)
costs = table_of_costs(classic, inverted)
for row in keras_cnns.profile(inverted).rows:
    if row.macs:
        print(f"  {row.kind:16} {row.macs / 1e6:5.1f} M multiply-adds = {row.macs_formula}")
assert costs["classic_bottleneck"][1] > 40 * costs["inverted_bottleneck"][1]

# %% [markdown]
# Between two blocks, an inverted bottleneck keeps 32 maps where the classic one keeps 768. That is why it
# needs little memory when one block after the other is computed.
#
# ### Why nothing follows the narrow layer
#
# The block ends without a ReLU: its last 1×1 convolution is a *linear bottleneck*. The paper draws why
# (Figure 1), and you can measure it in a few lines. Take a spiral in two dimensions. Send it through a
# random matrix into $n$ dimensions, apply ReLU, and come back by the best linear map. How much of the
# spiral is left?


# %%
def back_from_relu(points, n):
    """Return the points after a random matrix to n dimensions, ReLU, and the best linear way back."""
    there = np.maximum(points @ random.normal(size=(2, n)), 0)
    best, *_ = np.linalg.lstsq(there, points, rcond=None)
    return there @ best


angle = np.linspace(0, 5 * np.pi, 400)
spiral = (angle / angle.max())[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
dimensions = (2, 3, 5, 15, 30)
_, axes = plt.subplots(1, 6, figsize=(9, 1.7), dpi=80)
for ax, n in zip(axes, (0, *dimensions)):
    shown = back_from_relu(spiral, n) if n else spiral
    ax.scatter(*shown.T, c=angle, s=2)
    ax.set_title(f"n = {n}" if n else "the spiral", fontsize=9)
    ax.axis("equal")
    ax.axis("off")
plt.show()

lost = {
    n: np.mean([((back_from_relu(spiral, n) - spiral) ** 2).sum() / (spiral**2).sum() for _ in range(100)])
    for n in dimensions
}
for n, part in lost.items():
    print(f"through {n:2} dimensions: {part:.1%} of the spiral is lost, on average over 100 random matrices")
assert lost[2] > 0.2 and lost[30] < 0.05

# %% [markdown]
# In few dimensions ReLU destroys, in many it does not. So ReLU may stand where the block is wide, and not
# where it is narrow. (This is about random matrices; a trained network may avoid the loss.)

# %% [markdown]
# ## Squeeze and excitation
#
# Is every map of a block equally useful for *this* image? A gate decides: it takes the mean of each map
# (squeeze), computes a factor between 0 and 1 for each map by two small layers (excitation), and multiplies.

# %%
gate = chain("gate", (14, 14, 256), lambda x: squeeze_and_excite(x, "gate"))
plot_model(gate)

# %% [markdown]
# The gate knows *what* is in the maps but not *where*: moving the pixels around changes no factor. We check
# this with a random gate, and see that another image gets other factors.

# %%
factors = keras.Model(gate.input, gate.get_layer("gate_excite").output)
maps = np.abs(random.normal(size=(1, 14, 14, 256))).astype("float32")
moved = random.permutation(maps.reshape(196, 256), axis=0).reshape(maps.shape)
other = np.abs(random.normal(scale=2, size=maps.shape)).astype("float32")
of_maps, of_moved, of_other = (factors.predict(each, verbose=0).ravel() for each in (maps, moved, other))
print(f"pixels moved: the factors differ by {abs(of_maps - of_moved).max():.0e} at most")
print(f"other image:  the factors differ by {abs(of_maps - of_other).max():.2f} at most")
assert abs(of_maps - of_moved).max() < 1e-5 and abs(of_maps - of_other).max() > 0.01

# %% [markdown]
# What do sixteen gates cost in a ResNet-50?

# %%
without_gates, with_gates = (
    keras_cnns.profile(without_weights(name)) for name in ("resnet50", "se_resnet50")
)
print(f"parameters:    {without_gates.params:,} and {with_gates.params:,}")
print(f"multiply-adds: {without_gates.macs:,} and {with_gates.macs:,}")
more, work = with_gates.params / without_gates.params - 1, with_gates.macs / without_gates.macs - 1
print(f"the gates add {more:.1%} of the parameters and {work:.2%} of the multiply-adds")
assert more > 0.09 and work < 0.001

# %% [markdown]
# A tenth more parameters and next to no work. What it gives: the authors trained both networks in the same
# way, and ResNet-50 has a top-1 error of 24.80 %, SE-ResNet-50 of 23.29 % (Table 2 of the paper). MobileNetV3
# and EfficientNet have such gates, too.

# %% [markdown]
# ## Compound scaling
#
# You have a good small network and ten times the budget. Should the larger one be deeper, wider, or see
# larger images? EfficientNet's answer is: all three, in a fixed ratio. Multiply-adds grow with the depth
# $d$, with the *square* of the width $w$, and with the *square* of the side of the images $r$. The paper
# takes the powers of $d = 1.2$, $w = 1.1$, $r = 1.15$; one step costs $1.2 · 1.1^2 · 1.15^2 ≈ 1.92$ times.
# We double EfficientNet-B0 in each direction and count.


# %%
def scaled(name, wider=1.0, deeper=1.0, side=224):
    settings = (wider, deeper, 0.2)
    return build_weightless(efficientnet, name, settings, (side, side, 3), 1000, keras.optimizers.SGD())


base = scaled("b0")
ways = (base, scaled("deeper", deeper=2), scaled("wider", wider=2**0.5), scaled("larger_images", side=317))
for model in ways:
    counted = keras_cnns.profile(model)
    ratio = counted.macs / keras_cnns.profile(base).macs
    print(
        f"{model.name:13} {counted.params / 1e6:5.1f} M parameters, {ratio:.2f} times the multiply-adds of B0"
    )
    assert model is base or 1.6 < ratio < 2.4

# %% [markdown]
# Each way costs about the same work, but not the same parameters: larger images need none. It is not
# exactly double, since widths are rounded to multiples of 8 and depths to whole blocks.
#
# The paper's family is B0 to B7. Its factors are rounded, too, so we compare the rule $d · w^2 · r^2$ with
# the count of the real networks. The accuracies are the paper's.

# %%
FACTORS = {
    1: (1.0, 1.1),
    2: (1.1, 1.2),
    3: (1.2, 1.4),
    4: (1.4, 1.8),
    5: (1.6, 2.2),
    6: (1.8, 2.6),
    7: (2.0, 3.1),
}
b0 = facts.find_network("efficientnet_b0")
print("    wider deeper side   rule  counted  parameters  top-1")
for number, (wider, deeper) in FACTORS.items():
    network = facts.find_network(f"efficientnet_b{number}")
    side = network.in_shape[0]
    rule, counted = deeper * wider**2 * (side / 224) ** 2, network.macs / b0.macs
    print(
        f"B{number} {wider:6.1f} {deeper:6.1f} {side:4} {rule:6.1f} {counted:8.1f} "
        f"{network.trainable / 1e6:9.1f} M {network.top1:6.1f} %"
    )
    assert 0.7 < rule / counted < 1.25

# %% [markdown]
# The rule is good for the large ones. B1 costs more than it says: a stage of one block that becomes 1.1 times
# as deep has two.

# %%
FAMILIES = {
    "EfficientNet": [f"efficientnet_b{number}" for number in range(8)],
    "MobileNet v1 to v3": ["mobilenet", "mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large"],
    "without and with gates": ["resnet50", "se_resnet50"],
}
_, ax = plt.subplots(figsize=(7, 3.4), dpi=80)
for label, names in FAMILIES.items():
    networks = sorted(map(facts.find_network, names), key=lambda network: network.macs)
    scaled_up = label == "EfficientNet"  # one family, whose names stand below its curve
    style = "o-" if scaled_up else "o"
    ax.semilogx([n.macs / 1e9 for n in networks], [n.top1 for n in networks], style, label=label)
    for network in networks:
        place, short = (network.macs / 1e9, network.top1), network.title.removeprefix("EfficientNet-")
        away, side = ((0, -11), "center") if scaled_up else ((6, -3), "left")
        ax.annotate(short, place, away, textcoords="offset points", fontsize=7, ha=side)
ax.set(xlabel="multiply-adds, G", ylabel="top-1 accuracy, %", xlim=(0.03, 60), ylim=(66, 86))
ax.legend(fontsize=8, loc="lower right")
plt.show()
for source in sorted({facts.find_network(name).top1_source for names in FAMILIES.values() for name in names}):
    print("accuracies from:", source)

# %% [markdown]
# A warning about such pictures: the networks were trained in different years by different recipes, with
# more epochs and more augmentation in the later ones. Part of a vertical distance is the recipe.

# %% [markdown]
# ## What the clock says
#
# Now whole networks, on your machine, with random weights (the time does not depend on them).

# %%
whole = [
    keras_cnns.create(name) for name in ("resnet50", "mobilenet_v2", "mobilenet_v3_small", "efficientnet_b0")
]
costs = table_of_costs(*whole, batch=4)
fewer, faster = (costs["resnet50"][i] / costs["efficientnet_b0"][i] for i in (1, 2))
print(
    f"EfficientNet-B0: {fewer:.1f} times fewer multiply-adds than ResNet-50, {faster:.1f} times faster here"
)

# %% [markdown]
# The last column falls where the counts look best. [EfficientNetV2](https://arxiv.org/abs/2104.00298) (Tan
# and Le, ICML 2021) starts from this: depthwise convolutions often cannot keep an accelerator busy (Section
# 3.2). In the first three stages it replaces the 1×1 and the depthwise convolution by one full 3×3, the
# *fused* block. It does more multiply-adds. Is it faster? Here is a block of the second stage, 48 channels,
# on maps of 56×56, in both forms. (The paper trained on accelerators, so the answer on your machine may
# differ.)

# %%
NARROW = (56, 56, 48)
forms = {"fused_block": fused, "depthwise_block": gated}
pair = [
    chain(name, NARROW, lambda x, form=form: form(x, 4, 48, 1, "b", "b_out")) for name, form in forms.items()
]
costs = table_of_costs(*pair)
assert costs["fused_block"][1] > 3 * costs["depthwise_block"][1]

# %% [markdown]
# ## In short
#
# - A depthwise convolution takes away almost all the multiply-adds; those left run more slowly.
# - An inverted bottleneck is narrow between the blocks, wide inside, and ends without an activation.
# - A gate costs parameters but no work; it knows what is in the maps, not where.
# - Depth counts once, width and the side of the images count squared; EfficientNet grows all three.
# - Report the three costs apart, and say on which machine the time was measured.
#
# ## Exercises
#
# ### Exercise 1: count by hand
#
# How many multiply-adds has an inverted bottleneck on 14×14 maps with 64 channels, which expands by 6 and
# ends with 64 channels at stride 1? Batch normalization counts none. Write it as a product and a sum.

# %%
mine = None  # your turn: a number

block = chain("block", (14, 14, 64), lambda x: inverted_residual(x, 6, 64, 1, "block"))
if mine is not None:
    assert mine == keras_cnns.profile(block).macs
else:
    print("Exercise 1 is not done yet: mine is None.")

# %% [markdown]
# ### Exercise 2: a gate of your own
#
# Build the gate with Keras' layers: the mean of each of 256 maps (`keepdims=True`), a 1×1 convolution to 16
# values with ReLU, one back to 256 with a sigmoid, and the product with the input.

# %%
mine = None  # your turn: a keras.Model on keras.Input((14, 14, 256))

if mine is not None:
    keras_cnns.assert_matches(mine, gate)
else:
    print("Exercise 2 is not done yet: mine is None.")

# %% [markdown]
# ### Exercise 3: spend a budget
#
# Scale B0 to about 772 million multiply-adds, twice its own, with fewer than 10 million parameters. All three
# factors must be above those of B0. Decide on paper first.

# %%
mine = None  # your turn: scaled("mine", wider=..., deeper=..., side=...)


def within_budget(model):
    counted = keras_cnns.profile(model)
    print(f"{counted.macs / 1e6:.0f} M multiply-adds, {counted.params / 1e6:.1f} M parameters")
    return 700e6 < counted.macs < 840e6 and counted.params < 10e6


if mine is not None:
    assert within_budget(mine)
else:
    print("Exercise 3 is not done yet: mine is None.")

# %% [markdown]
# ## Solutions
#
# **1.** Widen, filter each of 384 maps, narrow, each at 14·14 places.

# %%
mine = 14 * 14 * (64 * 384 + 3 * 3 * 384 + 384 * 64)
assert mine == keras_cnns.profile(block).macs
print(f"{mine:,} multiply-adds; the depthwise part is {9 * 384 * 196 / mine:.0%} of them")

# %% [markdown]
# **2.** The two 1×1 convolutions have biases.

# %%
gate_input = keras.Input((14, 14, 256))
y = layers.GlobalAveragePooling2D(keepdims=True)(gate_input)
y = layers.Conv2D(16, 1, activation="relu")(y)
y = layers.Conv2D(256, 1, activation="sigmoid")(y)
mine = keras.Model(gate_input, layers.Multiply()([gate_input, y]), name="mine")
keras_cnns.assert_matches(mine, gate)

# %% [markdown]
# **3.** 1.1 times as wide and 1.2 times as deep, as in the paper's step, leaves only images of 230 pixels:
# the depth of a stage is rounded up, so the network costs more than the rule says.

# %%
mine = scaled("mine", wider=1.1, deeper=1.2, side=230)
assert within_budget(mine)

# %% [markdown]
# ## What to read next
#
# Notebook 09 goes back to the year 2016: what made depth and width pay.
