# %% [markdown]
# # Transfer learning: start from what another network has learned
#
# You have a few dozen labelled images; a network has millions of weights. The way out is to start from
# weights that were trained on something else. How far that carries was measured by [Yosinski, Clune,
# Bengio and Lipson, 2014](https://arxiv.org/abs/1411.1792); our network is ResNet-18 ([He et al.,
# 2015](https://arxiv.org/abs/1512.03385)). You will load weights, cut a network at a landmark, freeze it
# properly, and measure what all this brings.

# %%
# %pip install --quiet "keras-cnns[notebooks]"

# %%
import warnings

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers
from skimage import data
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

import keras_cnns
from keras_cnns.visualize import plot_model

keras.utils.set_random_seed(7)

# %% [markdown]
# ## Where the weights come from
#
# `create(..., weights="imagenet")` downloads published weights once, checks them and puts every tensor
# in its place. Without a connection it says what is missing, and this notebook goes on with weights that
# it makes itself. Everything after this section is the same for both: `source` says which way it went.

# %%
source = "published"  # or "made here", to leave the network alone
IN_SHAPE = (32, 32, 3)

if source == "published":
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that the classifier is new, which is what we want
            net = keras_cnns.create("resnet18", IN_SHAPE, n_classes=5, weights="imagenet")
    except (OSError, ImportError) as missing:
        file = keras_cnns.weights.find("resnet18").file
        needs = (
            "PyTorch, to be read"
            if isinstance(missing, ImportError)
            else f"a download of about {file.size / 1e6:.0f} MB"
        )
        print(f"{file.name} is not here; it needs {needs}. So we make weights ourselves.")
        source = "made here"
if source == "made here":
    net = keras_cnns.create("resnet18", IN_SHAPE, n_classes=5)
print(source)

# %% [markdown]
# A network wants to see images as it saw them in training: the size, the order of the channels, the
# scale. That belongs to the weights, not to the architecture, and getting it wrong costs accuracy
# without any error. So it is written down for each set of weights, and `preprocess` does it, resizing
# and cropping included.

# %%
wants = keras_cnns.weights.find("resnet18").preprocessing
print(wants)

cat = data.chelsea()
seen = keras_cnns.weights.preprocess("resnet18", [cat])
_, axes = plt.subplots(1, 2, figsize=(6, 2.4), dpi=80)
axes[0].imshow(cat)
axes[0].set_title(f"{cat.shape[0]}×{cat.shape[1]}, 0 to 255")
axes[1].imshow((seen[0] - seen.min()) / (seen.max() - seen.min()))
axes[1].set_title(f"{seen.shape[1]}×{seen.shape[2]}, {seen.min():.1f} to {seen.max():.1f}")
for ax in axes:
    ax.axis("off")
plt.show()

# %% [markdown]
# And with trained weights, `decode` names the classes. (With random weights there is nothing to decode:
# it would name five classes out of a thousand with a straight face.)

# %%
if source == "published":
    whole = keras_cnns.create("resnet18", weights="imagenet")
    for prediction in keras_cnns.weights.decode(whole.predict(seen, verbose=0), top=3)[0]:
        print(f"{prediction.probability:.0%} {prediction.label}")
else:
    print("no published weights, so no names for the cat")

# %% [markdown]
# ## The images
#
# The 1,797 handwritten digits that come with scikit-learn, 8×8 pixels each. We double their size and put
# each somewhere on a 32×32 canvas, because in real images one never knows where the thing is. The old
# task is to tell 0, 1, 2, 3 and 4 apart, with many images; the new one 5, 6, 7, 8 and 9, with few.

# %%
digits = load_digits()
random = np.random.default_rng(7)


def placed(images):
    """8×8 images, 0 to 16, at random places of RGB images as the weights want them."""
    canvas = np.zeros((len(images), *IN_SHAPE), "float32")
    for one, image in zip(canvas, images):
        top, left = random.integers(0, 32 - 16 + 1, size=2)
        one[top : top + 16, left : left + 16] = image.repeat(2, 0).repeat(2, 1)[..., None] * (255 / 16)
    return (canvas - np.float32(wants.mean)) / np.float32(wants.std)


is_old = digits.target < 5
old_images, old_labels = digits.images[is_old], digits.target[is_old]
new_x, new_y = placed(digits.images[~is_old]), digits.target[~is_old] - 5

_, axes = plt.subplots(1, 8, figsize=(8, 1.2), dpi=80)
for ax, image, label in zip(axes, new_x, new_y):
    ax.imshow(image[..., 0], cmap="gray")
    ax.set_title(str(label + 5))
    ax.axis("off")
plt.show()

