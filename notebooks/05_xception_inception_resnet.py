# %% [markdown]
# # After Inception: Xception and Inception-ResNet
#
# In 2016 the Inception family developed in two directions. [Xception](https://arxiv.org/abs/1610.02357)
# (Chollet, CVPR 2017) takes the idea of towers to the extreme: it filters every map separately, then mixes
# the maps. [Inception-ResNet](https://arxiv.org/abs/1602.07261) (Szegedy, Ioffe, Vanhoucke and Alemi, AAAI
# 2017) keeps the towers and lets them learn a residual, which is scaled down before it is added. You will
# take a separable convolution apart, and measure what happens without the scaling.
#
# **90 minutes** with the exercises. **Before it:** notebooks 3 and 4. The rank argument is optional: it
# needs the singular value decomposition. It runs in one minute.

# %%
# %pip install --quiet "keras-cnns[notebooks]"

# %%
import re

import keras
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display
from keras import layers
from skimage import data

import keras_cnns
from keras_cnns.architectures.inception_resnet import inception_resnet_a, inception_resnet_v2
from keras_cnns.architectures.xception import middle_block
from keras_cnns.building import without_weights
from keras_cnns.catalog import facts
from keras_cnns.visualize import outline, plot_model
from keras_cnns.weightless import build_weightless

keras.utils.set_random_seed(5)

# %% [markdown]
# ## One convolution, two tasks
#
# A 3×3 convolution combines neighbouring pixels and mixes channels, both in one step. Is one step
# necessary? A *separable* convolution does the two tasks one after the other. Its *depthwise* half slides
# one 3×3 kernel over each map. Its *pointwise* half is a 1×1 convolution that mixes the maps. What does
# this save? We count for the layers where Xception does most of its work: 19×19 maps, 728 channels.


# %%
def chain(name, in_shape, *steps):
    """Build a small model that applies the given layers one after the other."""
    inputs = x = keras.Input(in_shape)
    for step in steps:
        x = step(x)
    return keras.Model(inputs, x, name=name)


def depthwise():
    return layers.DepthwiseConv2D(3, padding="same", use_bias=False)


def pointwise(filters):
    return layers.Conv2D(filters, 1, use_bias=False)


MAPS = (19, 19, 728)
full = chain("full", MAPS, layers.Conv2D(728, 3, padding="same", use_bias=False))
separable = chain("separable", MAPS, layers.SeparableConv2D(728, 3, padding="same", use_bias=False))
halves = chain("halves", MAPS, depthwise(), pointwise(728))

for model in (full, halves):
    for row in keras_cnns.profile(model).rows[1:]:
        print(f"{row.kind:16} {row.params:>9,} = {row.params_formula:12} {row.macs:>13,} MACs")

# %%
costs = keras_cnns.profile(full), keras_cnns.profile(separable)
saved = costs[0].macs / costs[1].macs
assert costs[0].params / costs[1].params == saved > 8.8
print(f"the full convolution has {saved:.2f} times the parameters and the multiply-adds")
print(keras_cnns.compare(halves, separable).headline)

# %% [markdown]
# The separable convolution is nearly nine times cheaper: 3·3·728·728 became 3·3·728 + 728·728. The large
# term has lost its factor of nine, and almost all of the remaining cost is pointwise. `compare` confirms
# that Keras' `SeparableConv2D` is exactly these two halves. Here is their picture:

# %%
plot_model(halves)

# %% [markdown]
# ## What is lost?
#
# There is no activation between the halves. So both are linear, and so is their combination: there must be
# *one* full kernel that does the same. It is the product `kernel[h, w, i, o] = depth[h, w, i] · point[i,
# o]`. Is it exact?

# %%
small = chain("small", (16, 16, 6), depthwise(), pointwise(24))
depth, point = small.get_weights()
product = np.einsum("hwi,io->hwio", depth[..., 0], point[0, 0])

same = chain("same", (16, 16, 6), layers.Conv2D(24, 3, padding="same", use_bias=False))
same.set_weights([product])

