# %% [markdown]
# # Transfer learning: start from trained weights
#
# You have a few dozen labelled images, but a network has millions of weights. The solution is to start from
# weights that were trained on a different task. [Yosinski, Clune, Bengio and Lipson,
# 2014](https://arxiv.org/abs/1411.1792) measured how well such weights transfer. Our network is ResNet-18
# ([He et al., 2015](https://arxiv.org/abs/1512.03385)). You will load weights, cut a network at a landmark
# (a layer that carries the paper's name), freeze it properly, and measure how much all this helps.
#
# **90 minutes** with the exercises. **Before it:** notebook 4. It runs in two minutes, most of them in
# training.

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
# `create(..., weights="imagenet")` downloads published weights once, checks them and loads every tensor
# into its place. Without an internet connection, this notebook says what is missing and makes its own
# weights instead. Everything after this section works with both. The variable `source` says which weights
# were used.

# %%
source = "published"  # or "made here", to download nothing
IN_SHAPE = (32, 32, 3)

if source == "published":
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the warning that the classifier is new; we want that
            net = keras_cnns.create("resnet18", IN_SHAPE, n_classes=5, weights="imagenet")
    except (OSError, ImportError) as missing:
        file = keras_cnns.weights.find("resnet18").file
        needs = (
            "PyTorch, to read it"
            if isinstance(missing, ImportError)
            else f"a download of about {file.size / 1e6:.0f} MB"
        )
        print(f"{file.name} is not available; it needs {needs}. So we make our own weights.")
        source = "made here"
if source == "made here":
    net = keras_cnns.create("resnet18", IN_SHAPE, n_classes=5)
print(source)

# %% [markdown]
# A network needs images in the same form as in training: the same size, order of channels and range of
# values. This preprocessing belongs to the weights, not to the architecture. Getting it wrong raises no
# error, but costs accuracy. So the library stores it for each set of weights, and `preprocess` does all of
# it, including resizing and cropping.

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
# With trained weights, `decode` names the classes. (With random weights the names would be meaningless: it
# would still list the top classes out of a thousand, without a warning.)

# %%
if source == "published":
    whole = keras_cnns.create("resnet18", weights="imagenet")
    for prediction in keras_cnns.weights.decode(whole.predict(seen, verbose=0), top=3)[0]:
        print(f"{prediction.probability:.0%} {prediction.label}")
else:
    print("no published weights, so no class names for the cat")

# %% [markdown]
# ## The images
#
# We use the 1,797 handwritten digits from scikit-learn, 8×8 pixels each. We double their size and put each
# at a random position on a 32×32 canvas, because in real images an object can be anywhere. The old task is
# to distinguish the digits 0 to 4, with many labelled images. The new task is to distinguish 5 to 9, with
# few.

# %%
digits = load_digits()
random = np.random.default_rng(7)


def placed(images):
    """Put 8×8 images, 0 to 16, at random positions of RGB images, preprocessed as the weights need."""
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
# The layers that end a block carry the paper's name, so we can cut the network there. But at which one?
# Early layers detect edges and strokes, which are useful for any task. Late layers detect what their
# classes needed. Our images are small, so we cut after the second stage, at `conv3_2`. Then we add a new
# head: an average over each map, and a softmax.

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
# If we have no published weights, we now make some: we train on the old digits. (Batch normalization keeps
# moving averages of the mean and variance of its inputs, for use after training. With Keras' default
# momentum they take several hundred steps to settle. Our training is shorter, so we lower the momentum.)


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
    print("two epochs, half a minute")
    told = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: print(f"epoch {epoch + 1}: {logs['accuracy']:.0%} correct")
    )
    old_model.fit(train_x, train_y, batch_size=64, epochs=2, verbose=0, callbacks=[told])
    _, accuracy = old_model.evaluate(held_x, held_y, verbose=0)
    assert accuracy > 0.8
    print(f"{accuracy:.1%} of 150 unseen old digits correct")

# %% [markdown]
# We save the weights of the trunk, that is, of the network up to the cut. Then we load them into a new
# trunk, which will get a different head. For our own files as for published ones, `load_weights` either
# fills every weight or refuses the file.

# %%
trunk.save_weights("trunk.weights.h5")


