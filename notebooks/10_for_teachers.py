# %% [markdown]
# # For teachers: tests and exercises
#
# You give an assignment, "build this network", and thirty models come back, each written in another way.
# Here you write a test that accepts every right one and says of a wrong one what is wrong. You open files
# that you did not write without running what is in them, and you make networks with one mistake, for
# students to find. Nothing is trained.
#
# **45 minutes** with the exercises. **Before it:** the first half of notebook 6. It runs in half a minute.

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

keras.utils.set_random_seed(8)

# %% [markdown]
# ## The network of the assignment
#
# It is the one of notebook 6: a small network with shortcuts, whose second and third stage halve the maps.


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


second = my_net("second", strides=(1, 2, 2))
plot_model(second)

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
# Faulty networks are good practice for reading networks: `keras-cnns exercises` makes a sheet of them for
# paper. `mutate` makes a copy with one plausible mistake and returns the answer with it. Look at the
# picture of this mutant first. The correct network, `second`, is below it.

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
# ## In short
#
# - `compare` and `plot_model` read a file's architecture and run nothing that is in it.
# - `assert_matches` accepts what computes the same, however it is written, and says what differs.
# - `mutate` makes a network with one mistake; `mutants` makes several, all different.
#
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
    if guess is None:
        print(f"Exercise 1, mutant {seed}: not done yet")
    else:
        found = keras_cnns.compare(mutants[seed].model, second).differences
        print(f"{seed:2} you say {guess!r}, `compare` says {found[0].mistake!r}")

# %% [markdown]
# ### Exercise 2: a more tolerant test
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


def passes(test, student, reference):
    try:
        test(student, reference)
    except AssertionError:
        return False
    return True


bens = hand_in("ben", block, relu_too_early)
if not passes(my_test, epsilon, second):
    print("Exercise 2: the model with the different epsilon does not pass yet.")
elif passes(my_test, bens, my_net("solution", (1, 2, 2), n_classes=10)):
    print("Exercise 2 is not done yet: Ben's model passes.")

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
# **2.** `ignore` accepts names of attributes as well as names of mistakes.


# %%
def my_test(student, reference):
    keras_cnns.assert_matches(student, reference, ignore=["epsilon", "in_shape"])


assert passes(my_test, epsilon, second)
assert not passes(my_test, bens, my_net("solution", (1, 2, 2), n_classes=10))
print("the model with the different epsilon passes, Ben's does not")

# %% [markdown]
# ## What to read next
#
# The documentation has a page on checking assignments with nbgrader and Otter, and one on what `compare`
# cannot know. `examples/assignment` is a whole assignment with six students.