maps = np.random.default_rng(0).normal(size=(2, 16, 16, 6)).astype("float32")
answers = [keras.ops.convert_to_numpy(model(maps)) for model in (small, same)]
difference = abs(answers[0] - answers[1]).max() / abs(answers[0]).max()
assert difference < 1e-5
print("equal up to rounding:", difference < 1e-5)

# %% [markdown]
# *The rest of this section is optional; it needs the singular value decomposition.* Now the other way
# round: can every full kernel be split into two halves? Fix one input map. The full kernel then has nine
# numbers for each of the 24 outputs, a 9×24 matrix. The product of a column and a row has rank 1. So a
# kernel can be split exactly only if each of these matrices has rank 1. If not, the [singular
# values](https://en.wikipedia.org/wiki/Singular_value_decomposition) say how close you can get with
# `depth_multiplier` kernels per input map instead of one.


# %%
def left_over(kernel, multiplier):
    """Return the part of a kernel that separable kernels cannot express (norm relative to the whole)."""
    height, width, inputs, outputs = kernel.shape
    slices = kernel.transpose(2, 0, 1, 3).reshape(inputs, height * width, outputs)
    squares = np.linalg.svd(slices, compute_uv=False) ** 2
    return np.sqrt(squares[:, multiplier:].sum() / squares.sum())


random_kernel = chain("any", (16, 16, 6), layers.Conv2D(24, 3, use_bias=False)).get_weights()[0]
multipliers = range(1, 10)
errors = {
    "a product of two halves": [left_over(product, m) for m in multipliers],
    "a random kernel": [left_over(random_kernel, m) for m in multipliers],
}
assert errors["a product of two halves"][0] < 1e-3 and errors["a random kernel"][0] > 0.7

_, ax = plt.subplots(figsize=(6, 2.6), dpi=80)
for label, values in errors.items():
    ax.plot(multipliers, values, "o-", label=label)
ax.set(xlabel="kernels per input map (depth_multiplier)", ylabel="part not expressed", ylim=(-0.05, 1))
ax.legend()
plt.show()

# %% [markdown]
# A separable convolution is a *restricted* convolution. With one kernel per map it misses most of a random
# kernel. With nine it can express everything, but saves nothing. Algebra does not say whether the
# restriction hurts. The paper's claim is about images: spatial patterns and combinations of channels can be
# learned separately. (Do not confuse this with the 1×7 and 7×1 of Inception-v3. Those split a kernel into
# its two directions and still mix the channels in both steps.)
#
# ## Between full and depthwise: how many groups?
#
# The paper starts from the Inception module, which first mixes channels with 1×1 convolutions and then
# gives each of a few towers a share of the maps. With more towers, each share is smaller. In the extreme
# case, every map has its own tower. This is a grouped convolution after a 1×1.

# %%
for groups in (1, 4, 28, 728):
    towers = layers.Conv2D(728, 3, padding="same", groups=groups, use_bias=False)
    counted = keras_cnns.profile(chain("towers", MAPS, pointwise(728), towers))
    print(f"{groups:4} towers: {counted.params:>9,} parameters, {counted.macs / 1e6:6.0f} M multiply-adds")

# %% [markdown]
# The last row costs exactly as much as our separable convolution, but the order is reversed: pointwise
# first. Does the order matter? And may there be a ReLU between the halves, as there is after the 1×1 of an
# Inception tower?

# %%
other_order = chain("other_order", MAPS, pointwise(728), depthwise())
with_relu = chain("with_relu", MAPS, depthwise(), layers.ReLU(), pointwise(728))
for model in (other_order, with_relu):
    report = keras_cnns.compare(model, separable)
    print(report.headline, *(f"\n  {one.kind} ({one.mistake})" for one in report.differences), "\n")

# %% [markdown]
# The verdict "same shapes" is the dangerous one: all counts agree, but the function is different. Chollet
# argues that the order hardly matters, because such layers are stacked anyway. He tested the activation in
# an experiment (Section 4.7): without an activation between the halves, training was faster and the final
# result was better. Xception has none there.
#
# ## Xception, drawn

