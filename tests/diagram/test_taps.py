"""Blocks in a row each of which one sum reads, too, are one with ×N, and their pictures are true."""

import pytest
from keras import Input, Model, layers
from support import scene_reader, unfolded
from support.outline_grammar import elements, parse

from keras_cnns.diagram.fold.fold import fold
from keras_cnns.visualize import outline, plot_model


def conv(x, kernel=1, width=8, **options):
    return layers.Conv1D(width, kernel, padding="causal", **options)(x)


def gated(x, dilation=1):
    """As in van den Oord et al. 2016, "WaveNet", Figure 4, up to where it parts."""
    halves = [conv(x, 2, dilation_rate=dilation, activation=name) for name in ("tanh", "sigmoid")]
    return layers.Multiply()(halves)


def wavenet(n, last_leads_on=False, reads_first=False, join=layers.Add, odd=None, rest=1):
    """Skip sums; the end of the last block, and what the first reads, may be in the sum; `odd` is unlike."""
    inputs = Input((64, 1))
    x = conv(inputs, 2)
    skips = [x] * reads_first
    for i in range(n):
        z = gated(x, 2**i)
        if i == odd:
            z = layers.LayerNormalization()(z)
        skips.append(conv(z))
        if i < n - 1 or last_leads_on:
            y = z
            for kernel in range(1, rest + 1):
                y = conv(y, kernel)
            x = layers.Add()([x, y])
    skips += [x] * last_leads_on
    return Model(inputs, conv(conv(join()(skips))), name="wavenet")


def features(n, head=None, prefix=0, pools=False):
    """Features of each stage in one concatenation, as in Hariharan et al. 2015, "Hypercolumns"."""
    inputs = x = Input((64, 8))
    for _ in range(prefix):
        x = conv(x, 5)
    taken = []
    for _ in range(n):
        y = conv(conv(x, 3, activation="relu"), 3)
        x = layers.Add()([conv(x), y]) if not pools else y
        taken.append(head(x) if head else x)
    return Model(inputs, layers.Dense(2)(layers.Concatenate()(taken)))


def detector(n, heads=2, prefix=0, odd=None, swapped=None, direct=False, end=layers.Concatenate, both=False):
    """Heads of each stage, those of one kind joined by one box, as in Liu et al. 2016, "SSD", Figure 2.

    A join more may read the stages `direct`ly; one stage is `odd`, one has its heads `swapped`, and a head of
    the last leads to `both` joins.
    """
    inputs = x = Input((64, 8))
    for _ in range(prefix):
        x = conv(x, 5)
    read = [[] for _ in range(heads + direct)]
    for i in range(n):
        x = conv(conv(x, 3, activation="relu"), 3, strides=1)
        if i == odd:
            x = layers.LayerNormalization()(x)
        given = [layers.Dropout(0.5)(conv(x, 7 + 2 * k)) for k in range(heads)]
        given = [*([x] if direct else []), *(given[::-1] if i == swapped else given)]
        for join, one in zip(read, given):
            join.append(one)
    if both:
        read[1][-1] = read[0][-1]
    joined = [layers.Concatenate(axis=1)(each) for each in read]
    joined[0] = layers.Softmax()(layers.Dense(8)(joined[0]))
    return Model(inputs, layers.Dense(2)(end()(joined[::-1])), name="detector")


def squeezed(x):
    return layers.Multiply()(
        [x, layers.Dense(8, activation="sigmoid")(layers.Dense(2, activation="relu")(x))]
    )


def forked(x):
    return layers.Add()([conv(x, 5), conv(x, 7)])


def in_a_model():
    inputs = Input((64, 8))
    inner = wavenet(4)
    return Model(inputs, layers.Dense(2)(inner(conv(inputs, width=1))))


MODELS = {
    "skip sum": lambda: wavenet(6),
    "skip sum of three": lambda: wavenet(3),
    "the sum reads the end, too": lambda: wavenet(5, last_leads_on=True),
    "the sum reads the first, too": lambda: wavenet(5, reads_first=True),
    "the sum reads both, too": lambda: wavenet(5, last_leads_on=True, reads_first=True),
    "skip concatenation": lambda: wavenet(5, join=layers.Concatenate),
    "two boxes lead on": lambda: wavenet(5, rest=2),
    "one block is another": lambda: wavenet(8, odd=3),
    "the last block is another": lambda: wavenet(6, odd=5),
    "features": lambda: features(5),
    "features after others": lambda: features(5, prefix=3),
    "features of heads": lambda: features(5, head=conv),
    "features squeezed": lambda: features(5, head=squeezed),
    "features of heads with branches": lambda: features(4, head=forked),
    "features of a plain row": lambda: features(4, head=conv, pools=True),
    "in a model": in_a_model,
    "two joins": lambda: detector(4),
    "two joins of three": lambda: detector(3, prefix=2),
    "three joins": lambda: detector(4, heads=3),
    "a join reads the ends": lambda: detector(4, heads=1, direct=True),
    "three joins, one reads the ends": lambda: detector(4, direct=True, end=layers.Add),
    "two joins are added": lambda: detector(4, end=layers.Add),
    "two joins, one block is another": lambda: detector(6, odd=2),
    "two joins, the last block is another": lambda: detector(5, odd=4),
    "two joins, one block with its heads swapped": lambda: detector(6, swapped=2),
}


