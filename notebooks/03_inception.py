# %% [markdown]
# # Inception: several kernel sizes at once, at low cost
#
# How can one module use kernels of 1×1, 3×3 and 5×5 at the same time and cost less than a plain 3×3
# convolution alone? The idea begins with Min Lin, Qiang Chen and Shuicheng Yan, [Network In
# Network](https://arxiv.org/abs/1312.4400) (2013). The module is from Christian Szegedy and others, [Going
# Deeper with Convolutions](https://arxiv.org/abs/1409.4842) (2014), whose network is called GoogLeNet. You
# will count what its parts cost, measure its gradients, and follow its development up to Inception-v4.
#
# **60 minutes** with the exercises. **Before it:** notebook 2, or counting parameters and multiply-adds.
# It runs in one minute.

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
# What does a 1×1 convolution do? It does not look at neighbouring pixels. It only combines the maps at one
# position, so at each position it is a dense layer. With the same weights, both give the same result:

# %%
maps = np.random.default_rng(0).normal(size=(1, 6, 6, 8)).astype("float32")
convolution, dense = layers.Conv2D(4, 1), layers.Dense(4)
convolved, dense_at_each_place = convolution(maps), dense(maps)  # Dense acts on the last axis
kernel, bias = convolution.get_weights()
dense.set_weights([kernel[0, 0], bias])
difference = np.abs(ops.convert_to_numpy(convolution(maps)) - ops.convert_to_numpy(dense(maps))).max()
assert difference < 1e-5
print("a 1×1 convolution and a dense layer at each position differ by less than 1e-5")

# %% [markdown]
# So a convolution followed by two 1×1 convolutions, with ReLUs, is a small network that slides over the
# image. The paper calls this an *mlpconv* block. Network in Network stacks these blocks and has no dense
# layers at the end: the last block has one map for each class, and the mean of that map is the score of the
# class (global average pooling).

# %%
plot_model(without_weights("nin"))

# %% [markdown]
# What does this save? AlexNet has most of its parameters in its dense layers.

# %%
for name in ("alexnet", "nin"):
    costs = keras_cnns.profile(without_weights(name))
    in_dense = sum(row.params for row in costs.rows if row.kind == "Dense")
    print(f"{name:8} {costs.params:11,} parameters, {in_dense:11,} of them in dense layers")

# %% [markdown]
# ## The Inception module
#
# Which kernel size is best? The module uses them all: 1×1, 3×3, 5×5 and a pooling side by side, with their
# maps concatenated. These branches are called *towers*. The naive version (Figure 2a of the paper) is
# expensive. It also grows from module to module, because the pooling passes on every map it receives. The
# solution (Figure 2b) is the 1×1 convolution: it reduces the number of maps *before* each expensive kernel,
# and after the pooling. Here are both versions, with the numbers of filters that Table 1 of the paper gives
# for the first module, 3a.


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
# The module needs less than half of the parameters and of the multiply-adds, and it passes 256 maps to the
# next module instead of 416. Table 1 of the paper gives 159 K parameters and 128 M operations for 3a. Where
# did the cost of the 5×5 tower go?

# %%
for model in (naive_3a, inception_3a):
    print(model.name)
    for row in keras_cnns.profile(model).rows:
        if row.macs:
            print(f"  {row.macs_formula:24} = {row.macs / 1e6:6.1f} M")

# %% [markdown]
# The 5×5 convolution goes from 120 M multiply-adds to 10 M, plus 2.4 M for its reduction. So the 1×1 boxes
# in a picture of the module are not decoration: they make it affordable.
#
# ## GoogLeNet
#
# GoogLeNet has nine such modules and 22 layers with weights on its longest path. Two auxiliary classifiers
# branch off on the way.

# %%
googlenet = without_weights("inception_v1", aux=True)
plot_model(googlenet)

# %%
for model in (googlenet, without_weights("inception_v1"), without_weights("vgg16")):
    print(f"{len(model.outputs)} output(s): {model.name}, {keras_cnns.profile(model).params:,} parameters")

# %% [markdown]
# The auxiliary classifiers are removed after training (`keras_cnns.without_aux(model)` does it). During
# training they hold nearly half of the parameters. What are they for?
#
# ## Do the gradients vanish?
#
# The authors were concerned that too little gradient would reach the early layers of such a deep network.
# The auxiliary classifiers add gradient halfway; their losses have a weight of 0.3 each. Let us measure the
# effect.
#
# How do you get a gradient from Keras with any backend? Use the definition of gradient descent: a step
# changes each weight $w$ to $w - \eta\, g$, with the learning rate $\eta$ and the gradient $g$. So we take
# one step of plain SGD with $\eta = 1$ and subtract the weights after the step from the weights before it.
# The difference is $g$. Then we restore the old weights. (`run_eagerly` tells Keras to run the layers one
# by one. Otherwise it first translates the whole step into a program, which pays only if you take many
# steps; we take one.) We use real photographs: four crops of each of six.

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
# Now we take one step for each choice of the three loss weights. We look at 3×3 convolutions: one in the
# stem and one in each module.


