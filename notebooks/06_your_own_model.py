# %% [markdown]
# # Your own model
#
# So far, all networks came from papers. Here you write your own: a small network with shortcuts as in
# [ResNet](https://arxiv.org/abs/1512.03385) (He et al., CVPR 2016). You look at it, count what it costs,
# improve it and list what changed. Then you change roles and become the teacher: you write the test for an
# assignment and find the mistakes in faulty networks. Nothing is trained in this notebook. It is all about
# the graph.
#
# **60 minutes** with the exercises. **Before it:** notebook 4, or a model with shortcuts. The first half
# is about your own model, the second is for teachers. It runs in half a minute.

# %%
# %pip install --quiet "keras-cnns[notebooks]"

# %%
import difflib
from pathlib import Path

import keras
from keras import layers

import keras_cnns
from keras_cnns.keras_files.architecture import load_architecture
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


def my_net(name, strides, in_shape=(64, 64, 3), n_classes=5):
    inputs = keras.Input(in_shape)
    x = conv(inputs, 16)
    for filters, stride in zip((16, 32, 64), strides):
        x = block(block(x, filters, stride), filters)
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
# `build_weightless` builds a model whose variables have shapes but no values.

# %%
mobile = build_weightless(keras.applications.MobileNetV2, (96, 96, 3), weights=None, classes=5)
plot_model(mobile, names={"residual block": "inverted residual"})

# %% [markdown]
# ## Files, your own and untrusted ones
#
# You can draw and compare a saved model without loading it. Only the description of the architecture is
# read from the file, no weights, and no code in it is run. This matters, because a `.keras` file can
# contain code. Here is one that does.

# %%
second.save("mine.keras")
drawn = plot_model(load_architecture(Path("mine.keras")))
print(drawn.outline() == outline(second), keras_cnns.compare("mine.keras", second).verdict)

untrusted = keras.Sequential([keras.Input((8,)), layers.Lambda(lambda x: 2 * x)])
untrusted.save("untrusted.keras")
try:
    keras_cnns.compare("untrusted.keras", second)
except ValueError as refused:
    print("\n" + str(refused))

# %% [markdown]
# On the command line, use `keras-cnns draw mine.keras` and `keras-cnns compare mine.keras resnet18`.
#
# ## The test for an assignment
#
# Suppose you give this assignment: *"Build `my_net` with strides 1, 2, 2 for ten classes; the size of the
# images is up to you."* The test should accept any way of writing the network. If it fails, it should say
# what is wrong, not just that something is. Below are such a test for pytest (the same lines work in
# nbgrader and otter) and the models of two students.


# %%
def test_assignment(student):
    keras_cnns.assert_matches(student, my_net("solution", (1, 2, 2), n_classes=10), ignore=["in_shape"])


def written_otherwise(x, filters, strides=1):
    """Build the same block with activations as functions, padding as a layer, and different names."""
    y = layers.Conv2D(filters, 3, strides, padding="same", use_bias=False)(x)
    y = keras.ops.relu(layers.BatchNormalization()(y))
    y = layers.Conv2D(filters, 3, use_bias=False)(layers.ZeroPadding2D(1)(y))
    y = layers.BatchNormalization(name=f"end_{filters}_{strides}")(y)
    if strides > 1 or x.shape[-1] != filters:
        x = layers.BatchNormalization()(layers.Conv2D(filters, 1, strides, use_bias=False)(x))
    return layers.Activation("relu")(y + x)


def hand_in(name, first_blocks, last_blocks):
    inputs = keras.Input((32, 32, 3))
    x = conv(inputs, 16)
    for filters, strides in ((16, 1), (32, 2), (64, 2)):
        x = last_blocks(first_blocks(x, filters, strides), filters)
    x = layers.Dense(10)(layers.GlobalAveragePooling2D()(x))
    return keras.Model(inputs, layers.Softmax()(x), name=name)


def relu_too_early(x, filters, strides=1):
    return layers.Add()([conv(conv(x, filters, strides=strides), filters), x])


for student in (hand_in("anna", written_otherwise, block), hand_in("ben", block, relu_too_early)):
    try:
        test_assignment(student)
        print(student.name, "passes\n")
    except AssertionError as failure:
        print(student.name, "does not pass", failure)