def fresh_trunk(trained=True):
    fresh = keras.models.clone_model(trunk)  # the same layers with new, random weights
    if trained:
        keras_cnns.load_weights(fresh, "trunk.weights.h5")
    return fresh


copy = fresh_trunk()
same = [np.array_equal(a, b) for a, b in zip(copy.get_weights(), trunk.get_weights())]
print(sum(same), "of", len(same), "tensors are equal to those of the old network")
assert all(same)

# %% [markdown]
# ## Freeze it, including batch normalization
#
# "Freezing" means that training does not change the weights. Batch normalization is a special case:
# gradients do not change its moving averages; the layer updates them from each batch that it sees. Do they
# stay the same when frozen? We take one training step in three ways and measure how far they move.


# %%
def moved_by_a_step(freeze):
    """Return how far moving averages and kernels move, at most, in one step on eight new images."""
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
# In Keras, `trainable = False` on a batch normalization layer does two things. Its gamma and beta stay the
# same, *and* the layer runs in inference mode, with the stored averages, even during training. This special
# rule (other libraries do not have it) is what you want here. Set `trainable` before you compile.
#
# Why does this matter? In training mode, each batch is normalized by its own mean and variance. With a
# small batch of a new kind of image, the output for one image then depends on which other images are in the
# batch. To show this, we put one new digit into two batches of two images, which differ in the other image.
# We also run the old task in batches of two:


# %%
def answers(images, training):
    return keras.ops.convert_to_numpy(old_model(images, training=training))


def right_in_pairs(training):
    """Return the share of old images classified correctly in batches of two."""
    pairs = [answers(held_x[i : i + 2], training) for i in range(0, 60, 2)]
    return np.mean(np.concatenate(pairs).argmax(-1) == held_y[:60])


for training in (False, True):
    beside = [np.stack([new_x[0], new_x[i]]) for i in (1, 2)]
    difference = abs(answers(beside[0], training)[0] - answers(beside[1], training)[0]).max()
    print(f"training={training!s:5}: one image in two batches: its outputs differ by {difference:.3f}")
    assert training or difference < 1e-4
    if source == "made here":
        print(f"                old digits correct, in batches of two: {right_in_pairs(training):.0%}")

# %% [markdown]
# The mean and variance of two images are not a useful estimate. So with small batches, or with few images,
# keep the averages from the many images that the network was trained on.
#
# ## How much does it help?
#
# A frozen trunk always gives the same output for an image, so we compute these outputs once. What is left
# to train is a softmax on 128 numbers, that is, logistic regression. We give it 5, 10 and 20 labelled
# images per class, and test on 400 others. There are two controls: the same classifier on the raw pixels,
# and on a trunk with *random* weights. They show how much a linear classifier can do alone.

# %%
LABELS = (5, 10, 20)


def draw(k):
    """Return the indices of k images of each class, and of 400 others."""
    order = random.permutation(len(new_y))
    few = np.concatenate([order[new_y[order] == label][:k] for label in range(5)])
    return few, order[~np.isin(order, few)][:400]


draws = {k: draw(k) for k in LABELS}


def linear_accuracy(vectors, few, rest):
    scaled = (vectors - vectors[few].mean(0)) / vectors[few].std()
    classifier = LogisticRegression(tol=0.01, max_iter=1000).fit(scaled[few], new_y[few])
    return classifier.score(scaled[rest], new_y[rest])


def averaged(model):
    """Return the maps of a model for all new images, averaged over all positions."""
    return model.predict(new_x, verbose=0).mean(axis=(1, 2))


vectors = averaged(trunk)
kinds = {
    "raw pixels": new_x[..., 0].reshape(len(new_x), -1),
    "random trunk, frozen": averaged(fresh_trunk(trained=False)),
    "trained trunk, frozen": vectors,
}
results = {name: [linear_accuracy(kind, *draws[k]) for k in LABELS] for name, kind in kinds.items()}

# Which images you label is chance. So we draw nine more times; the plot below shows the least and the most.
more_draws = {k: [draws[k], *(draw(k) for _ in range(9))] for k in LABELS}
ranges = {}
for name, kind in kinds.items():
    scores = [[linear_accuracy(kind, *one) for one in more_draws[k]] for k in LABELS]
    ranges[name] = [min(one) for one in scores], [max(one) for one in scores]
    print(f"{name}: ten draws of five labels per class give {min(scores[0]):.0%} to {max(scores[0]):.0%}")