@pytest.mark.parametrize("name", MODELS)
def test_picture_is_true(name):
    scene_reader.check(MODELS[name]())


@pytest.mark.parametrize("name", MODELS)
def test_fold_unfolds_to_the_model(name):
    unfolded.check(fold(MODELS[name]()))


@pytest.mark.parametrize("name", MODELS)
def test_outline_says_what_is_read(name):
    drawn = parse(outline(MODELS[name]()))
    notes = [note for series in drawn.series for element in elements(series) for note in element.notes]
    assert any(note.startswith("tapped") for note in notes)


def counts(model):
    """How often each part of the lane stands that is there more than once and has taps or outputs."""
    parts = parse(outline(model)).lane
    repeats = [part for part in parts if hasattr(part, "count")]
    return [
        one.count
        for one in repeats
        if any(note.startswith(("tapped", "each an output")) for e in elements([one]) for note in e.notes)
    ]


def test_each_gated_layer_is_one_of_ten():
    model = wavenet(10)
    assert counts(model) == [10]
    assert plot_model(model).scene.width < 1000
    assert "not in the last" in outline(model)


def test_what_the_last_has_is_not_said_to_be_missing():
    assert "not in the last" not in outline(wavenet(5, last_leads_on=True))
    assert counts(wavenet(5, last_leads_on=True)) == [5]


def test_another_block_is_not_folded():
    assert counts(wavenet(8, odd=3)) == [3, 4]
    assert counts(wavenet(6, odd=5)) == [5]


@pytest.mark.parametrize("head", [None, conv, squeezed, forked])
def test_features_of_each_stage_are_one(head):
    assert counts(features(5, head)) == [5]
    assert counts(features(5, head, prefix=2)) == [5]


def test_blocks_that_several_joins_read_are_one():
    assert counts(detector(6)) == counts(detector(6, end=layers.Add)) == [6]
    assert counts(detector(5, heads=3)) == counts(detector(5, direct=True)) == [5]
    assert plot_model(detector(12, prefix=1)).scene.width < 1000


def test_what_another_join_reads_is_not_folded():
    assert counts(detector(7, swapped=3)) == [3, 3]
    one, other = detector(5), detector(5, swapped=2)
    assert scene_reader.differences(one, plot_model(other).scene)
    assert scene_reader.differences(other, plot_model(one).scene)


def test_what_two_joins_read_is_a_mesh():
    model = detector(5, both=True)
    assert "tapped" not in outline(model)
    scene_reader.check(model)


def test_two_are_no_row():
    assert "tapped" not in outline(wavenet(2))


def test_the_reader_sees_that_the_end_is_not_read():
    """What is said to be missing is there: the picture of the one is none of the other."""
    one, other = wavenet(6), wavenet(6, last_leads_on=True)
    assert scene_reader.differences(one, plot_model(other).scene)
    assert scene_reader.differences(other, plot_model(one).scene)


def supervised(n, width=2, odd=None, prefix=0, plain=False, last_leads_on=False):
    """A head for each block, as in Lee et al. 2015, "Deeply-Supervised Nets"."""
    inputs = x = Input((64, 8))
    outputs = []
    for _ in range(prefix):
        x = conv(x, 5)
    for i in range(n):
        y = conv(conv(x, 3, activation="relu"), 5 if i == odd else 3)
        x = y if plain else layers.Add()([x, y])
        outputs.append(layers.Dense(width, activation="softmax")(layers.GlobalAveragePooling1D()(x)))
    return Model(inputs, [*outputs, conv(conv(x), 7)] if last_leads_on else outputs)


HEADS = {
    "heads": lambda: supervised(5),
    "heads of plain blocks": lambda: supervised(4, plain=True),
    "heads after others": lambda: supervised(4, prefix=3),
    "heads of which one is another": lambda: supervised(7, odd=3),
    "heads and an end": lambda: supervised(4, last_leads_on=True),
    "no head is like another": lambda: supervised(2),
}


@pytest.mark.parametrize("name", HEADS)
def test_picture_of_heads_is_true(name):
    scene_reader.check(HEADS[name]())
    unfolded.check(fold(HEADS[name]()))


def test_blocks_with_heads_are_one():
    text = outline(supervised(5))
    assert counts(supervised(5)) == [5] and "aux" not in text and "each an output" in text
    assert counts(supervised(4, plain=True)) == [4]
    assert counts(supervised(4, prefix=3)) == [4]
    assert counts(supervised(7, odd=3)) == [3, 3]