# %% [markdown]
# ## Cut at a landmark
#
# Layers that end a block carry the paper's name, so a network can be cut there. Where? Early layers see
# edges and strokes, which are useful for anything; late ones see what their classes needed. Our images
# are small, so we cut after the second stage, at `conv3_2`, and put a new head on top: an average over
# the map, and a softmax.

# %%
CUT = "conv3_2"


def with_head(trunk, name):
    x = layers.GlobalAveragePooling2D(name="average")(trunk.output)
    return keras.Model(trunk.input, layers.Dense(5, activation="softmax", name="head")(x), name=name)


trunk = keras_cnns.features(net, CUT)
old_model = with_head(trunk, "old_task")
print(f"{trunk.count_params():,} of {net.count_params():,} parameters")
plot_model(old_model)

# %% [markdown]
# If we have no published weights, now is the time to make some: train on the old digits. (Batch
# normalization keeps moving averages of what it sees, for later use. Keras' take several hundred steps
# to settle; our training is shorter, so we shorten their memory.)


# %%
def short_memory(model):
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = 0.9


held_x, held_y = placed(old_images[-150:]), old_labels[-150:]
short_memory(old_model)
if source == "made here":
    train_x, train_y = placed(np.tile(old_images[:-150], (3, 1, 1))), np.tile(old_labels[:-150], 3)
    old_model.compile(
        keras.optimizers.Adam(1e-3),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
        jit_compile=False,
    )
    old_model.fit(train_x, train_y, batch_size=64, epochs=3, verbose=0)
    _, accuracy = old_model.evaluate(held_x, held_y, verbose=0)
    assert accuracy > 0.8
    print(f"{accuracy:.1%} of 150 old digits that it has not seen")

# %% [markdown]
# The trunk's weights go into a file, and from there into a fresh trunk, which will get another head. For
# our own files as for published ones, `load_weights` fills every weight or refuses.

# %%
trunk.save_weights("trunk.weights.h5")


def fresh_trunk(trained=True):
    fresh = keras.models.clone_model(trunk)  # the same layers with new, random weights
    if trained:
        keras_cnns.load_weights(fresh, "trunk.weights.h5")
    return fresh


copy = fresh_trunk()
same = [np.array_equal(a, b) for a, b in zip(copy.get_weights(), trunk.get_weights())]
print(sum(same), "of", len(same), "tensors are those of the old network")
assert all(same)

# %% [markdown]
# ## Freeze it, batch normalization too
#
# "Freezing" means that training leaves the weights alone. For batch normalization that is not enough:
# its moving averages are not trained by gradients, they just follow what comes by. Do they stand still
# when frozen? We take one training step in three ways and look at how far they moved.


# %%
def moved_by_a_step(freeze):
    """How far the moving averages go, at most, in one step on eight new images."""
    fresh = fresh_trunk()
    freeze(fresh)
    model = with_head(fresh, "one_step")
    model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)
    before = fresh.get_weights()
    model.train_on_batch(new_x[:8], new_y[:8])
    names = [weight.name for weight in fresh.weights]
    moved = [abs(new - old).max() for new, old in zip(fresh.get_weights(), before)]
    averages = max(distance for name, distance in zip(names, moved) if name.startswith("moving"))
    kernels = max(distance for name, distance in zip(names, moved) if name == "kernel")
    return averages, kernels


def nothing(model):
    pass


def everything(model):
    model.trainable = False


def convolutions(model):
    for layer in model.layers:
        layer.trainable = isinstance(layer, layers.BatchNormalization)


for freeze in (nothing, convolutions, everything):
    averages, kernels = moved_by_a_step(freeze)
    print(f"frozen: {freeze.__name__:12}  kernels moved {kernels:.4f}, moving averages {averages:.4f}")
    assert (averages == 0) == (freeze is everything)

# %% [markdown]
# In Keras, `trainable = False` on a batch normalization does two things: its gamma and beta stay, *and*
# it runs in inference mode, with the stored averages, even during training. That is a special rule for
# this layer (other libraries do not have it), and the one you want. Set it before you compile.
#
# Why does it matter? In training mode a batch is normalized by itself, and with a small batch of
# something new the answer for one image depends on which others are there. Here is one new digit in two
# batches of two, which differ in the other image, and the old task two by two:


# %%
def answers(images, training):
    return keras.ops.convert_to_numpy(old_model(images, training=training))


def right_in_pairs(training):
    """The share of old images classified correctly in batches of two."""
    pairs = [answers(held_x[i : i + 2], training) for i in range(0, 60, 2)]
    return np.mean(np.concatenate(pairs).argmax(-1) == held_y[:60])