# %%
def gradients(model, loss_weights):
    """Return the gradient of each 3×3 kernel at the current weights, in the order of the network."""
    sgd = keras.optimizers.SGD(learning_rate=1.0)
    losses = ["categorical_crossentropy"] * len(loss_weights)
    model.compile(sgd, losses, loss_weights, run_eagerly=True)
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

print(f"{'module':15}" + "".join(f"{place:>7}" for place in places))
for name, values in norms.items():
    print(f"{name:15}" + "".join(f"{value:7.3f}" for value in values))

# %%
main, auxiliary, together = norms.values()
assert main[places.index("5b")] > 5 * main[places.index("3a")]
assert auxiliary[places.index("3a")] > 2 * main[places.index("3a")]
assert together[places.index("3a")] > 2 * main[places.index("3a")]
assert auxiliary[places.index("4e")] == 0

# %% [markdown]
# Is this chance? The initial weights are random. So we draw them two more times and look at the same two
# ratios.

# %%
ratios = [(main[places.index("5b")] / main[places.index("3a")], auxiliary[1] / main[1])]
for seed in (1, 2):
    keras.utils.set_random_seed(seed)
    other = keras_cnns.create("inception_v1", in_shape=(96, 96, 3), n_classes=6, aux=True)
    both = [
        [float(np.linalg.norm(step)) for step in gradients(other, choices[name])]
        for name in ("main only", "auxiliary only")
    ]
    ratios.append((both[0][places.index("5b")] / both[0][places.index("3a")], both[1][1] / both[0][1]))
for seed, (shrinks, gains) in enumerate(ratios):
    print(f"weights {seed}: from 5b to 3a the main gradient shrinks {shrinks:.1f}-fold; ", end="")
    print(f"at 3a the auxiliary ones are {gains:.1f} times the main one")
assert min(shrinks for shrinks, _ in ratios) > 5 and min(gains for _, gains in ratios) > 2

# %% [markdown]
# Read the blue line from right to left: from the classifier back to the first layers, the gradient shrinks
# more than fivefold, in each of the three draws. It does not vanish, but early layers would learn slowly.
# Even with weights of 0.3, the two auxiliary losses alone bring more than twice as much gradient to module
# 3a as the main loss does. From 4e on they have no effect, because both branch off earlier. The
# differences between the blue and the green line there come from dropout, which is random at every step.
#
# Two cautions. First, we measured only the start of training, with one way of choosing the initial weights
# (that of the Caffe release); a different way shifts the lines. Second, a larger gradient does not by
# itself mean a better network. A year later the same group reported (Section 4 of the paper on
# Inception-v3) that auxiliary classifiers do not help early in training, and help only a little at its
# end. They kept one and think that it acts as a regularizer.
#
# ## Version 2: batch normalization
#
# The next step was [Batch Normalization](https://arxiv.org/abs/1502.03167) by Sergey Ioffe and Christian
# Szegedy (2015). After each convolution, every map is normalized to mean 0 and variance 1 over the batch,
# then shifted by a learned number. Their network, BN-Inception or Inception-v2, has no auxiliary
# classifier. Here is the same measurement:

# %%
normalized = keras_cnns.create("inception_v2", in_shape=(96, 96, 3), n_classes=6)
steps = gradients(normalized, [1])
norms_2 = [float(np.linalg.norm(step)) for step in steps]
print(f"Inception-v2: stem {norms_2[0]:.1f}, last 3×3 of the last module {norms_2[-1]:.1f}")
assert norms_2[0] > 2 * norms_2[-1]

# %% [markdown]
# Now it is the other way round: the early layers have the *larger* gradients. (The risk is now that they
# explode. Normalization helps here as well, because it makes the output of a layer independent of the scale
# of its weights.) According to the paper's abstract, a network with batch normalization reaches the same
# accuracy as one without in 14 times fewer steps.
#
# ## Version 3: factorize the kernels
#
# Version 2 has no 5×5 convolutions any more: two 3×3 in a row have the same receptive field. In the same
# way, 1×7 followed by 7×1 has the receptive field of a 7×7. Christian Szegedy, Vincent Vanhoucke, Sergey
# Ioffe, Jonathon Shlens and Zbigniew Wojna turn this into a principle in [Rethinking the Inception
# Architecture for Computer Vision](https://arxiv.org/abs/1512.00567) (2015).


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
# The paper also gives a saving of 28 % for the 5×5 (Section 3.1). With two layers there can be a ReLU
# between them. But the function is not the same: most 7×7 kernels are not the product of a column and a
# row.
#
# ## Version 4: one kind of module per map size
#
# Version 4 is from Christian Szegedy, Sergey Ioffe, Vincent Vanhoucke and Alex Alemi, [Inception-v4,
# Inception-ResNet and the Impact of Residual Connections on Learning](https://arxiv.org/abs/1602.07261)
# (2016). It has one kind of module for each map size, and reduction modules between them. In the picture,
# look for 7×1 and 1×7 in the 17×17 modules (B) and for the towers that split in the 8×8 modules (C).

