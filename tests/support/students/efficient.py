"""MobileNets and EfficientNets as students write them: one of the well-known slips each."""

from functools import partial

import keras
from keras import layers

from keras_cnns.catalog.facts import find_network
from support.students.student import Student

Conv, Depthwise, Norm = layers.Conv2D, layers.DepthwiseConv2D, layers.BatchNormalization


def activated(x, function):
    """By name, as ReLU6 in the layer of its own, or not at all."""
    if function == "relu6":
        return layers.ReLU(max_value=6)(x)
    return layers.Activation(function)(x) if function else x


def padded(x, kernel, strides, word):
    """The map, and the padding that the layer then needs: "alike" is on every side, as torch pads."""
    if word == "alike" and strides > 1:
        return layers.ZeroPadding2D(kernel // 2)(x), "valid"
    return x, "same" if word == "alike" else word


def convolution(x, filters, kernel, strides=1, padding="same", **norm):
    x, padding = padded(x, kernel, strides, padding)
    return Norm(**norm)(Conv(filters, kernel, strides, padding, use_bias=False)(x))


def each_map(x, kernel, strides=1, padding="same", **norm):
    x, padding = padded(x, kernel, strides, padding)
    return Norm(**norm)(Depthwise(kernel, strides, padding, use_bias=False)(x))


def gated(x, width, inner="swish", outer="sigmoid"):
    """Squeeze and excitation with dense layers and a Reshape."""
    maps = x.shape[-1]
    y = layers.Dense(width, inner)(layers.GlobalAveragePooling2D()(x))
    y = layers.Reshape((1, 1, maps))(layers.Dense(maps, outer)(y))
    return layers.multiply([x, y])


def ended(x, classes=1000):
    return layers.Dense(classes, "softmax")(layers.GlobalAveragePooling2D()(x))


def ended_by_convolution(x, classes=1000):
    x = layers.Reshape((1, 1, x.shape[-1]))(layers.GlobalAveragePooling2D()(x))
    x = layers.Activation("softmax")(Conv(classes, 1, padding="same")(layers.Dropout(0.3)(x)))
    return layers.Reshape((classes,))(x)


def mobilenet(size=64, function="relu6", padding="same", separable=True, norm=None, middle=True, units=5):
    """MobileNet of 2017."""

    def build():
        inputs = keras.Input((size, size, 3))
        x = activated(convolution(inputs, 32, 3, 2, padding, **norm or {}), function)
        rows = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)]
        rows += [(512, 1)] * units + [(1024, 2), (1024, 1)]
        for filters, strides in rows:
            if not separable:
                x = activated(convolution(x, filters, 3, strides, padding, **norm or {}), function)
                continue
            x = each_map(x, 3, strides, padding, **norm or {})
            x = activated(x, function) if middle else x
            x = activated(convolution(x, filters, 1, **norm or {}), function)
        return keras.Model(inputs, ended(x))

    return build


V2 = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


def mobilenet_v2(
    size=64,
    function="relu6",
    padding="same",
    norm=None,
    expansion=None,
    linear=True,
    head=1280,
    shortcut="right",
    rows=V2,
    widen_first=False,
    after=None,
    by_convolution=False,
):
    """MobileNetV2; each argument is a slip."""
    norm = norm or {}

    def build():
        inputs = keras.Input((size, size, 3))
        x = activated(convolution(inputs, 32, 3, 2, padding, **norm), function)
        for t, c, n, s in rows:
            for i in range(n):
                times, strides, y = expansion if expansion and t > 1 else t, s if i == 0 else 1, x
                if times > 1 or widen_first:
                    y = activated(convolution(y, times * x.shape[-1], 1, **norm), function)
                y = activated(each_map(y, 3, strides, padding, **norm), function)
                y = convolution(y, c, 1, **norm)
                y = y if linear else activated(y, function)
                same = strides == 1 and x.shape[-1] == c
                if shortcut == "projected" and not same:
                    y = layers.add([y, convolution(x, c, 1, strides, **norm)])
                elif shortcut == "widened" and strides == 1 and not same:
                    y = layers.add([y, convolution(x, c, 1, **norm)])
                elif shortcut != "none" and same:
                    y = layers.add([y, x])
                    y = activated(y, after) if after else y
                x = y
        if head:
            x = activated(convolution(x, head, 1, **norm), function)
        return keras.Model(inputs, (ended_by_convolution if by_convolution else ended)(x))

    return build


R, H = "relu", "hard_swish"
V3_SMALL = (
    (3, 16, 16, True, R, 2), (3, 72, 24, False, R, 2), (3, 88, 24, False, R, 1), (5, 96, 40, True, H, 2),
    (5, 240, 40, True, H, 1), (5, 240, 40, True, H, 1), (5, 120, 48, True, H, 1), (5, 144, 48, True, H, 1),
    (5, 288, 96, True, H, 2), (5, 576, 96, True, H, 1), (5, 576, 96, True, H, 1),
)  # fmt: skip
SQUEEZED = {16: 8, 96: 24, 240: 64, 120: 32, 144: 40, 288: 72, 576: 144}