for training in (False, True):
    beside = [np.stack([new_x[0], new_x[i]]) for i in (1, 2)]
    difference = abs(answers(beside[0], training)[0] - answers(beside[1], training)[0]).max()
    print(f"training={training!s:5}: one image, two neighbors: its answers differ by {difference:.3f}")
    assert training or difference < 1e-4
    if source == "made here":
        print(f"                old digits correct, in batches of two: {right_in_pairs(training):.0%}")

# %% [markdown]
# A pair of images has no average worth the name. So with small batches, or few images, leave the
# averages of the many images that the network was trained on.
#
# ## What does it bring?
#
# With the trunk frozen, its answers for an image never change, so we compute them once. What is left to
# train is a softmax on 128 numbers, that is, logistic regression. We give it 5, 10 and 20 labelled
# images a class, and test on all others. Two controls: the same on the raw pixels, and on a trunk with
# *random* weights, since a linear classifier alone may be doing the work.

# %%
LABELS = (5, 10, 20)


def draw(k):
    """Places of k images of each class, and all other places."""
    order = random.permutation(len(new_y))
    few = np.concatenate([order[new_y[order] == label][:k] for label in range(5)])
    return few, np.setdiff1d(order, few)


draws = {k: draw(k) for k in LABELS}


def linear_accuracy(vectors, few, rest):
    scaled = (vectors - vectors[few].mean(0)) / vectors[few].std()
    classifier = LogisticRegression(max_iter=1000).fit(scaled[few], new_y[few])
    return classifier.score(scaled[rest], new_y[rest])


def averaged(model):
    """The maps of a model for all new images, averaged over their positions."""
    return model.predict(new_x, verbose=0).mean(axis=(1, 2))


vectors = averaged(trunk)
kinds = {
    "raw pixels": new_x[..., 0].reshape(len(new_x), -1),
    "random trunk, frozen": averaged(fresh_trunk(trained=False)),
    "trained trunk, frozen": vectors,
}
results = {name: [linear_accuracy(kind, *draws[k]) for k in LABELS] for name, kind in kinds.items()}

several = [results["trained trunk, frozen"][0], *(linear_accuracy(vectors, *draw(5)) for _ in range(9))]
print(f"trained trunk, five labels a class, ten draws: from {min(several):.0%} to {max(several):.0%}")

# %% [markdown]
# Then *fine-tuning*: the last stage may learn, too, slowly, while all before it and batch normalization
# stay frozen. It starts with the linear classifier as its head, so that no random head can spoil what is
# there. And again, what is frozen is computed once: we train the model that begins where the frozen part
# ends.

# %%
BORDER = "conv2_2"
frozen_maps = keras_cnns.features(trunk, BORDER).predict(new_x, verbose=0)


def without_front(model):
    """The part of a model that comes after BORDER, with batch normalization frozen."""
    for layer in model.layers:
        layer.trainable = not isinstance(layer, layers.BatchNormalization)
    return keras.Model(model.get_layer(BORDER).output, model.output, name="last_stage")


fine_tuned = with_head(fresh_trunk(), "fine_tuned")
last_stage = without_front(fine_tuned)
plot_model(last_stage, show_trainable=True)

# %%
STEPS = 50


