"""Partial credit: one decision costs once, and anybody can work the points out by hand."""

import pytest
from keras import layers
from support.compare_cases import conv, model, relu, residual
from support.sizes import weightless

from keras_cnns import compare
from keras_cnns.building import without_weights


def small_stem(x):
    """What people put before ResNet's blocks for small images: one decision, four differences."""
    return relu()(layers.BatchNormalization(epsilon=1e-5)(conv(64, 3, padding="same", use_bias=False)(x)))


def paper_stem(x):
    x = conv(64, 7, 2, use_bias=False)(layers.ZeroPadding2D(3)(x))
    x = relu()(layers.BatchNormalization(epsilon=1e-5)(x))
    return layers.MaxPooling2D(3, 2)(layers.ZeroPadding2D(1)(x))


def stemmed(stem):
    return model(stem, rest, shape=(32, 32, 3))


def rest(x):
    for _ in range(2):
        x = relu()(conv(64, 3, padding="same")(x))
    return layers.Dense(10, "softmax")(layers.GlobalAveragePooling2D()(x))


def test_a_stem_is_one_decision():
    report = compare(stemmed(small_stem), stemmed(paper_stem))
    assert [one.mistake for one in report.differences] == ["stem for small images"]
    assert len(report.decisions) == 1
    assert report.score(4) == 3


def test_the_same_size_at_another_layer_is_another_decision():
    reference = model(conv(8, 3), relu(), conv(8, 3), relu(), conv(8, 3), layers.Dense(10))
    one = model(conv(8, 5), relu(), conv(8, 3), relu(), conv(8, 3), layers.Dense(10))
    two = model(conv(8, 5), relu(), conv(8, 3), relu(), conv(8, 3, 2), layers.Dense(10))
    assert [len(compare(student, reference).decisions) for student in (one, two)] == [1, 2]


def test_what_is_no_size_is_a_decision_of_its_own():
    reference = model(conv(8, 3), relu(), conv(8, 3), layers.Dense(10))
    student = model(conv(8, 5), layers.ELU(), conv(8, 3, use_bias=False), layers.Dense(10))
    report = compare(student, reference)
    assert len(report.decisions) == len(report.differences) == 3
    assert report.score(4) == 1


def test_points_by_hand():
    student = residual(slip={"scale": False}, classes=7, softmax=False)
    report = compare(student, residual())
    assert [one.mistake for one in report.differences] == [
        "softmax missing",
        "wrong number of classes",
        "gamma in batch normalization",
    ]
    assert report.score(8) == 8 - 3 * 2
    assert report.score(8, each=1) == 8 - 3
    assert report.score(8, {"softmax missing": 0.5, "n_classes": 0}) == 8 - 2 - 0.5
    assert report.score(8, {"wrong number of classes": 1, "n_classes": 3}, each=0) == 8 - 3
    assert report.score(8, each=9) == 0
    for points in (1, 3, 8, 0.5):
        costs = len(report.decisions) * points / 4
        assert report.score(points) == round(max(0, min(points - costs, points * report.share)), 2)


def test_all_points_where_nothing_differs_that_counts():
    assert compare(residual(), residual()).score(3) == 3
    biased = (
        model(conv(4, 3), layers.BatchNormalization()),
        model(conv(4, 3, use_bias=False), layers.BatchNormalization()),
    )
    report = compare(*biased)
    assert (report.verdict, report.score(3)) == ("equivalent", 3)
    assert compare(residual(classes=7), residual(), ignore=["n_classes"]).score(3) == 3


def test_no_more_than_the_share_of_layers_that_are_there():
    """All that is missing in a row is one decision, and a network of two layers is not worth the rest."""
    student = model(layers.Flatten(), layers.Dense(10, "softmax"), shape=(32, 32, 3))
    report = compare(student, "resnet18", in_shape=(32, 32, 3), n_classes=10)
    assert report.share < 0.05
    assert report.score(100) == round(100 * report.share, 2)


def test_another_network_is_not_described_at_length():
    chain = model(*[conv(4, 3, padding="same") for _ in range(90)], layers.Dense(10), shape=(32, 32, 3))
    report = compare(chain, "resnet18", ignore=["n_classes"])
    assert len(report.differences) > 8
    assert "have little in common: of your 91 layers" in report.remark
    for shown in (report.text(), report.markdown(), report.html()):
        assert "The first 5 of" in " ".join(shown.split())
    assert "\n6. " not in report.text() and ">6.<" not in report.html()
    assert len(report.to_dict()["differences"]) == len(report.differences)
    assert report.score(4) == 0
    assert compare(without_weights("resnet34"), weightless("resnet18")).remark == ""


@pytest.mark.parametrize("points", [0, -1, "4", None, float("nan"), 10**400, True])
def test_points_that_are_none(points):
    with pytest.raises(ValueError, match="points must be a positive number"):
        compare(residual(), residual()).score(points)


@pytest.mark.parametrize(
    "weights", [{"epsilom": 1}, {"epsilon": -1}, {"epsilon": "1"}, ["epsilon"], 3, {3: 1}, "epsilon"]
)
def test_weights_that_mean_nothing(weights):
    with pytest.raises(ValueError, match="weights must"):
        compare(residual(), residual()).score(4, weights)


def test_a_pool_of_one_position_in_the_reference_is_no_extra_pool():
    """Where the reference's last map is 1×1, its pooling does nothing; the student's map is larger."""
    reference = model(conv(4, 3, 2), conv(4, 7), layers.GlobalAveragePooling2D(), layers.Dense(3))
    student = model(conv(4, 3, 1), conv(4, 7), layers.GlobalAveragePooling2D(), layers.Dense(3))
    assert [one.attribute for one in compare(student, reference).differences] == ["strides"]
    assert compare(student, reference).score(4) == 3
