"""DenseNet, ResNet v2, SENet and ConvNeXt as students write them: one of the well-known slips each."""

import keras
from keras import layers

from keras_cnns.architectures.convnext import LayerScale
from support.students.efficient import small
from support.students.student import Student

Conv, Norm, Relu = layers.Conv2D, layers.BatchNormalization, layers.ReLU


def stem(inputs, filters=64, pad=True, activate=True, epsilon=1e-5, pool_pad=True):
    x = (
        Conv(filters, 7, 2, "valid", use_bias=False)(layers.ZeroPadding2D(3)(inputs))
        if pad
        else Conv(filters, 7, 2, "same", use_bias=False)(inputs)
    )
    x = Relu()(Norm(epsilon=epsilon)(x)) if activate else x
    return (
        layers.MaxPooling2D(3, 2)(layers.ZeroPadding2D(1)(x))
        if pool_pad
        else layers.MaxPooling2D(3, 2, "same")(x)
    )


def ended(x, classes=1000):
    return layers.Dense(classes, "softmax")(layers.GlobalAveragePooling2D()(x))


def densenet(
    size=64,
    growth=32,
    theta=0.5,
    epsilon=1e-5,
    order="before",
    bottleneck=4,
    depths=(6, 12, 24, 16),
    join="after",
    last=True,
    padded=True,
    pool="average",
    transition_norm=True,
):
    """DenseNet-121; each argument is a slip."""

    def step(x, filters, kernel):
        if order == "before":
            return Conv(filters, kernel, padding="same", use_bias=False)(Relu()(Norm(epsilon=epsilon)(x)))
        return Relu()(Norm(epsilon=epsilon)(Conv(filters, kernel, padding="same", use_bias=False)(x)))

    def build():
        inputs = keras.Input((size, size, 3))
        x = stem(inputs, epsilon=epsilon, pad=padded, pool_pad=padded)
        for number, depth in enumerate(depths):
            all_maps = [x]
            for _ in range(depth):
                y = step(x, bottleneck * growth, 1) if bottleneck else x
                y = step(y, growth, 3)
                if join == "add":
                    x = layers.add([Conv(growth, 1)(x), y])
                elif join == "forgets":
                    x = y
                elif join == "one by one":
                    all_maps.append(y)
                    x = layers.concatenate(all_maps)
                else:
                    x = layers.concatenate([x, y] if join == "after" else [y, x])
            if number < len(depths) - 1:
                width = int(x.shape[-1] * theta)
                x = step(x, width, 1) if transition_norm else Conv(width, 1, use_bias=False)(x)
                x = (layers.AveragePooling2D if pool == "average" else layers.MaxPooling2D)(2)(x)
        x = Relu()(Norm(epsilon=epsilon)(x)) if last else x
        return keras.Model(inputs, ended(x))

    return build