def accuracies(model, inputs, rate, head_for=None):
    """Accuracy after some steps on few labels, for each number of labels a class."""
    model.compile(
        keras.optimizers.SGD(rate), "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False
    )
    start, scores = model.get_weights(), []
    for k in LABELS:
        few, rest = draws[k]
        model.set_weights(start)
        if head_for:
            model.get_layer("head").set_weights(head_for(few))
        model.fit(inputs[few], new_y[few], batch_size=25, epochs=STEPS * 25 // len(few), verbose=0)
        scores.append(model.evaluate(inputs[rest], new_y[rest], batch_size=100, verbose=0)[1])
    return scores


def linear_head(few):
    """The linear classifier as weights of a dense layer."""
    mean, spread = vectors[few].mean(0), vectors[few].std()
    classifier = LogisticRegression(max_iter=1000).fit((vectors[few] - mean) / spread, new_y[few])
    kernel = classifier.coef_.T / spread
    return [kernel, classifier.intercept_ - mean @ kernel]


results["trained trunk, last stage tuned"] = accuracies(last_stage, frozen_maps, 0.01, linear_head)
results["from scratch"] = accuracies(with_head(fresh_trunk(trained=False), "scratch"), new_x, 0.05)

# %%
print(f"{'labels a class':32}" + "".join(f"{k:8}" for k in LABELS))
for name, scores in results.items():
    print(f"{name:32}" + "".join(f"{score:8.1%}" for score in scores))

_, ax = plt.subplots(figsize=(6, 3), dpi=80)
for name, scores in results.items():
    ax.plot(LABELS, scores, "o-", label=name)
ax.axhline(0.2, color="gray", linestyle=":")
ax.set(xlabel="labelled images a class", ylabel="accuracy on the others", xticks=LABELS, ylim=(0, 1))
ax.legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %%
frozen = results["trained trunk, frozen"]
if source == "made here":
    for worse in ("raw pixels", "random trunk, frozen", "from scratch"):
        assert all(a > b for a, b in zip(frozen, results[worse]))
    assert max(several) - min(several) > 0.05
gain = frozen[0] - results["random trunk, frozen"][0]
print(f"at 5 labels a class, what was learned on other digits brings {100 * gain:+.0f} points")

# %% [markdown]
# What the run above shows, if the weights were made here:
#
# - Raw pixels are hopeless as soon as the digits move about (0.2 is guessing).
# - What the trunk learned from 0 to 4 helps with 5 to 9, by far. The random trunk is the proof that it
#   was the learning and not the linear classifier.
# - Fine-tuning the last stage changes little here; *which* five images you label matters more.
# - From scratch, the same labels and the same number of steps do not get as far. Give it more of both,
#   and it will.
#
# What it does not show: that this is the rule. Old and new task are very much alike here. The less they
# are, the less the last layers help, and the earlier one should cut.
#
# ## Exercises
#
# ### Exercise 1: cut one stage earlier
#
# Make a trunk that ends at `conv2_2`, from the trained one. Is a linear classifier on it better or
# worse? Guess first.

# %%
earlier = None  # your turn: keras_cnns.features(...)

reference = keras_cnns.features(net, "conv2_2")
if earlier is not None:
    keras_cnns.assert_matches(earlier, reference)
    print([f"{linear_accuracy(averaged(earlier), *draws[k]):.1%}" for k in LABELS])

# %% [markdown]
# ### Exercise 2: what has changed?
#
# Take a model with a fresh trained trunk, freeze all but the last convolution of the trunk and the head,
# and take one training step. Then list the weights that moved. Are they the ones you meant?

# %%
yours = None  # your turn: with_head(fresh_trunk(), "yours"), some of its layers frozen


def moved(model):
    """The paths of the weights that one training step changes."""
    model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)
    before = model.get_weights()
    model.train_on_batch(new_x[:8], new_y[:8])
    return [w.path for w, old, new in zip(model.weights, before, model.get_weights()) if (old != new).any()]


if yours is not None:
    print(moved(yours))

# %% [markdown]
# ### Exercise 3: is it still ResNet-18?
#
# We have changed the size of the images, the number of classes, the memory of the moving averages, and
# frozen this and that. Write an `assert_matches` by which `net` is still the paper's network. What must
# it ignore?

# %%
to_ignore = None  # your turn: a list

if to_ignore is not None:
    keras_cnns.assert_matches(net, "resnet18", ignore=to_ignore)

# %% [markdown]
# ## Solutions
#
# **1.** `features` cuts any model at any of its layers. In our run the earlier cut is the better one,
# although the network behind it is smaller: the second stage had specialized in telling 0 to 4 apart.
# That is what Yosinski and his colleagues found, features go from general to specific.

# %%
earlier = keras_cnns.features(trunk, "conv2_2")
keras_cnns.assert_matches(earlier, reference)
scores = [linear_accuracy(averaged(earlier), *draws[k]) for k in LABELS]
print([f"{score:.1%}" for score in scores])
assert source == "published" or sum(scores) > sum(frozen)

# %% [markdown]
# **2.** Three tensors: the kernel, and the head's kernel and bias. Had batch normalization been left
# alone, all of its moving averages would be in the list.

# %%
yours = with_head(fresh_trunk(), "yours")
convolutions = [layer for layer in yours.layers if isinstance(layer, layers.Conv2D)]
for layer in yours.layers:
    layer.trainable = layer in (convolutions[-1], yours.get_layer("head"))
paths = moved(yours)
assert len(paths) == 3
print(paths)

# %% [markdown]
# **3.** The size of the images and the number of classes. How a network is trained is no part of it; if
# you want the moving averages' memory to count, say `also=["momentum"]`, and it will.

# %%
keras_cnns.assert_matches(net, "resnet18", ignore=["in_shape", "n_classes"])
strict = keras_cnns.compare(net, "resnet18", ignore=["in_shape", "n_classes"], also=["momentum"])
print([(one.attribute, one.yours, one.reference) for one in strict.differences])

# %% [markdown]
# ## What to read next
#
# This was the last notebook. `keras-cnns list` shows all networks, `keras-cnns weights` those with
# published weights; each network is one file that you may read, copy and change.
