# %% [markdown]
# # Inception: every scale at once, and cheap
#
# One layer that looks through windows of 1×1, 3×3 and 5×5 at the same time, and costs less than one of them
# alone: how does that work? It begins with Min Lin, Qiang Chen and Shuicheng Yan, [Network In
# Network](https://arxiv.org/abs/1312.4400) (2013). The module is from Christian Szegedy and others, [Going
# Deeper with Convolutions](https://arxiv.org/abs/1409.4842) (2014), whose network is called GoogLeNet. You
# will measure what its parts cost, measure its gradients, and follow it to Inception-v4.

# %%
# %pip install --quiet "keras-cnns[notebooks]"

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers, ops
from skimage import data
from sklearn.datasets import load_sample_images

import keras_cnns
from keras_cnns.building import without_weights
from keras_cnns.visualize import plot_model

keras.utils.set_random_seed(0)

# %% [markdown]
# ## A network inside the filter
#
# What does a 1×1 convolution do? It has no neighbours to look at, only the maps at its own place. There, it
# is a dense layer. With the same weights, both give the same:

# %%
maps = np.random.default_rng(0).normal(size=(1, 6, 6, 8)).astype("float32")
convolution, dense = layers.Conv2D(4, 1), layers.Dense(4)
convolved, dense_at_each_place = convolution(maps), dense(maps)  # Dense works on the last axis
kernel, bias = convolution.get_weights()
dense.set_weights([kernel[0, 0], bias])
difference = np.abs(ops.convert_to_numpy(convolution(maps)) - ops.convert_to_numpy(dense(maps))).max()
assert difference < 1e-5
print("a 1×1 convolution and a dense layer at each place differ by less than 1e-5")

# %% [markdown]
# So a convolution with two 1×1 convolutions behind it, with ReLUs, is a small network that slides over the
# image: an *mlpconv* block. Network in Network stacks them. And it ends without dense layers: the last block
# has one map for each class, and the mean of that map is the class's score (global average pooling).

# %%
plot_model(without_weights("nin"))

# %% [markdown]
# What does that save? AlexNet keeps most of its parameters in its dense layers.

# %%
for name in ("alexnet", "nin"):
    costs = keras_cnns.profile(without_weights(name))
    in_dense = sum(row.params for row in costs.rows if row.kind == "Dense")
    print(f"{name:8} {costs.params:11,} parameters, {in_dense:11,} of them in dense layers")

# %% [markdown]
# ## The Inception module
#
# Which size of window is right? The module takes all: 1×1, 3×3, 5×5 and a pooling side by side, their maps
# concatenated. Done naively (Figure 2a of the paper) that is expensive, and grows from module to module, for
# the pooling passes on every map it gets. The remedy (Figure 2b) is the 1×1 convolution: it reduces the
# number of maps *before* each expensive window, and after the pooling. Here are both, with the widths that
# Table 1 of the paper gives for the first module, 3a.


# %%
def conv(x, width, kernel):
    return layers.Conv2D(width, kernel, padding="same", activation="relu")(x)


def naive(x, n1x1, n3x3, n5x5):
    towers = [conv(x, n1x1, 1), conv(x, n3x3, 3), conv(x, n5x5, 5), layers.MaxPooling2D(3, 1, "same")(x)]
    return layers.Concatenate()(towers)


def inception(x, n1x1, reduce3x3, n3x3, reduce5x5, n5x5, pool_proj):
    towers = [
        conv(x, n1x1, 1),
        conv(conv(x, reduce3x3, 1), n3x3, 3),
        conv(conv(x, reduce5x5, 1), n5x5, 5),
        conv(layers.MaxPooling2D(3, 1, "same")(x), pool_proj, 1),
    ]
    return layers.Concatenate()(towers)


def module_model(module, *widths):
    inputs = keras.Input((28, 28, 192))
    return keras.Model(inputs, module(inputs, *widths), name=module.__name__)


naive_3a = module_model(naive, 64, 128, 32)
inception_3a = module_model(inception, 64, 96, 128, 16, 32, 32)
for model in (naive_3a, inception_3a):
    costs = keras_cnns.profile(model)
    width = model.output.shape[-1]
    print(f"{model.name:9} {costs.params:,} parameters, {costs.macs / 1e6:.0f} M MACs, {width} maps out")

# %% [markdown]
# Less than half of both, and 256 maps for the next module instead of 416. Table 1 prints 159 K parameters
# and 128 M operations for 3a. Where did the 5×5 tower's costs go?

# %%
for model in (naive_3a, inception_3a):
    print(model.name)
    for row in keras_cnns.profile(model).rows:
        if row.macs:
            print(f"  {row.macs_formula:24} = {row.macs / 1e6:6.1f} M")

