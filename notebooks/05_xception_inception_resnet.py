# %% [markdown]
# # Two ways on from Inception: Xception and Inception-ResNet
#
# In 2016 the Inception family went in two directions. [Xception](https://arxiv.org/abs/1610.02357)
# (Chollet, CVPR 2017) takes the idea of a tower to its end: look at every map on its own, then mix the
# maps. [Inception-ResNet](https://arxiv.org/abs/1602.07261) (Szegedy, Ioffe, Vanhoucke and Alemi, AAAI
# 2017) keeps the towers and lets them learn a residual, made smaller before it is added. You will take a
# separable convolution apart, and measure what happens if nobody makes the residual smaller.

# %%
# %pip install --quiet "keras-cnns[notebooks]"

# %%
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

keras.utils.set_random_seed(5)

# %% [markdown]
# ## One convolution, two jobs
#
# A 3×3 convolution looks around in space and mixes channels, both in one step. Need it be one step? A
# *separable* convolution does the jobs one after the other: the *depthwise* half slides one 3×3 window
# over each map, the *pointwise* half is a 1×1 convolution that mixes the maps. What does that save? We
# count at the place where Xception spends most: 19×19 maps, 728 channels.


# %%
def chain(name, in_shape, *steps):
    """A small model that applies some layers one after the other."""
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
print(f"the full convolution has {saved:.2f} times the parameters, and the multiply-adds")
print(keras_cnns.compare(halves, separable).headline)

# %% [markdown]
# Nearly nine times cheaper, since 3·3·728·728 became 3·3·728 + 728·728: the nine is gone from the large
# term, and what is left is almost all pointwise. `compare` confirms that Keras' `SeparableConv2D` is its
# two halves, no more and no less. How do they look?

# %%
plot_model(halves)

# %% [markdown]
# ## What has been given up?
#
# There is no activation between the halves, so both are linear, and so is what they do together: there
# must be *one* full kernel that does the same. It is a product, `kernel[h, w, i, o] = depth[h, w, i] ·
# point[i, o]`. Is it exact?

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
print("as good as equal:", difference < 1e-5)

# %% [markdown]
# And the other way round: can any full kernel be written as two halves? Hold one input map fixed. The
# full kernel has nine numbers for each of the 24 outputs, a 9×24 matrix, and a product of a column and a
# row has rank 1. So a kernel can be separated exactly if each of these matrices has rank 1. If not, the
# [singular values](https://en.wikipedia.org/wiki/Singular_value_decomposition) say how close one can
# come with `depth_multiplier` windows a map in place of one.


# %%
def left_over(kernel, multiplier):
    """The part of a kernel (relative, as a root of a sum of squares) that separable ones cannot express."""
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
ax.set(xlabel="windows for each input map (depth_multiplier)", ylabel="what is left over", ylim=(-0.05, 1))
ax.legend()
plt.show()

# %% [markdown]
# A separable convolution is a *restricted* one. With one window a map it misses most of a random kernel;
# with nine it can express everything and saves nothing. That the restriction does not hurt is not
# algebra, it is what the paper claims about images: where something is and which channels belong
# together can be learned apart. (Do not mix this up with the 1×7 and 7×1 of Inception-v3: there a window
# is separated into its two directions, while channels are still mixed in both steps.)
#
# ## Between the two: how many groups?
#
# The paper comes from the other side. An Inception module mixes channels by 1×1 convolutions first and
# then lets a few towers look at their share of the maps. More towers, smaller shares: at the far end
# every map has a tower of its own. That is a grouped convolution after a 1×1.

# %%
for groups in (1, 4, 28, 728):
    towers = layers.Conv2D(728, 3, padding="same", groups=groups, use_bias=False)
    counted = keras_cnns.profile(chain("towers", MAPS, pointwise(728), towers))
    print(f"{groups:4} towers: {counted.params:>9,} parameters, {counted.macs / 1e6:6.0f} M multiply-adds")

# %% [markdown]
# The last row costs exactly what our separable convolution does, but in the other order, pointwise
# first. Does the order matter? And may there be a ReLU between, as an Inception tower has one after its
# 1×1?

# %%
other_order = chain("other_order", MAPS, pointwise(728), depthwise())
with_relu = chain("with_relu", MAPS, depthwise(), layers.ReLU(), pointwise(728))
for model in (other_order, with_relu):
    report = keras_cnns.compare(model, separable)
    print(report.headline, *(f"\n  {one.kind} ({one.mistake})" for one in report.differences), "\n")