def mobilenet_v3(
    size=64,
    padding="same",
    kernel=None,
    gate="hard_sigmoid",
    function=None,
    squeeze=None,
    place="after activation",
    last=576,
    fc=H,
    inner="relu",
    norm=None,
):
    """MobileNetV3-Small; each argument is a slip."""
    norm = norm or {}

    def build():
        inputs = keras.Input((size, size, 3))
        x = activated(convolution(inputs, 16, 3, 2, padding, **norm), function or H)
        for k, inside, out, has_gate, word, strides in V3_SMALL:
            y, word = x, function or word
            if inside != x.shape[-1]:
                y = activated(convolution(y, inside, 1, **norm), word)
            y = each_map(y, kernel or k, strides, padding, **norm)
            y = activated(y, word) if place == "after activation" else y
            if has_gate:
                width = squeeze(x.shape[-1], inside) if squeeze else SQUEEZED[inside]
                y = gated(y, width, inner, gate)
            y = activated(y, word) if place != "after activation" else y
            y = convolution(y, out, 1, **norm)
            x = layers.add([x, y]) if strides == 1 and x.shape == y.shape else y
        x = activated(convolution(x, last, 1, **norm), function or H) if last else x
        x = layers.Dense(1024, fc)(layers.GlobalAveragePooling2D()(x))
        return keras.Model(inputs, layers.Dense(1000, "softmax")(layers.Dropout(0.2)(x)))

    return build


B0 = (
    (3, 1, 16, 1, 1), (3, 6, 24, 2, 2), (5, 6, 40, 2, 2), (3, 6, 80, 3, 2), (5, 6, 112, 3, 1),
    (5, 6, 192, 4, 2), (3, 6, 320, 1, 1),
)  # fmt: skip


def efficientnet(
    size=64,
    function="swish",
    padding="same",
    norm=None,
    squeeze=lambda before, inside: before // 4,
    inner="swish",
    outer="sigmoid",
    place="after activation",
    kernel=None,
    expansion=None,
    head=1280,
    shortcut=True,
    gates=gated,
    linear=True,
):
    """EfficientNet-B0; each argument is a slip, or another way of writing."""
    norm = norm or {}

    def build():
        inputs = keras.Input((size, size, 3))
        x = activated(convolution(inputs, 32, 3, 2, padding, **norm), function)
        for k, t, c, n, s in B0:
            for i in range(n):
                y, strides, times = x, s if i == 0 else 1, expansion if expansion and t > 1 else t
                inside = times * x.shape[-1]
                y = activated(convolution(y, inside, 1, **norm), function) if t > 1 else y
                y = each_map(y, kernel or k, strides, padding, **norm)
                width = max(1, squeeze(x.shape[-1], inside))
                y = activated(y, function) if place != "before activation" else y
                y = gates(y, width, inner, outer) if place != "after projection" else y
                y = activated(y, function) if place == "before activation" else y
                y = convolution(y, c, 1, **norm)
                y = y if linear else activated(y, function)
                y = gates(y, width, inner, outer) if place == "after projection" else y
                if shortcut and strides == 1 and x.shape[-1] == c:
                    y = layers.add([layers.Dropout(0.2, noise_shape=(None, 1, 1, 1))(y), x])
                x = y
        x = activated(convolution(x, head, 1, **norm), function) if head else x
        return keras.Model(inputs, ended(x))

    return build


def gated_by_convolutions(x, width, inner="swish", outer="sigmoid"):
    y = layers.GlobalAveragePooling2D(keepdims=True)(x)
    return x * Conv(x.shape[-1], 1, activation=outer)(Conv(width, 1, activation=inner)(y))


def gated_by_reshape(x, width, inner="swish", outer="sigmoid"):
    y = layers.Reshape((1, 1, x.shape[-1]))(layers.GlobalAveragePooling2D()(x))
    y = layers.Activation(inner)(Conv(width, 1, padding="same")(y))
    return layers.Multiply()([layers.Activation(outer)(Conv(x.shape[-1], 1)(y)), x])


def gated_on_channels(x, width, inner="swish", outer="sigmoid"):
    """Dense layers on the map of one pixel, with functions instead of layers."""
    y = keras.ops.mean(x, axis=(1, 2), keepdims=True)
    y = getattr(keras.activations, inner)(layers.Dense(width)(y))
    return layers.multiply([x, getattr(keras.ops, outer)(layers.Dense(x.shape[-1])(y))])


def small(name, size=64):
    """The network on images that make a test short."""
    return partial(find_network(name).factory, (size, size, 3), opt=keras.optimizers.SGD())