# %% [markdown]
# The 5×5 goes from 120 M to 10 M multiply-adds and 2.4 M for its reduction. Remember this when a picture of
# the module makes the 1×1 boxes look like an ornament.
#
# ## GoogLeNet
#
# Nine such modules, 22 weighted layers on the longest path. Two auxiliary classifiers branch off on the way.

# %%
googlenet = without_weights("inception_v1", aux=True)
plot_model(googlenet)

# %%
for model in (googlenet, without_weights("inception_v1"), without_weights("vgg16")):
    print(f"{len(model.outputs)} output(s): {model.name}, {keras_cnns.profile(model).params:,} parameters")

# %% [markdown]
# The auxiliary classifiers are thrown away after training (`keras_cnns.without_aux(model)` does it), and
# hold nearly half of the parameters while they are there. What are they good for?
#
# ## Do the gradients vanish?
#
# The authors were concerned that, in so deep a network, too little gradient would reach the early layers.
# The auxiliary classifiers inject some halfway; their losses count 0.3 each. Let us measure it.
#
# How do you get a gradient out of Keras, whatever it computes with? By the definition of gradient descent: a
# step changes each weight $w$ to $w - \eta\, g$, with the learning rate $\eta$ and the gradient $g$. So we
# take one step of plain SGD with $\eta = 1$, subtract the weights after it from those before, and have $g$.
# Then we put the old weights back. First, a few real photographs: four crops of each of six.

# %%
photographs = [data.astronaut(), data.chelsea(), data.coffee(), data.rocket(), *load_sample_images().images]
random = np.random.default_rng(0)


def crop(image, size=96):
    top, left = random.integers(np.array(image.shape[:2]) - 3 * size + 1)
    return image[top : top + 3 * size : 3, left : left + 3 * size : 3]  # every third pixel


images = np.stack([crop(photograph) for photograph in photographs for _ in range(4)])
labels = np.repeat(np.eye(6, dtype="float32"), 4, axis=0)

figure, axes = plt.subplots(1, 6, figsize=(8, 1.5), dpi=72)
for axis, image in zip(axes, images[::4]):
    axis.imshow(image)
    axis.axis("off")
plt.show()

# %% [markdown]
# Now one step for each choice of the three losses' weights. We look at the 3×3 convolutions: one in the
# stem, one in each module.


# %%
def gradients(model, loss_weights):
    """Return the gradient of each 3×3 kernel at the present weights, in the order of the network."""
    sgd = keras.optimizers.SGD(learning_rate=1.0)
    losses = ["categorical_crossentropy"] * len(loss_weights)
    model.compile(sgd, losses, loss_weights, run_eagerly=True)  # for one step, compiling does not pay
    watched = [
        layer for layer in model.layers if isinstance(layer, layers.Conv2D) and layer.kernel_size == (3, 3)
    ]
    before = model.get_weights()
    kernels = [layer.get_weights()[0] for layer in watched]
    model.train_on_batch(images / 127.5 - 1, [labels] * len(loss_weights))
    steps = [kernel - layer.get_weights()[0] for kernel, layer in zip(kernels, watched)]
    model.set_weights(before)
    return steps


model = keras_cnns.create("inception_v1", in_shape=(96, 96, 3), n_classes=6, aux=True)
choices = {"main only": [1, 0, 0], "auxiliary only": [0, 0.3, 0.3], "all three": [1, 0.3, 0.3]}
norms = {
    name: [float(np.linalg.norm(step)) for step in gradients(model, choice)]
    for name, choice in choices.items()
}

# %%
places = ["stem", "3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b"]
figure, axis = plt.subplots(figsize=(8, 2.8), dpi=80, layout="constrained")
for (name, values), style in zip(norms.items(), ("o-", "s--", "^-")):
    axis.semilogy(places[: np.count_nonzero(values)], [value for value in values if value], style, label=name)
axis.set(xlabel="3×3 convolution in", ylabel="norm of its gradient", title="GoogLeNet before its first step")
axis.legend()
plt.show()

print(f"{'place':15}" + "".join(f"{place:>7}" for place in places))
for name, values in norms.items():
    print(f"{name:15}" + "".join(f"{value:7.3f}" for value in values))

# %%
main, auxiliary, together = norms.values()
assert main[places.index("5b")] > 5 * main[places.index("3a")]
assert auxiliary[places.index("3a")] > 2 * main[places.index("3a")]
assert together[places.index("3a")] > 2 * main[places.index("3a")]
assert auxiliary[places.index("4e")] == 0