# %% [markdown]
# Anna's model looks different from ours but computes the same function. Ben's has the same number of
# parameters and the same shapes everywhere, and it could be trained. But its ReLU is on the wrong side of
# the addition, and the message tells him so.
#
# ## Find the mistake
#
# From here on you are the teacher. Faulty networks are good practice for reading networks: `keras-cnns
# exercises` makes a sheet of them. `mutate` makes a copy with one plausible mistake
# and returns the answer with it. Look at the picture of this mutant first. The correct network, `second`,
# is below it.

# %%
mutant, answer = keras_cnns.mutate(second, seed=7)
plot_model(mutant)

# %%
plot_model(second)

# %% [markdown]
# Something is wrong at the start of the lane. Outlines can be compared line by line: − is `second`, + is
# the mutant.

# %%
lines = difflib.ndiff(outline(second).splitlines(), outline(mutant).splitlines())
print("\n".join(line for line in lines if line[0] in "+-"))

# %% [markdown]
# Do you see the mistake? Then let `compare` name it, show it in the picture, and look at the answer.

# %%
report = keras_cnns.compare(mutant, second)
print(report)
print("\nthe answer:", answer.sentence)
assert answer.mistake in [one.mistake for one in report.differences]

# %%
report.diagram()

# %% [markdown]
# ## Exercises
#
# ### Exercise 1: four mutants
#
# Find the mistake in each of these four, from the picture or the outline alone, and describe it in a word
# or two, such as "bias". For those that you have answered, the cell shows what `compare` calls them.

# %%
mutants = {seed: keras_cnns.mutate(second, seed) for seed in (2, 11, 15, 17)}
guesses = {2: None, 11: None, 15: None, 17: None}  # your turn; plot_model(mutants[2].model) and so on

for seed, guess in guesses.items():
    if guess is not None:
        found = keras_cnns.compare(mutants[seed].model, second).differences
        print(f"{seed:2} you say {guess!r}, `compare` says {found[0].mistake!r}")

# %% [markdown]
# ### Exercise 2: see all of the image
#
# Change `second` so that a unit of its last map sees 64 pixels or more, without adding a parameter. (There
# are several ways. How many multiply-adds does yours take?)

# %%
third = None  # your turn: my_net("third", strides=...)

if third is not None:
    seen = keras_cnns.profile(third)
    print(keras_cnns.compare(third, second))
    assert seen.receptive_field >= 64 and seen.params == better.params

# %% [markdown]
# ### Exercise 3: a more tolerant test
#
# A student uses an epsilon of 1e-5 in batch normalization, as in PyTorch, and you accept that. Change the
# test so that this model passes, but Ben's still does not.

# %%
epsilon = keras.models.clone_model(
    second,
    clone_function=lambda layer: type(layer).from_config(
        layer.get_config() | ({"epsilon": 1e-5} if isinstance(layer, layers.BatchNormalization) else {})
    ),
)


def my_test(student, reference):
    pass  # your turn


my_test(epsilon, second)

# %% [markdown]
# ## Solutions
#
# **1.** A 5×5 kernel, an extra block, a missing ReLU after an addition, and flattening instead of the
# average. All four are visible in the picture: in a box, in a ×N, on a corner, and near the end.

# %%
for seed, (mutant, answer) in mutants.items():
    found = keras_cnns.compare(mutant, second).differences
    assert [one.mistake for one in found] == [answer.mistake]
    print(f"{seed:2} {answer.mistake}: {answer.sentence}")

# %% [markdown]
# **2.** A larger stride enlarges the receptive field of every later layer. The shortcut pays the price: its
# 1×1 convolution with a stride of 4 reads only one position in sixteen. (A stride in the very first
# convolution works as well. A stride in the first block does not, because its shortcut then needs a 1×1
# convolution with extra weights.)

# %%
third = my_net("third", strides=(1, 2, 4))
seen = keras_cnns.profile(third)
assert seen.receptive_field >= 64 and seen.params == better.params
print(f"a receptive field of {seen.receptive_field} pixels for {seen.macs / 1e6:.0f} M multiply-adds")

# %% [markdown]
# **3.** `ignore` accepts names of attributes as well as names of mistakes.


# %%
def my_test(student, reference):
    keras_cnns.assert_matches(student, reference, ignore=["epsilon", "in_shape"])


my_test(epsilon, second)
try:
    my_test(hand_in("ben", block, relu_too_early), my_net("solution", (1, 2, 2), n_classes=10))
    raise RuntimeError("Ben's model should not pass")
except AssertionError:
    print("the model with the different epsilon passes, Ben's does not")

# %% [markdown]
# ## What to read next
#
# Notebook 07 uses networks that are already trained and shows how they help if you have only a few images.