# %%
plot_model(without_weights("inception_v4"))

# %% [markdown]
# What did the four versions gain? Here are the costs first, with the accuracy of the published weights:

# %%
print(keras_cnns.compare_costs(["inception_v1", "inception_v2", "inception_v3", "inception_v4"]))

# %% [markdown]
# The rows for v2 to v4 are from Table 2 of the Inception-v4 paper: single models, one crop. GoogLeNet's
# top-5 error is from Table 3 of its own paper: one model, one crop.
#
# | version | top-1 error | top-5 error |
# |---|---:|---:|
# | GoogLeNet | | 10.07 % |
# | BN-Inception (v2) | 25.2 % | 7.8 % |
# | Inception-v3 | 21.2 % | 5.6 % |
# | Inception-v4 | 20.0 % | 5.0 % |
#
# Each version costs more than the one before: v4 needs twice the multiply-adds of v3 and gains 1.2 points.

# %% [markdown]
# ## In short
#
# - A 1×1 before a large kernel makes it affordable.
# - A module joins towers of several window sizes; all must give maps of one size.
# - Gradients get smaller on the way back; auxiliary classifiers add some, batch normalization replaced
# them.
#
# ## Exercises
#
# Replace `None` with your answer and run the cell again. The check raises an error if the answer is wrong.

# %% [markdown]
# ### Exercise 1: your own GoogLeNet
#
# Here are the stem, cut out of our network, and the numbers of filters of all nine modules. Build the rest
# with `inception` from above. Add max-pooling 3×3 with stride 2 and padding "same" before 4a and before 5a.
# End with global average pooling, dropout of 0.4 and a dense layer with softmax for 6 classes. Then let
# `compare` check whether it is the paper's network.

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
stem = keras_cnns.features(model, "stem")  # continue with: x = stem.output
mine = None  # your turn: keras.Model(stem.input, ...)

if mine is not None:
    keras_cnns.assert_matches(mine, "inception_v1", ignore=["n_classes", "in_shape"])
else:
    print("Exercise 1 is not done yet: mine is None.")

# %% [markdown]
# ### Exercise 2: a mistake that became common
#
# In TF-Slim and torchvision, GoogLeNet's 5×5 towers have 3×3 kernels. Build your network of exercise 1 with
# such modules and compare it with the paper's. What does `compare` call it, and how many parameters are
# missing?

# %%
slip = None  # your turn: the network
missing = None  # your turn: a number

if slip is not None:
    report = keras_cnns.compare(slip, "inception_v1", ignore=["n_classes", "in_shape"])
    print(report)
    assert {difference.mistake for difference in report.differences} == {"3×3 for 5×5"}
else:
    print("Exercise 2 is not done yet: slip is None.")
if missing is not None:
    fewer = sum((25 - 9) * reduce5x5 * n5x5 for _, _, _, reduce5x5, n5x5, _ in TABLE_1.values())
    assert missing == fewer
else:
    print("Exercise 2 is not done yet: missing is None.")

# %% [markdown]
# ### Exercise 3: does the order matter?
#
# Swap the two layers of the last tower: first the 1×1, then the pooling. Before you run it: does the number
# of parameters change? Does any shape change? Will the verdict be "different" or "same shapes"?

# %%
verdict = None  # your turn
swapped = None  # your turn: a function with the arguments of `inception`

if verdict is not None and swapped is not None:
    report = keras_cnns.compare(module_model(swapped, *TABLE_1["3a"]), inception_3a)
    print(report)
    assert verdict == report.verdict
else:
    print("Exercise 3 is not done yet: verdict is None.")

# %% [markdown]
# ## Solutions
#
# **Exercise 1.** Loop over the table.


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
# **Exercise 2.** `compare` knows this mistake by name and lists it once for all nine modules. The number
# you need is the one in that finding. The totals above it also count the final dense layer, which has 6
# classes here and 1,000 in the reference.


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
# **Exercise 3.** Neither the number of weights nor any shape changes, so a summary, a count or a test of
# shapes would not notice. Still, the function is different: the 1×1 convolution mixes maps, and the maximum
# of a mixture is not the mixture of the maxima.


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
# The Inception-v4 paper asks what residual connections would add to Inception modules. First see what
# residual connections are: the next notebook uses them to train a network of 56 layers.