# %% [markdown]
# "Same shapes" is the treacherous verdict: all counts agree, the function does not. Chollet argues that
# the order is of little importance, because such layers are stacked anyway. About the activation he made
# an experiment (Section 4.7): without any between the halves, training was faster and ended better. Our
# network has none.
#
# ## Xception, drawn

# %%
xception_net = without_weights("xception")  # to look at, it takes no memory for weights
plot_model(xception_net)

# %% [markdown]
# Three flows. *Entry*: two plain convolutions, then three blocks that halve the maps. *Middle*: eight
# times the same block of three separable convolutions, with a shortcut around. *Exit*: one more that
# halves, and two wide ones. It is a ResNet in build, with separable convolutions in place of almost all
# others. Here is one middle block by itself, and the share of its halves in the whole network.

# %%
block_input = keras.Input(MAPS)
middle_flow = keras.Model(block_input, middle_block(block_input, "middle_flow1"), name="middle_flow")
print(outline(middle_flow))

total = keras_cnns.profile(xception_net)
separables = [layer for layer in xception_net.layers if isinstance(layer, layers.SeparableConv2D)]
looking = sum(np.prod(layer.output.shape[1:3]) * 9 * layer.input.shape[-1] for layer in separables)
assert looking / total.macs < 0.02
print(f"\n{len(separables)} separable convolutions; their depthwise halves take {looking / total.macs:.1%}")
print("of all multiply-adds: looking around is cheap, mixing is what costs")

# %% [markdown]
# ## What does it cost?
#
# Xception was made to be compared with Inception-v3, not with Inception-v1, as one sometimes reads:
# Table 3 of the paper gives 22,855,952 parameters for Xception and 23,626,728 for its Inception-v3. Here
# are the four networks of this notebook. (The table counts what batch normalization keeps, too; the
# lines above it only what is trained, as papers do.)

# %%
assert total.trainable_params == 22_855_952
costs = keras_cnns.compare_costs(["inception_v3", "xception", "inception_v4", "inception_resnet_v2"])
for row in costs.rows:
    print(f"{row.title:20} {row.trainable_params:>10,} parameters {row.macs / 1e9:5.2f} G multiply-adds")
display(costs)

# %% [markdown]
# So separable convolutions did *not* make the network cheap: as many parameters as Inception-v3, and
# nearly half as many multiply-adds again. They made each layer cheap, and the savings were spent on more
# width on larger maps. At the same number of parameters the paper found Xception a little better, by 0.8
# points as usually quoted (79.0 % against 78.2 %). The cheap networks came later, when MobileNet kept
# the layer and not the width.
#
# ## Inception-v4 and Inception-ResNet-v2
#
# The other paper asks one question: do Inception networks need shortcuts? To answer it, it builds a pair
# of about the same cost, without and with. Its error rates, single crop:
#
# | network | parameters here | MACs here | top-1 error | top-5 error |
# |---|---:|---:|---:|---:|
# | Inception-v4, no shortcuts | 42.6 M | 12.3 G | 20.0 % | 5.0 % |
# | Inception-ResNet-v2 | 55.8 M | 13.2 G | 19.9 % | 4.9 % |
# | Inception-ResNet-v1 | 22.7 M | 6.2 G | 21.3 % | 5.5 % |
#
# The end is nearly the same; what shortcuts bought, the authors say, is speed of training. (The code
# that they released builds a larger Inception-ResNet-v2 than the paper's figures do. The published
# weights are for that one, and so are our counts; the errors are the paper's.)

# %%
plot_model(without_weights("inception_resnet_v2"))

# %% [markdown]
# Look into Inception-ResNet-A, B and C: towers, a 1×1 without activation that brings what they found to
# the width of the shortcut, and then "scaled by 0.17", 0.1 or 0.2, before the addition. The paper says
# 0.1 to 0.3; these figures are from the authors' code. Why is that there?
#
# ## Without the scale
#
# We take the real network, at a small image, and a copy that shares all its weights, but scales by 1.
# Then we watch the spread (standard deviation) of the maps as they pass the 10, 20 and 10 blocks, before
# any training.

# %%
net = inception_resnet_v2((75, 75, 3), n_classes=10)


def unscaled(layer):
    return layers.Rescaling(1.0, name=layer.name) if isinstance(layer, layers.Rescaling) else layer


plain = keras.models.clone_model(net, clone_function=unscaled)

names = [layer.name for layer in net.layers if layer.name.startswith(("inception_", "reduction_"))]
tiles = data.astronaut()[:450, :450].reshape(3, 150, 3, 150, 3).swapaxes(1, 2).reshape(9, 150, 150, 3)
photographs = tiles[:, ::2, ::2].astype("float32") / 127.5 - 1
print(len(names), "places to look at,", photographs.shape, "images")