# %%
xception_net = without_weights("xception")  # to look at only
plot_model(xception_net)

# %% [markdown]
# Xception has three parts. The *entry flow* is two plain convolutions, then three blocks that halve the map
# size. The *middle flow* repeats one block eight times: three separable convolutions with a shortcut around
# them. The *exit flow* is one more block that halves the map size, and two wide separable convolutions. The
# structure is that of a ResNet, with separable convolutions in place of almost all others. Here is one
# block of the middle flow, and the share of the depthwise halves in the cost of the whole network.

# %%
block_input = keras.Input(MAPS)
middle_module = keras.Model(block_input, middle_block(block_input, "middle_module1"), name="middle_module")
print(outline(middle_module))

total = keras_cnns.profile(xception_net)
separables = [layer for layer in xception_net.layers if isinstance(layer, layers.SeparableConv2D)]
looking = sum(np.prod(layer.output.shape[1:3]) * 9 * layer.input.shape[-1] for layer in separables)
assert looking / total.macs < 0.02
print(f"\n{len(separables)} separable convolutions; their depthwise halves take {looking / total.macs:.1%}")
print("of all multiply-adds: the spatial half is cheap, mixing the channels is not")

# %% [markdown]
# ## What does it cost?
#
# Xception was designed to be compared with Inception-v3, not with Inception-v1, as is sometimes said. Table
# 3 of the paper gives 22,855,952 parameters for Xception and 23,626,728 for its Inception-v3. Here are the
# four networks of this notebook. (The table also counts the moving averages of batch normalization. The
# lines above it count only trainable parameters, as papers do.)

# %%
assert total.trainable_params == 22_855_952
costs = keras_cnns.compare_costs(["inception_v3", "xception", "inception_v4", "inception_resnet_v2"])
for row in costs.rows:
    print(f"{row.title:20} {row.trainable_params:>10,} parameters {row.macs / 1e9:5.2f} G multiply-adds")
display(costs)

# %% [markdown]
# So separable convolutions did *not* make the network cheap: it has as many parameters as Inception-v3, and
# nearly one and a half times as many multiply-adds. They made each layer cheap, and the savings were spent
# on more channels and larger maps. With the same number of parameters, the paper found Xception a little
# better: by 0.8 points (79.0 % against 78.2 %, its Table 1).
#
# ## MobileNet: the same layer, fewer maps
#
# Cheap networks came later. [MobileNet](https://arxiv.org/abs/1704.04861) (Howard and others, 2017) is
# little but the two halves in a row, thirteen times. It has fewer maps than Xception, no shortcuts, and
# batch normalization and ReLU after *each* half. This library does not build it, but Keras does, and any
# model can be drawn and counted:

# %%
mobile = build_weightless(keras.applications.MobileNet, (224, 224, 3), weights=None)
plot_model(mobile)

# %%
for network in (mobile, xception_net):
    counted = keras_cnns.profile(network)
    millions, billions = counted.params / 1e6, counted.macs / 1e9
    print(f"{network.name:18} {millions:5.1f} M parameters {billions:5.2f} G multiply-adds")
depthwise_rows = [row for row in keras_cnns.profile(mobile).rows if row.kind == "DepthwiseConv2D"]
share = sum(row.macs for row in depthwise_rows) / keras_cnns.profile(mobile).macs
print(f"the {len(depthwise_rows)} depthwise halves of MobileNet take {share:.1%} of its multiply-adds")
assert len(depthwise_rows) == 13 and share < 0.05