# %% [markdown]
# Next comes *fine-tuning*: we also train the last stage, with a small learning rate. All layers before it,
# and batch normalization, stay frozen. The head starts from the weights of the linear classifier, so that
# no random head can damage the trained weights. And again we compute the frozen part only once: we train
# the model that begins where the frozen part ends.

# %%
BORDER = "conv2_2"
frozen_maps = keras_cnns.features(trunk, BORDER).predict(new_x, verbose=0)


def without_front(model):
    """Return the part of a model after BORDER, with batch normalization frozen."""
    for layer in model.layers:
        layer.trainable = not isinstance(layer, layers.BatchNormalization)
    return keras.Model(model.get_layer(BORDER).output, model.output, name="last_stage")


fine_tuned = with_head(fresh_trunk(), "fine_tuned")
last_stage = without_front(fine_tuned)
plot_model(last_stage, show_trainable=True)

# %%
STEPS = 50


def accuracies(model, inputs, rate, head_for=None):
    """Return the accuracy after STEPS steps on few labels, for each number of labels per class."""
    model.compile(keras.optimizers.SGD(rate), "sparse_categorical_crossentropy", jit_compile=False)
    start, scores = model.get_weights(), []
    for k in LABELS:
        few, rest = draws[k]
        model.set_weights(start)
        if head_for:
            model.get_layer("head").set_weights(head_for(few))
        model.fit(inputs[few], new_y[few], batch_size=25, epochs=STEPS * 25 // len(few), verbose=0)
        found = keras.ops.convert_to_numpy(model(inputs[rest])).argmax(-1)
        scores.append(np.mean(found == new_y[rest]))
        print(f"{model.name}, {k} labels per class: {scores[-1]:.1%}")
    return scores


def linear_head(few):
    """Return the linear classifier as the weights of a dense layer."""
    mean, spread = vectors[few].mean(0), vectors[few].std()
    classifier = LogisticRegression(tol=0.01, max_iter=1000).fit((vectors[few] - mean) / spread, new_y[few])
    kernel = classifier.coef_.T / spread
    return [kernel, classifier.intercept_ - mean @ kernel]


results["trained trunk, last stage tuned"] = accuracies(last_stage, frozen_maps, 0.01, linear_head)
results["from scratch"] = accuracies(with_head(fresh_trunk(trained=False), "scratch"), new_x, 0.05)

# %%
print(f"{'labels per class':32}" + "".join(f"{k:8}" for k in LABELS))
for name, scores in results.items():
    print(f"{name:32}" + "".join(f"{score:8.1%}" for score in scores))

_, ax = plt.subplots(figsize=(6, 3), dpi=80)
for name, scores in results.items():
    (line,) = ax.plot(LABELS, scores, "o-", label=name)
    if name in ranges:
        ax.fill_between(LABELS, *ranges[name], color=line.get_color(), alpha=0.15)
ax.axhline(0.2, color="gray", linestyle=":")
ax.set(xlabel="labelled images per class", ylabel="accuracy on the others", xticks=LABELS, ylim=(0, 1))
ax.legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %%
frozen = results["trained trunk, frozen"]
if source == "made here":
    for worse in ("raw pixels", "random trunk, frozen", "from scratch"):
        assert all(a > b for a, b in zip(frozen, results[worse]))
    least, most = ranges["trained trunk, frozen"]
    assert most[0] - least[0] > 0.05 and least[0] > ranges["random trunk, frozen"][1][0]
gain = frozen[0] - results["random trunk, frozen"][0]
print(f"with 5 labels per class, the weights trained on different digits gain {100 * gain:+.0f} points")

# %% [markdown]
# If the weights were made here, the run above shows this:
#
# - Raw pixels are of little use when the digits are at random positions (0.2 is guessing).
# - What the trunk learned from 0 to 4 clearly helps with 5 to 9. The random trunk shows that the gain comes
# from the training and not from the linear classifier.
# - Fine-tuning the last stage changes little here. *Which* five images you label matters more: the
# coloured bands show the least and the most of ten draws, and they get narrower with more labels. The
# lines are one draw, the same for all. A difference that is smaller than a band says nothing.
# - Training from scratch with the same labels and the same number of steps does not get as far. With more
# of both, it would.
#
# This does not show that transfer always works this well. Here the old and the new task are very similar.
# The less similar they are, the less the last layers help, and the earlier you should cut.
#
# ## In short
#
# - Weights belong to a preprocessing; get it wrong and nothing warns you.
# - Freeze batch normalization, too: it must keep the averages that it was trained with.
# - With few labels, which images are labelled matters more than small changes of the method.
#
# ## Exercises
#
# ### Exercise 1: cut one stage earlier
#
# From the trained trunk, make one that ends at `conv2_2`. Is a linear classifier on it better or worse?
# Guess first.

# %%
earlier = None  # your turn: keras_cnns.features(...)

reference = keras_cnns.features(net, "conv2_2")
if earlier is not None:
    keras_cnns.assert_matches(earlier, reference)
    print([f"{linear_accuracy(averaged(earlier), *draws[k]):.1%}" for k in LABELS])
else:
    print("Exercise 1 is not done yet: earlier is None.")

# %% [markdown]
# ### Exercise 2: which weights change?
#
# Build a model with a new trunk that has the trained weights. Freeze everything except the last convolution
# of the trunk and the head, and take one training step. Then list the weights that changed. Are they the
# ones that you intended?

# %%
yours = None  # your turn: with_head(fresh_trunk(), "yours"), some of its layers frozen


def moved(model):
    """Return the paths of the weights that one training step changes."""
    model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)
    before = model.get_weights()
    model.train_on_batch(new_x[:8], new_y[:8])
    return [w.path for w, old, new in zip(model.weights, before, model.get_weights()) if (old != new).any()]


