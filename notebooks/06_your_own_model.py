# %% [markdown]
# # Your own model
#
# So far, all networks came from papers. Here you write your own: a small network with shortcuts as in
# [ResNet](https://arxiv.org/abs/1512.03385) (He et al., CVPR 2016). You look at it, count what it costs,
# improve it and list what changed. Nothing is trained in this notebook. It is all about the graph.
#
# **45 minutes** with the exercises. **Before it:** notebook 4, or a model with shortcuts. It runs in half a
# minute. (What teachers do with the same tools is in notebook 10.)

# %%
# %pip install --quiet "keras-cnns[notebooks]"

# %%
import keras
from keras import layers

import keras_cnns
from keras_cnns.visualize import outline, plot_model
from keras_cnns.weightless import build_weightless

keras.utils.set_random_seed(6)

# %% [markdown]
# ## Write it
#
# Two helper functions and a loop are enough. If a block changes the size or the number of maps, its
# shortcut needs a 1×1 convolution; comparing the shapes shows when. The images are 64×64, for example
# photographs of five kinds of plants.


# %%
def conv(x, filters, kernel=3, strides=1, relu=True):
    x = layers.Conv2D(filters, kernel, strides, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    return layers.ReLU()(x) if relu else x


def block(x, filters, strides=1):
    y = conv(conv(x, filters, strides=strides), filters, relu=False)
    shortcut = x if x.shape == y.shape else conv(x, filters, 1, strides, relu=False)
    return layers.ReLU()(layers.Add()([shortcut, y]))


def my_net(name, strides, in_shape=(64, 64, 3), n_classes=5, module=block):
    inputs = keras.Input(in_shape)
    x = conv(inputs, 16)
    for filters, stride in zip((16, 32, 64), strides):
        x = module(module(x, filters, stride), filters)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(n_classes, activation="softmax")(x), name=name)


first = my_net("first", strides=(1, 1, 1))

# %% [markdown]
# ## Look at it
#
# Is it the network that you meant to build? `plot_model` does not see your code. It reads the graph, finds
# what repeats and folds it. Here it also finds that there are two kinds of blocks and gives them the names
# used for ResNet.

# %%
plot_model(first)

# %% [markdown]
# A folded picture leaves out details. `show_shapes` adds the output shape of each box, and `show_params`
# the number of its parameters. A box that stands for several layers shows the first and the last shape, and
# the smallest and the largest number of parameters.

# %%
plot_model(first, show_shapes=True, show_params=True)

# %% [markdown]
# When in doubt, draw every layer by itself, as Keras does. That picture is tall, so here is only the part
# up to the addition of the first block. `features` cuts it out for us.

# %%
addition = next(layer.name for layer in first.layers if isinstance(layer, layers.Add))
plot_model(keras_cnns.features(first, addition), detail="layers")

# %% [markdown]
# The same picture as text fits into an e-mail, a code review or a test. B is batch normalization, R is
# ReLU, S is softmax. `( a | b )` are branches, and – is a shortcut without layers.

# %%
print(outline(first))

# %% [markdown]
# ## What does it cost, and how large is its receptive field?

# %%
costs = keras_cnns.profile(first)
print(costs.text(stages=True))

# %% [markdown]
# The network has few parameters, but its 711 million multiply-adds are 40 % of those of a ResNet-18, whose
# images have twelve times as many pixels. And look at the receptive field: a unit of the last map sees a
# window of 27×27 pixels. *Is that enough for 64×64?* No unit ever sees a whole plant. The average at the
# end combines the units, but no unit can know that this leaf belongs to that flower. Which layers cost the
# most?

# %%
for what, row in costs.dominant().items():
    print(f"{what:18} highest in a {row.kind:18} with output {row.shape[1:]}")
assert costs.receptive_field < 64

# %% [markdown]
# All layers work at full resolution. So we make the maps smaller, as all networks in these notebooks do:
# the second and the third stage start with a stride of 2.

# %%
second = my_net("second", strides=(1, 2, 2))
better = keras_cnns.profile(second)
print(f"multiply-adds    {costs.macs / 1e6:5.0f} M to {better.macs / 1e6:5.0f} M")
print(f"activations      {costs.activation_bytes / 1e6:5.1f} MB to {better.activation_bytes / 1e6:4.1f} MB")
print(f"parameters     {costs.params:,} to {better.params:,}")
print(f"receptive field  {costs.receptive_field:5} to {better.receptive_field:5} pixels")
assert better.macs < costs.macs / 6 and better.receptive_field > 50

# %% [markdown]
# We changed one number in two stages. The network is now almost seven times cheaper and has twice the
# receptive field, with the same parameters. The receptive field is still a little below 64; exercise 2 is
# about that.
#
# ## What did I change?
#
# A week later, you will want to know how your two versions differ. The compact outlines do not show it,
# because they leave out strides. The number of parameters does not show it either. `compare` does.

# %%
assert outline(first).splitlines()[1:] == outline(second).splitlines()[1:]
print(keras_cnns.compare(second, first))

# %% [markdown]
# There is one cause, in four layers. The 28 shapes that follow from it are counted but not listed. Here is
# the same report as a picture, with the differences marked in the model:

# %%
keras_cnns.compare(second, first).diagram()

# %% [markdown]
# You can also compare with a famous network. Many of us learned "LeNet-5" like this. Is it LeNet-5?

# %%
my_lenet = keras.Sequential(
    [
        keras.Input((32, 32, 1)),
        layers.Conv2D(6, 5, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(16, 5, activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(120, activation="relu"),
        layers.Dense(84, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ],
    name="my_lenet",
)
print(keras_cnns.compare(my_lenet, "lenet_5"))

# %% [markdown]
# It is a good network, but not that of 1998. Note the last line: a dense layer after flattening is the same
# as a 5×5 convolution on a 5×5 map. `compare` recognizes this and does not count it as a difference.
#
# ## Other people's models
#
# A U-Net is not a single lane: its shortcuts connect the contracting path with the expanding path.


# %%
def twice(x, filters):
    for _ in range(2):
        x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    return x


def u_net(in_shape=(96, 96, 1), filters=(16, 32, 64)):
    inputs = x = keras.Input(in_shape)
    down = []
    for n in filters:
        x = twice(x, n)
        down.append(x)
        x = layers.MaxPooling2D()(x)
    x = twice(x, 2 * filters[-1])
    for n, left in zip(reversed(filters), reversed(down)):
        x = layers.Concatenate()([left, layers.Conv2DTranspose(n, 2, 2)(x)])
        x = twice(x, n)
    return keras.Model(inputs, layers.Conv2D(1, 1, activation="sigmoid")(x), name="u_net")


plot_model(u_net())

# %% [markdown]
# Any model from `keras.applications` works as well. To look at it we need no weights, not even random ones.
# `build_weightless` builds a model whose variables have shapes but no values. A block is named by its
# structure; `names` gives it the name of the paper's Table 2.

# %%
mobile = build_weightless(keras.applications.MobileNetV2, (96, 96, 3), weights=None, classes=5)
plot_model(mobile, names={"inverted residual": "bottleneck"})

# %% [markdown]
# ## In short
#
# - A picture shows whether you built what you meant: `plot_model`, or `outline` as text.
# - `profile` says where the cost is, and how much of the image a unit sees.
# - `compare` says what you changed, and what only follows from it.
#
# ## Exercises
#
# ### Exercise 1: see all of the image
#
# Change `second` so that a unit of its last map sees 64 pixels or more, without adding a parameter. (There
# are several ways. How many multiply-adds does yours take?)

# %%
third = None  # your turn: my_net("third", strides=...)

if third is not None:
    seen = keras_cnns.profile(third)
    print(keras_cnns.compare(third, second))
    assert seen.receptive_field >= 64 and seen.params == better.params
else:
    print("Exercise 1 is not done yet: third is None.")

# %% [markdown]
# ### Exercise 2: a bottleneck
#
# Write a block for `my_net` as in ResNet-50: a 1×1 to a quarter of the filters, a 3×3 with the stride, a
# 1×1 to all the filters. The network must have fewer than a quarter of the parameters of `second`, and
# maps of the same sizes. Before you run it: does it see more of the image or less?

# %%
bottleneck = None  # your turn: a function with the arguments of `block`

if bottleneck is not None:
    thin = my_net("thin", strides=(1, 2, 2), module=bottleneck)
    counted = keras_cnns.profile(thin)
    print(f"{counted.params:,} parameters, a receptive field of {counted.receptive_field} pixels")
    assert counted.params < better.params / 4 and counted.last_map == better.last_map
else:
    print("Exercise 2 is not done yet: bottleneck is None.")

# %% [markdown]
# ## Solutions
#
# **1.** A larger stride enlarges the receptive field of every later layer. The shortcut pays the price: its
# 1×1 convolution with a stride of 4 reads only one position in sixteen. (A stride in the very first
# convolution works as well. A stride in the first block does not, because its shortcut then needs a 1×1
# convolution with extra weights.)

# %%
third = my_net("third", strides=(1, 2, 4))
seen = keras_cnns.profile(third)
assert seen.receptive_field >= 64 and seen.params == better.params
print(f"a receptive field of {seen.receptive_field} pixels for {seen.macs / 1e6:.0f} M multiply-adds")

# %% [markdown]
# **2.** It sees less: a block has one 3×3 in place of two. The block needs a projection wherever the shapes
# differ, as before.


# %%
def bottleneck(x, filters, strides=1):
    y = conv(conv(x, filters // 4, 1), filters // 4, strides=strides)
    y = conv(y, filters, 1, relu=False)
    shortcut = x if x.shape == y.shape else conv(x, filters, 1, strides, relu=False)
    return layers.ReLU()(layers.Add()([shortcut, y]))


thin = my_net("thin", strides=(1, 2, 2), module=bottleneck)
counted = keras_cnns.profile(thin)
assert counted.params < better.params / 4 and counted.last_map == better.last_map
assert counted.receptive_field < better.receptive_field
print(f"{counted.params:,} parameters, a receptive field of {counted.receptive_field} pixels")
plot_model(thin)

# %% [markdown]
# ## What to read next
#
# Notebook 07 uses networks that are already trained and shows how they help if you have only a few images.
# Notebook 10 is for teachers: tests for assignments, and networks with a mistake to find.