V1_64, V2_64, V3_64, B0_64 = map(
    small, ("mobilenet", "mobilenet_v2", "mobilenet_v3_small", "efficientnet_b0")
)
OTHER, UNEVEN, WIDTH = "different activation", "uneven padding", "different number of filters"
ELSEWHERE = "squeeze and excitation elsewhere"
STUDENTS = {
    "mobilenet": Student(mobilenet(), V1_64, {}),
    "mobilenet relu": Student(mobilenet(function="relu"), V1_64, {OTHER: 27}),
    "mobilenet alike": Student(mobilenet(padding="alike"), V1_64, {UNEVEN: 5}),
    "mobilenet full": Student(
        mobilenet(separable=False), V1_64, {"full convolution for a separable one": 13}
    ),
    "mobilenet no activation between": Student(mobilenet(middle=False), V1_64, {"activation missing": 13}),
    "mobilenet v2": Student(mobilenet_v2(), V2_64, {}),
    "mobilenet v2 ended by a convolution": Student(mobilenet_v2(by_convolution=True), V2_64, {}),
    "mobilenet v2 widened first": Student(mobilenet_v2(widen_first=True), V2_64, {"extra layer": 1}),
    "mobilenet v2 relu": Student(mobilenet_v2(function="relu"), V2_64, {OTHER: 35}),
    "mobilenet v2 alike": Student(mobilenet_v2(padding="alike"), V2_64, {UNEVEN: 5}),
    "mobilenet v2 not linear": Student(mobilenet_v2(linear=False), V2_64, {"extra activation": 17}),
    "mobilenet v2 activated sums": Student(mobilenet_v2(after="relu6"), V2_64, {"extra activation": 10}),
    "mobilenet v2 no last 1x1": Student(mobilenet_v2(head=None), V2_64, {"layer missing": 1}),
    "mobilenet v2 projected": Student(mobilenet_v2(shortcut="projected"), V2_64, {"extra shortcut": 7}),
    "mobilenet v2 other width": Student(mobilenet_v2(shortcut="widened"), V2_64, {"extra shortcut": 3}),
    "mobilenet v2 no shortcut": Student(mobilenet_v2(shortcut="none"), V2_64, {"shortcut": 10}),
    "mobilenet v2 expands 4": Student(mobilenet_v2(expansion=4), V2_64, {"different expansion": 16}),
    "mobilenet v3": Student(mobilenet_v3(), V3_64, {}),
    "mobilenet v3 kernel 3": Student(mobilenet_v3(kernel=3), V3_64, {"3×3 for 5×5": 8}),
    "mobilenet v3 sigmoid": Student(mobilenet_v3(gate="sigmoid"), V3_64, {OTHER: 9}),
    "mobilenet v3 relu": Student(mobilenet_v3(function="relu"), V3_64, {OTHER: 18}),
    "mobilenet v3 squeezes its input": Student(
        mobilenet_v3(squeeze=lambda before, inside: max(1, before // 4)), V3_64, {WIDTH: 9}
    ),
    "mobilenet v3 gate first": Student(mobilenet_v3(place="before activation"), V3_64, {ELSEWHERE: 9}),
    "mobilenet v3 no last 1x1": Student(mobilenet_v3(last=None), V3_64, {"layer missing": 1}),
    "efficientnet": Student(efficientnet(), B0_64, {}),
    "efficientnet convolutions": Student(efficientnet(gates=gated_by_convolutions), B0_64, {}),
    "efficientnet reshape": Student(efficientnet(gates=gated_by_reshape), B0_64, {}),
    "efficientnet on channels": Student(efficientnet(gates=gated_on_channels), B0_64, {}),
    "efficientnet relu": Student(efficientnet(function="relu"), B0_64, {OTHER: 33}),
    "efficientnet alike": Student(efficientnet(padding="alike"), B0_64, {UNEVEN: 5}),
    "efficientnet squeezes inside": Student(
        efficientnet(squeeze=lambda before, inside: inside // 4), B0_64, {WIDTH: 15}
    ),
    "efficientnet gate first": Student(efficientnet(place="before activation"), B0_64, {ELSEWHERE: 16}),
    "efficientnet gate last": Student(efficientnet(place="after projection"), B0_64, {ELSEWHERE: 16}),
    "efficientnet expands 4": Student(efficientnet(expansion=4), B0_64, {"different expansion": 15}),
    "efficientnet kernel 3": Student(efficientnet(kernel=3), B0_64, {"3×3 for 5×5": 9}),
    "efficientnet epsilon": Student(efficientnet(norm={"epsilon": 1e-5}), B0_64, {"different epsilon": 49}),
    "efficientnet no shortcut": Student(efficientnet(shortcut=False), B0_64, {"shortcut": 9}),
    "efficientnet no last 1x1": Student(efficientnet(head=None), B0_64, {"layer missing": 1}),
}