# %% [markdown]
# Read the blue line from right to left: on its way down from the classifier, the gradient shrinks more than
# fivefold. It does not vanish, but early layers would learn slowly. With weights of 0.3, the two auxiliary
# losses alone bring more than twice as much gradient to module 3a as the main loss does. From 4e on they
# have no say, for they branch off before; what differs there between blue and green is dropout, which draws
# again at every step.
#
# Two cautions. This is the start, with one way to choose initial weights (that of the Caffe release);
# another one shifts the lines. And a larger gradient is not yet a better network: a year later the same
# group reported (Section 4 of the paper on Inception-v3) that auxiliary classifiers do not help early in
# training, and only a little at its end. They kept one, and think of it as a regularizer.
#
# ## Version 2: batch normalization
#
# What changed in between? Sergey Ioffe and Christian Szegedy, [Batch
# Normalization](https://arxiv.org/abs/1502.03167) (2015): after each convolution every map is brought to
# mean 0 and variance 1 over the batch, then shifted by a number that is learned. Their network, BN-Inception
# or Inception-v2, has no auxiliary classifier. The same measurement:

# %%
normalized = keras_cnns.create("inception_v2", in_shape=(96, 96, 3), n_classes=6)
steps = gradients(normalized, [1])
norms_2 = [float(np.linalg.norm(step)) for step in steps]
print(f"Inception-v2: stem {norms_2[0]:.1f}, last 3×3 of the last module {norms_2[-1]:.1f}")
assert norms_2[0] > 2 * norms_2[-1]

# %% [markdown]
# The other way round: now the early layers have the *larger* gradients. (One must then see that they do not
# explode; the normalization helps here, too, as it makes a layer's output independent of the scale of its
# weights.) By the paper's abstract, such a network reaches the accuracy of the one without in 14 times fewer
# steps.
#
# ## Version 3: factorize the windows
#
# Version 2 has no 5×5 any more. Two 3×3 in a row see just as much. And 7×7 sees as much as 1×7 followed by
# 7×1. Christian Szegedy, Vincent Vanhoucke, Sergey Ioffe, Jonathon Shlens and Zbigniew Wojna make a
# principle of it in [Rethinking the Inception Architecture for Computer
# Vision](https://arxiv.org/abs/1512.00567) (2015).


# %%
def windows(*kernels, size=17, width=128):
    x = inputs = keras.Input((size, size, width))
    for kernel in kernels:
        x = layers.Conv2D(width, kernel, padding="same", use_bias=False)(x)
    return keras_cnns.profile(keras.Model(inputs, x))


for whole, parts in ((5, ((3, 3), (3, 3))), (7, ((1, 7), (7, 1)))):
    before, after = windows(whole), windows(*parts)
    assert before.receptive_field == after.receptive_field
    name = " and ".join("×".join(map(str, part)) for part in parts)
    share = after.params / before.params
    print(f"{whole}×{whole}: {before.params:,} parameters; {name}: {after.params:,}, {share:.0%} of them")

# %% [markdown]
# The paper finds the same 28 % saved for the 5×5 (Section 3.1). Two layers also have room for one more ReLU.
# But they are not the same function: a full 7×7 window is not in general a product of a row and a column.
#
# ## Version 4: all of it, tidied up
#
# Christian Szegedy, Sergey Ioffe, Vincent Vanhoucke and Alex Alemi, [Inception-v4, Inception-ResNet and the
# Impact of Residual Connections on Learning](https://arxiv.org/abs/1602.07261) (2016), have one kind of
# module for each size of map, and reductions between them. In the picture, look for 7×1 and 1×7 in the 17×17
# modules (B) and for the towers that fork in the 8×8 modules (C).

# %%
plot_model(without_weights("inception_v4"))

# %% [markdown]
# What did four versions buy? First the costs, with the accuracy of weights that were released:

# %%
print(keras_cnns.compare_costs(["inception_v1", "inception_v2", "inception_v3", "inception_v4"]))

# %% [markdown]
# The paper on Inception-v4 compares single models on one crop in its Table 2, all but the first; GoogLeNet's
# top-5 error is as usually quoted from its own paper.
#
# | version | top-1 error | top-5 error |
# |---|---:|---:|
# | GoogLeNet | | 10.07 % |
# | BN-Inception (v2) | 25.2 % | 7.8 % |
# | Inception-v3 | 21.2 % | 5.6 % |
# | Inception-v4 | 20.0 % | 5.0 % |
#
# Each step costs more than the one before: from v3 to v4, twice the multiply-adds for 1.2 points.

# %% [markdown]
# ## Exercises
#
# Replace `None` by your answer and run the cell again; the check is silent when you are right.