# %% [markdown]
# MobileNet takes less than a fourteenth of the multiply-adds of Xception, for images with little more than
# half as many pixels. ReLU6, which you see in the picture, is ReLU cut off at 6.
#
# ## Inception-v4 and Inception-ResNet-v2
#
# The other paper asks one question: do Inception networks need shortcuts? To answer it, the authors compare
# two networks of about the same cost, one without shortcuts and one with. These are its error rates for a
# single crop:
#
# | network | parameters here | MACs here | top-1 error | top-5 error |
# |---|---:|---:|---:|---:|
# | Inception-v4, no shortcuts | 42.6 M | 12.3 G | 20.0 % | 5.0 % |
# | Inception-ResNet-v2 | 55.8 M | 13.2 G | 19.9 % | 4.9 % |
# | Inception-ResNet-v1 | 22.7 M | 6.2 G | 21.3 % | 5.5 % |
#
# The final errors are nearly the same. The authors say that the shortcuts made training faster. (Their
# released code builds a larger Inception-ResNet-v2 than the figures of the paper describe. The published
# weights are for the larger one, and so are our counts. The errors are the paper's.)

# %%
plot_model(without_weights("inception_resnet_v2"))

# %% [markdown]
# Look at Inception-ResNet-A, B and C. First come the towers. Then a 1×1 convolution without activation
# brings their output to the number of maps of the shortcut. Then comes "scaled by 0.17", 0.1 or 0.2, before
# the addition. (The paper says 0.1 to 0.3; these values are from the authors' code.) Why is the scaling
# there?
#
# ## Without the scaling
#
# We build the real network for small images, and a copy that shares all its weights but scales by 1. Then
# we measure the spread (standard deviation) of the maps as they pass through the 10, 20 and 10 blocks,
# before any training.

# %%
net = inception_resnet_v2((75, 75, 3), n_classes=10)


def unscaled(layer):
    return layers.Rescaling(1.0, name=layer.name) if isinstance(layer, layers.Rescaling) else layer


plain = keras.models.clone_model(net, clone_function=unscaled)

a_block = re.compile(r"(inception|inception_resnet|reduction)_[abc]\d*")  # what is in one has a longer name
names = [layer.name for layer in net.layers if a_block.fullmatch(layer.name)]
tiles = data.astronaut()[:450, :450].reshape(3, 150, 3, 150, 3).swapaxes(1, 2).reshape(9, 150, 150, 3)
photographs = tiles[:, ::2, ::2].astype("float32") / 127.5 - 1
print(len(names), "layers to look at,", photographs.shape, "images")


# %%
def spread(model, training):
    maps = keras_cnns.features(model, names)(photographs, training=training)
    return [float(keras.ops.convert_to_numpy(m).std()) for m in maps]


figure, axes = plt.subplots(1, 2, figsize=(8, 2.8), dpi=80, sharey=True)
spreads = {}
for ax, training in zip(axes, (False, True)):  # False first, since training mode changes the moving averages
    for label, model in (("0.17, 0.1, 0.2", net), ("1", plain)):
        spreads[label, training] = spread(model, training)
        ax.semilogy(spreads[label, training], label=f"scale {label}")
    ax.set(title=f"training={training}", xlabel="block")
axes[0].set_ylabel("spread of the maps")
axes[0].legend(loc="upper left")
figure.tight_layout()
plt.show()

# %%
last = names.index("inception_resnet_c9")
for training in (False, True):
    scaled, not_scaled = (spreads[label, training][last] for label in ("0.17, 0.1, 0.2", "1"))
    assert scaled < 2 < not_scaled
    print(f"training={training}: spread {scaled:.1f} with the scaling, {not_scaled:,.0f} without")
assert spreads["1", False][last] > 100 * spreads["1", True][last]

# %% [markdown]
# With the published scales, the spread of the maps stays about the same over forty blocks. (The steps in
# the curve are the two reductions. The bend at the end is the very last block, which the authors do not
# scale.) With a scale of 1, the spread grows. In training mode, batch normalization inside the towers
# limits what each block adds, so the sum over forty blocks grows slowly. In inference mode, before any
# training, batch normalization has no effect yet: each block multiplies the spread, and the growth is
# exponential.
#
# This does *not* show that training fails. The authors report that networks with more than 1000 filters
# "died" early in training: the last layer before the average pooling gave only zeros. Neither a lower
# learning rate nor more normalization helped, but scaling did. In their experiments this happened after
# tens of thousands of steps. We only see, before the first step, the growth that the scaling prevents.
#
# ## The networks by date