if yours is not None:
    print(moved(yours))
else:
    print("Exercise 2 is not done yet: yours is None.")

# %% [markdown]
# ### Exercise 3: is it still ResNet-18?
#
# We have changed the size of the images, the number of classes and the momentum of the moving averages, and
# we have frozen some layers. Write an `assert_matches` that accepts `net` as the paper's network. What must
# it ignore?

# %%
to_ignore = None  # your turn: a list

if to_ignore is not None:
    keras_cnns.assert_matches(net, "resnet18", ignore=to_ignore)
else:
    print("Exercise 3 is not done yet: to_ignore is None.")

# %% [markdown]
# ## Solutions
#
# **1.** `features` cuts any model at any of its layers. In our run the earlier cut is better, although the
# trunk is smaller: the second stage had specialized in distinguishing 0 to 4. Yosinski and his colleagues
# found the same: features become less general from layer to layer.

# %%
earlier = keras_cnns.features(trunk, "conv2_2")
keras_cnns.assert_matches(earlier, reference)
scores = [linear_accuracy(averaged(earlier), *draws[k]) for k in LABELS]
print([f"{score:.1%}" for score in scores])
assert source == "published" or sum(scores) > sum(frozen)

# %% [markdown]
# **2.** Three tensors change: the kernel of the last convolution, and the kernel and bias of the head. If
# you do not freeze batch normalization, all of its moving averages are in the list as well.

# %%
yours = with_head(fresh_trunk(), "yours")
convolutions = [layer for layer in yours.layers if isinstance(layer, layers.Conv2D)]
for layer in yours.layers:
    layer.trainable = layer in (convolutions[-1], yours.get_layer("head"))
paths = moved(yours)
assert len(paths) == 3
print(paths)

# %% [markdown]
# **3.** It must ignore the size of the images and the number of classes. By default, `compare` does not
# look at how a network is trained. If you want the momentum of the moving averages to count, pass
# `also=["momentum"]`.

# %%
keras_cnns.assert_matches(net, "resnet18", ignore=["in_shape", "n_classes"])
strict = keras_cnns.compare(net, "resnet18", ignore=["in_shape", "n_classes"], also=["momentum"])
print([(one.attribute, one.yours, one.reference) for one in strict.differences])

# %% [markdown]
# ## What to read next
#
# The next two notebooks continue the story of the architectures: notebook 08 is about networks that are
# cheap, notebook 09 about what made depth and width pay. `keras-cnns weights` lists the published weights.