# %% [markdown]
# ### Exercise 1: your own GoogLeNet
#
# Here are the stem, cut out of our network, and the widths of all nine modules. Build the rest, with
# `inception` from above: max-pooling 3×3 with stride 2 and padding "same" before 4a and before 5a, at the
# end global average pooling, dropout of 0.4 and a dense layer with softmax for 6 classes. Then let `compare`
# say whether it is the paper's.

# %%
TABLE_1 = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}
stem = keras_cnns.features(model, "stem")  # goes on with: x = stem.output
mine = None  # your turn: keras.Model(stem.input, ...)

if mine is not None:
    keras_cnns.assert_matches(mine, "inception_v1", ignore=["n_classes", "in_shape"])

# %% [markdown]
# ### Exercise 2: a slip that became a standard
#
# In TF-Slim and torchvision, GoogLeNet's 5×5 towers have 3×3 windows. Build your network of exercise 1 with
# such modules, and compare it with the paper's: what does `compare` call it, and how many parameters are
# missing?

# %%
slip = None  # your turn: the network
missing = None  # your turn: a number

if slip is not None:
    report = keras_cnns.compare(slip, "inception_v1", ignore=["n_classes", "in_shape"])
    print(report)
    assert {difference.mistake for difference in report.differences} == {"3×3 for 5×5"}
if missing is not None:
    fewer = sum((25 - 9) * reduce5x5 * n5x5 for _, _, _, reduce5x5, n5x5, _ in TABLE_1.values())
    assert missing == fewer

# %% [markdown]
# ### Exercise 3: which first?
#
# Swap the two layers of the last tower: first the 1×1, then the pooling. Before you run it: does the number
# of parameters change? Does any shape change? What will the verdict be, "different" or "same shapes"?

# %%
verdict = None  # your turn
swapped = None  # your turn: a function with the arguments of `inception`

if verdict is not None and swapped is not None:
    report = keras_cnns.compare(module_model(swapped, *TABLE_1["3a"]), inception_3a)
    print(report)
    assert verdict == report.verdict

# %% [markdown]
# ## Solutions
#
# **Exercise 1.** The table is a loop.


# %%
def my_googlenet(module, n_classes=6):
    x = stem.output
    for name, widths in TABLE_1.items():
        if name in ("4a", "5a"):
            x = layers.MaxPooling2D(3, 2, "same")(x)
        x = module(x, *widths)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(0.4)(x)
    outputs = layers.Dense(n_classes, activation="softmax")(x)
    return keras.Model(stem.input, outputs, name=f"googlenet_{module.__name__}")


solved = my_googlenet(inception)
keras_cnns.assert_matches(solved, "inception_v1", ignore=["n_classes", "in_shape"])
print("the paper's network")

# %% [markdown]
# **Exercise 2.** `compare` knows the slip by name, and lists it once for all nine modules. The number to
# read is the one in that finding; the totals above it include the dense layers, which have 6 classes here
# and 1,000 in the reference.


# %%
def with_3x3(x, n1x1, reduce3x3, n3x3, reduce5x5, n5x5, pool_proj):
    towers = [
        conv(x, n1x1, 1),
        conv(conv(x, reduce3x3, 1), n3x3, 3),
        conv(conv(x, reduce5x5, 1), n5x5, 3),
        conv(layers.MaxPooling2D(3, 1, "same")(x), pool_proj, 1),
    ]
    return layers.Concatenate()(towers)


slipped = my_googlenet(with_3x3)
report = keras_cnns.compare(slipped, "inception_v1", ignore=["n_classes", "in_shape"])
print(report)
assert {difference.mistake for difference in report.differences} == {"3×3 for 5×5"}
print("\nmissing:", solved.count_params() - slipped.count_params())

# %% [markdown]
# **Exercise 3.** No weight and no shape changes, so a summary, a count or a test of shapes would not notice.
# It is another function all the same: a projection mixes maps, and the maximum of a mixture is not the
# mixture of maxima.


# %%
def projected_first(x, n1x1, reduce3x3, n3x3, reduce5x5, n5x5, pool_proj):
    towers = [
        conv(x, n1x1, 1),
        conv(conv(x, reduce3x3, 1), n3x3, 3),
        conv(conv(x, reduce5x5, 1), n5x5, 5),
        layers.MaxPooling2D(3, 1, "same")(conv(x, pool_proj, 1)),
    ]
    return layers.Concatenate()(towers)


report = keras_cnns.compare(module_model(projected_first, *TABLE_1["3a"]), inception_3a)
print(report)
assert report.verdict == "same shapes"

# %% [markdown]
# ## What to read next
#
# Inception-v4's paper asks what residual connections would add to Inception modules. First see what they
# are: the next notebook makes a network of 56 layers learn.