# %%
LINE = ["inception_v1", "inception_v2", "inception_v3", "resnet50", "inception_v4"]
LINE += ["inception_resnet_v1", "inception_resnet_v2", "xception", "resnext50"]
for network in map(facts.find_network, LINE):
    print(f"{network.paper.published}  {network.title:20} {network.introduced}")

# %% [markdown]
# ## In short
#
# - A separable convolution filters each map by itself, then mixes the maps; nearly all its cost is the
# mixing.
# - Xception spends what it saves on more maps; MobileNet keeps the saving.
# - What is added in a residual block may have to be scaled down, or the maps grow from block to block.
#
# ## Exercises
#
# ### Exercise 1: the block by hand
#
# Build the block of the middle flow yourself. Repeat three times: ReLU, separable convolution with 728
# filters and no bias, batch normalization. Then add the shortcut. Pay attention to the order.

# %%
mine = None  # your turn: a keras.Model on keras.Input(MAPS)

if mine is not None:
    keras_cnns.assert_matches(mine, middle_module)
else:
    print("Exercise 1 is not done yet: mine is None.")

# %% [markdown]
# ### Exercise 2: the missing scale
#
# Build an Inception-ResNet-A block without the scaling. What will `compare` say: "same shapes", "different"
# or "equivalent"? Decide before you run it. `unscaled` above may help.

# %%
verdict = None  # your turn: one of "same shapes", "different", "equivalent"

block_input = keras.Input((35, 35, 320))
block = keras.Model(block_input, inception_resnet_a(block_input, 48, 64, "a"), name="block")
forgotten = None  # your turn: a model like `block` without its scale

if forgotten is not None:
    print(keras_cnns.compare(forgotten, block))
    assert keras_cnns.compare(forgotten, block).verdict == verdict
else:
    print("Exercise 2 is not done yet: forgotten is None.")

# %% [markdown]
# ### Exercise 3: two kernels per map
#
# `SeparableConv2D` has an option `depth_multiplier`. Build the layer with two kernels per input map from
# its halves, for `MAPS` and 728 filters. Which half doubles in size?

# %%
double = chain(
    "double", MAPS, layers.SeparableConv2D(728, 3, padding="same", depth_multiplier=2, use_bias=False)
)
mine = None  # your turn: a model of two layers

if mine is not None:
    keras_cnns.assert_matches(mine, double)
else:
    print("Exercise 3 is not done yet: mine is None.")

# %% [markdown]
# ## Solutions
#
# **1.** The ReLU comes first, as in the second version of ResNet (He et al., March 2016), so no activation
# cuts off what is on the shortcut.

# %%
block_input = x = keras.Input(MAPS)
for _ in range(3):
    x = layers.ReLU()(x)
    x = layers.SeparableConv2D(728, 3, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
mine = keras.Model(block_input, layers.Add()([x, block_input]), name="mine")
keras_cnns.assert_matches(mine, middle_module)

# %% [markdown]
# **2.** "Same shapes": the scaling has no weights, so no count shows that it is missing.

# %%
forgotten = keras.models.clone_model(block, clone_function=unscaled)
assert keras_cnns.compare(forgotten, block).verdict == "same shapes"
print(keras_cnns.compare(forgotten, block))

# %% [markdown]
# **3.** Both: the depthwise half has two kernels per input map, and the pointwise half reads 1456 maps.

# %%
twice = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2, use_bias=False)
mine = chain("mine", MAPS, twice, pointwise(728))
keras_cnns.assert_matches(mine, double)
print(f"{mine.count_params():,} parameters; with one kernel per map {halves.count_params():,}")

# %% [markdown]
# ## What to read next
#
# In notebook 06 you draw, count and compare a network of your own with the same tools.