# %%
def spread(model, training):
    maps = keras_cnns.features(model, names)(photographs, training=training)
    return [float(keras.ops.convert_to_numpy(m).std()) for m in maps]


figure, axes = plt.subplots(1, 2, figsize=(8, 2.8), dpi=80, sharey=True)
spreads = {}
for ax, training in zip(axes, (False, True)):  # in this order, since training moves the averages
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
    print(f"training={training}: {scaled:.1f} with the scales, {not_scaled:,.0f} without")
assert spreads["1", False][last] > 100 * spreads["1", True][last]

# %% [markdown]
# With the published scales the maps keep their spread over forty blocks (the steps are the two
# reductions, and the hook at the end is the very last block, which the authors do not scale). With 1
# they grow. In training mode, batch normalization inside the towers keeps each block's contribution in
# bounds, and the sum of forty of them grows slowly; in inference mode, at the start, batch normalization
# does nothing yet, each block multiplies, and the growth is exponential.
#
# What this does *not* show: that training fails. The authors report that networks with more than 1000
# filters "died" early, giving zeros before the average, and that neither a lower learning rate nor more
# normalization helped, but scaling did. That took them tens of thousands of steps. What we see is the
# tendency that the scales hold down, at step zero.
#
# ## What replaced what

# %%
LINE = ["inception_v1", "inception_v2", "inception_v3", "resnet50", "inception_v4"]
LINE += ["inception_resnet_v1", "inception_resnet_v2", "xception", "resnext50"]
for network in map(facts.find, LINE):
    print(f"{network.paper.published}  {network.title:20} {network.introduced}")

# %% [markdown]
# ## Exercises
#
# ### Exercise 1: the block by hand
#
# Build the middle flow's block yourself: three times ReLU, separable convolution with 728 filters and
# without a bias, batch normalization; then the addition. Mind the order.

# %%
mine = None  # your turn: a keras.Model on keras.Input(MAPS)

if mine is not None:
    keras_cnns.assert_matches(mine, middle_flow)

# %% [markdown]
# ### Exercise 2: the forgotten scale
#
# Build an Inception-ResNet-A block, but forget the scale. What will `compare` say: "same shapes",
# "different" or "equivalent"? Decide first. `unscaled` above may help.

# %%
verdict = None  # your turn: one of "same shapes", "different", "equivalent"

block_input = keras.Input((35, 35, 320))
block = keras.Model(block_input, inception_resnet_a(block_input, 48, 64, "a"), name="block")
forgotten = None  # your turn: a model like `block` without its scale

if forgotten is not None:
    print(keras_cnns.compare(forgotten, block))
    assert keras_cnns.compare(forgotten, block).verdict == verdict

# %% [markdown]
# ### Exercise 3: two windows a map
#
# `SeparableConv2D` has an option `depth_multiplier`. Build the one with two windows for each map from
# its halves, for `MAPS` and 728 filters. Which half doubles?

# %%
double = chain(
    "double", MAPS, layers.SeparableConv2D(728, 3, padding="same", depth_multiplier=2, use_bias=False)
)
mine = None  # your turn: a model of two layers

if mine is not None:
    keras_cnns.assert_matches(mine, double)

# %% [markdown]
# ## Solutions
#
# **1.** The ReLU comes first, as in the second edition of ResNet (He et al., March 2016): what runs
# along the shortcut is never cut off.

# %%
block_input = x = keras.Input(MAPS)
for _ in range(3):
    x = layers.ReLU()(x)
    x = layers.SeparableConv2D(728, 3, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
mine = keras.Model(block_input, layers.Add()([x, block_input]), name="mine")
keras_cnns.assert_matches(mine, middle_flow)

# %% [markdown]
# **2.** "Same shapes": a scale has no weights, so nothing you can count gives it away.

# %%
forgotten = keras.models.clone_model(block, clone_function=unscaled)
assert keras_cnns.compare(forgotten, block).verdict == "same shapes"
print(keras_cnns.compare(forgotten, block))

# %% [markdown]
# **3.** Both: the depthwise half has two windows a map, and the pointwise one reads 1456 maps.

# %%
twice = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2, use_bias=False)
mine = chain("mine", MAPS, twice, pointwise(728))
keras_cnns.assert_matches(mine, double)
print(f"{mine.count_params():,} parameters; with one window a map {halves.count_params():,}")

# %% [markdown]
# ## What to read next
#
# Notebook 06: now a network of your own, drawn, counted and compared with the same tools.