def resnet50_v2(
    size=64,
    epsilon=1e-5,
    order="before",
    last=True,
    shared=True,
    own_first=False,
    stride="3x3",
    after=None,
    project_norm=False,
):
    """The paper's form; each argument is a slip."""

    def normal(x):
        return Relu()(Norm(epsilon=epsilon)(x))

    def conv(x, filters, kernel, strides=1):
        if strides > 1 and kernel > 1:
            return Conv(filters, kernel, strides, use_bias=False)(layers.ZeroPadding2D(kernel // 2)(x))
        return Conv(filters, kernel, strides, "same", use_bias=False)(x)

    def unit(x, width, strides, project, first):
        one, three = (strides, 1) if stride == "1x1" else (1, strides)
        if order == "after":
            y = normal(conv(x, width, 1, one))
            y = Norm(epsilon=epsilon)(conv(normal(conv(y, width, 3, three)), 4 * width, 1))
            x = Norm(epsilon=epsilon)(conv(x, 4 * width, 1, strides)) if project else x
            return Relu()(layers.add([x, y]))
        y = x if first and not own_first else normal(x)
        if project:
            x = conv(y if shared else x, 4 * width, 1, strides)
            x = Norm(epsilon=epsilon)(x) if project_norm else x
        y = conv(y, width, 1, one)
        y = conv(normal(conv(normal(y), width, 3, three)), 4 * width, 1)
        y = layers.add([x, y])
        return Relu()(y) if after else y

    def build():
        inputs = keras.Input((size, size, 3))
        x = stem(inputs, epsilon=epsilon)
        for stage, depth in enumerate((3, 4, 6, 3)):
            for i in range(depth):
                x = unit(x, 64 * 2**stage, 2 if stage and not i else 1, not i, not (stage or i))
        x = normal(x) if last and order == "before" else x
        return keras.Model(inputs, ended(x))

    return build


def dense_gate(x, ratio=16, inner="relu", outer="sigmoid", bias=True):
    maps = x.shape[-1]
    y = layers.Dense(maps // ratio, inner, use_bias=bias)(layers.GlobalAveragePooling2D()(x))
    y = layers.Dense(maps, outer, use_bias=bias)(y)
    return layers.multiply([x, layers.Reshape((1, 1, maps))(y)])


def se_resnet50(
    size=64,
    place="before the sum",
    ratio=16,
    inner="relu",
    outer="sigmoid",
    stride="1x1",
    epsilon=1e-5,
    gate=dense_gate,
    bias=True,
    order="after",
):
    """SE-ResNet-50; each argument is a slip, or another way of writing."""

    def normal(x, activate=True):
        x = Norm(epsilon=epsilon)(x)
        return Relu()(x) if activate else x

    def conv(x, filters, kernel, strides=1):
        if strides > 1 and kernel > 1:
            return Conv(filters, kernel, strides, use_bias=False)(layers.ZeroPadding2D(kernel // 2)(x))
        return Conv(filters, kernel, strides, "same", use_bias=False)(x)

    def block(x, width, strides, project):
        one, three = (strides, 1) if stride == "1x1" else (1, strides)
        if order == "before":
            y = normal(x)
            x = conv(y, 4 * width, 1, strides) if project else x
            y = conv(normal(conv(normal(conv(y, width, 1, one)), width, 3, three)), 4 * width, 1)
            return layers.add([x, gate(y, ratio, inner, outer, bias)])
        y = normal(conv(x, width, 1, one))
        y = normal(conv(y, width, 3, three))
        if place == "before the normalization":
            y = normal(gate(conv(y, 4 * width, 1), ratio, inner, outer, bias), False)
        else:
            y = normal(conv(y, 4 * width, 1), False)
        y = Relu()(y) if place == "after an activation" else y
        if place in ("before the sum", "after an activation"):
            y = gate(y, ratio, inner, outer, bias)
        x = normal(conv(x, 4 * width, 1, strides), False) if project else x
        y = layers.add([x, y])
        y = gate(y, ratio, inner, outer, bias) if place == "after the sum" else y
        y = Relu()(y)
        return gate(y, ratio, inner, outer, bias) if place == "after the block" else y

    def build():
        inputs = keras.Input((size, size, 3))
        x = normal(conv(inputs, 64, 7, 2))
        x = layers.MaxPooling2D(3, 2, "same")(x)
        for stage, depth in enumerate((3, 4, 6, 3)):
            for i in range(depth):
                x = block(x, 64 * 2**stage, 2 if stage and not i else 1, not i)
        return keras.Model(inputs, ended(normal(x) if order == "before" else x))

    return build


class Gamma(layers.Layer):
    """A factor for each map, as a layer of one's own."""

    def build(self, shape):
        self.factor = self.add_weight(shape=(shape[-1],), initializer=keras.initializers.Constant(1e-6))

    def call(self, x):
        return self.factor * x


def convnext(
    size=64,
    epsilon=1e-6,
    scale=True,
    kernel=7,
    expansion=4,
    function="gelu",
    order="norm first",
    norm="layer",
    downsample_norm=True,
    depths=(3, 3, 9, 3),
    last=True,
    pointwise="dense",
    patch=4,
    act_first=False,
):
    """ConvNeXt-T; each argument is a slip, or another way of writing."""

    def normal(x):
        return layers.LayerNormalization(epsilon=epsilon)(x) if norm == "layer" else Norm(epsilon=epsilon)(x)

    def at_each_place(x, width):
        return layers.Dense(width)(x) if pointwise == "dense" else Conv(width, 1)(x)

    own = Gamma if scale is True else scale

    def block(x):
        maps = x.shape[-1]
        if kernel is None:
            y = Conv(maps, 7, padding="same")(x)
        else:
            y = layers.DepthwiseConv2D(kernel, padding="same")(x)
        y = normal(y) if norm else y
        y = at_each_place(y, expansion * maps)
        y = at_each_place(layers.Activation(function)(y) if function else y, maps)
        return layers.add([own()(y) if own else y, x])

    def build():
        inputs = keras.Input((size, size, 3))
        x = normal(Conv(96, patch, 4, padding="same" if patch != 4 else "valid")(inputs))
        for stage, depth in enumerate(depths):
            if stage:
                x = normal(x) if downsample_norm else x
                x = Conv(96 * 2**stage, 2, 2)(x)
            for _ in range(depth):
                x = block(x)
        x = layers.GlobalAveragePooling2D()(x)
        x = normal(x) if last else x
        return keras.Model(inputs, layers.Dense(1000, "softmax")(x))

    return build


DENSE, V2, SE, NEXT = map(small, ("densenet121", "resnet50_v2", "se_resnet50", "convnext_tiny"))
WIDTH, EPSILON = "different number of filters", "different epsilon"
ELSEWHERE = "squeeze and excitation elsewhere"
STUDENTS = {
    "densenet": Student(densenet(), DENSE, {}),
    "densenet joined the other way": Student(densenet(join="before"), DENSE, {}),
    "densenet joined one by one": Student(densenet(join="one by one"), DENSE, {}),
    "densenet growth 12": Student(densenet(growth=12), DENSE, {"different growth rate": 58}),
    "densenet theta 1": Student(densenet(theta=1), DENSE, {"different compression": 3}),
    "densenet growth 24, theta 1": Student(
        densenet(growth=24, theta=1, join="one by one", epsilon=1e-3),
        DENSE,
        {"different growth rate": 58, "different compression": 3, EPSILON: 121},
    ),
    "densenet epsilon": Student(densenet(epsilon=1e-3), DENSE, {EPSILON: 121}),
    "densenet after": Student(
        densenet(order="after"), DENSE, (("different order", 58), ("different order", 3))
    ),
    "densenet no bottleneck": Student(densenet(bottleneck=None), DENSE, {"layer missing": 58}),
    "densenet same": Student(densenet(padded=False), DENSE, {"uneven padding": 2}),
    "densenet maxima": Student(densenet(pool="max"), DENSE, {"max for average pooling": 3}),
    "resnet v2": Student(resnet50_v2(), V2, {}),
    "resnet v2 not shared": Student(resnet50_v2(shared=False), V2, [("different inputs", 1)] * 3),
    "resnet v2 activated sums": Student(resnet50_v2(after=True), V2, {"extra activation": 16}),
    "resnet v2 in the order of 2015": Student(resnet50_v2(order="after"), V2, {"pre-activation missing": 16}),
    "resnet v2 for v1": Student(
        resnet50_v2(), small("resnet50"), {"pre-activation": 16, "stride in the 3×3": 3}
    ),
    "resnet v2 stride": Student(resnet50_v2(stride="1x1"), V2, {"stride on a different layer": 3}),
    "se_resnet": Student(se_resnet50(), SE, {}),
    "se_resnet no gates": Student(se_resnet50(place="nowhere"), SE, {"squeeze and excitation missing": 16}),
    "se_resnet gate before normalization": Student(
        se_resnet50(place="before the normalization"), SE, {ELSEWHERE: 16}
    ),
    "se_resnet in the order of 2016": Student(se_resnet50(order="before"), SE, {"pre-activation": 16}),
    "se_resnet ratio 8": Student(se_resnet50(ratio=8), SE, {WIDTH: 16}),
    "se_resnet gate after the sum": Student(se_resnet50(place="after the sum"), SE, {ELSEWHERE: 16}),
    "se_resnet gate after the block": Student(se_resnet50(place="after the block"), SE, {ELSEWHERE: 16}),
    "se_resnet activated before its gate": Student(
        se_resnet50(place="after an activation"), SE, {"extra activation": 16}
    ),
    "convnext": Student(convnext(scale=LayerScale), NEXT, {}),
    "convnext convolutions": Student(convnext(scale=LayerScale, pointwise="conv"), NEXT, {}),
    "convnext epsilon": Student(
        convnext(epsilon=1e-3), NEXT, {"different epsilon outside batch normalization": 23}
    ),
    "convnext no scale": Student(convnext(scale=False), NEXT, {"layer missing": 18}),
    "convnext full": Student(convnext(kernel=None), NEXT, {"full convolution for a separable one": 18}),
    "convnext expands 3": Student(convnext(scale=LayerScale, expansion=3), NEXT, {"different expansion": 18}),
    "convnext relu": Student(convnext(function="relu"), NEXT, {"different activation": 18}),
    "convnext no normalization between": Student(
        convnext(downsample_norm=False), NEXT, {"layer normalization missing": 3}
    ),
}
