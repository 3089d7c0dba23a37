"""A recipe for every network, each number with its source."""

from dataclasses import fields

import pytest

from keras_cnns import list_models
from keras_cnns.training import optimizers, recipes
from keras_cnns.training.view import FROM_0_TO_1

ALWAYS = {"optimizer", "rate", "schedule", "batch", "epochs", "view"}


@pytest.mark.parametrize("name", [*list_models(), "small"])
def test_each_number_has_a_source(name):
    """What departs from the default of the class is set, and says where it comes from."""
    row = recipes.SMALL if name == "small" else recipes.recipe(name, "paper")
    named = [word for names, _ in row.sources for word in names.split()]
    plain = {field.name: field.default for field in fields(recipes.Recipe)}
    given = {key for key, value in plain.items() if getattr(row, key) != value} - {"sources", "notes"}
    assert len(named) == len(set(named))
    assert given | ALWAYS <= set(named)
    assert set(named) <= set(plain)
    assert all(text for _, text in row.sources)
    assert optimizers.optimizer_of(row, 1000)
    assert row.optimizer in ("sgd", "rmsprop", "adam")
    assert row.notes or name in ("small", "alexnet_owt")


def test_resnet_as_published():
    row = recipes.recipe("resnet50", "paper")
    assert (row.rate, row.momentum, row.decay, row.batch, row.epochs) == (0.1, 0.9, 1e-4, 256, 90)
    assert row.drops == ((30, 0.1), (60, 0.01))


def test_resnet_for_cifar_as_published():
    """64,000 steps of 128 images, of 45,000; the rate falls after 32,000 and 48,000."""
    row = recipes.recipe("resnet56", "paper")
    assert (row.rate, row.momentum, row.decay, row.batch) == (0.1, 0.9, 1e-4, 128)
    for epochs, steps in ((row.epochs, 64_000), (row.drops[0][0], 32_000), (row.drops[1][0], 48_000)):
        assert epochs == round(steps * 128 / 45_000)
    assert [factor for _, factor in row.drops] == [0.1, 0.01]
    assert (row.warm_up, recipes.recipe("resnet110", "paper").warm_up) == (0, 1)


def test_wide_resnet_and_shufflenet_as_published():
    """szagoruyko/wide-residual-networks; 300,000 steps of 1024 of ImageNet's 1,281,167 images."""
    row = recipes.recipe("wrn28_10", "paper")
    assert (row.rate, row.momentum, row.decay, row.batch, row.epochs) == (0.1, 0.9, 5e-4, 128, 200)
    assert row.drops == ((60, 0.2), (120, pytest.approx(0.2**2)), (160, pytest.approx(0.2**3)))
    row = recipes.recipe("shufflenet_v2", "paper")
    assert (row.rate, row.schedule, row.decay, row.batch) == (0.5, "linear", 4e-5, 1024)
    assert row.epochs == round(300_000 * 1024 / 1_281_167)


def test_another_batch_and_length():
    """The rate goes with the batch, slowly at first where it more than doubles; drops keep their share."""
    row = recipes.recipe("resnet50", "paper")
    used = recipes.scaled(row, batch=64, epochs=9)
    assert used.rate == pytest.approx(0.025)
    assert used.drops == ((pytest.approx(3), 0.1), (pytest.approx(6), 0.01))
    assert used.warm_up == 0
    assert recipes.scaled(row, batch=1024).warm_up == 5
    assert recipes.scaled(row, batch=1024).rate == pytest.approx(0.4)
    assert recipes.scaled(row, batch=512).warm_up == 0
    assert recipes.scaled(row, batch=64, rate=0.3).rate == 0.3
    assert recipes.scaled(recipes.SMALL, batch=64).rate == recipes.SMALL.rate


def test_what_is_said_of_a_recipe():
    row = recipes.recipe("inception_v3", "paper")
    lines = recipes.choices(row, recipes.scaled(row, batch=64))
    assert ("learning rate", "0.045", "the paper, section 8", "0.09") in lines
    assert ("label smoothing", "0.1", "the paper, section 7", "0.1") in lines
    assert recipes.recipe("inception_v3").view == FROM_0_TO_1


def test_what_is_refused():
    with pytest.raises(ValueError, match="choice must be one of 'small', 'paper'; got 'best'"):
        recipes.recipe("resnet50", "best")
    for rate in (0, float("nan"), float("inf"), "1"):
        with pytest.raises(ValueError, match="learning_rate must be above 0; got"):
            recipes.scaled(recipes.SMALL, rate=rate)


@pytest.mark.parametrize("name", ["alexnet", "resnet18", "vgg16", "nin"])
def test_drops_where_the_loss_no_longer_falls(name):
    row = recipes.recipe(name, "paper", plateau=True)
    assert (row.schedule, row.drops, row.factor) == ("plateau", (), 0.1)
    named = [word for names, _ in row.sources for word in names.split()]
    assert named.count("schedule") == 1 and "drops" not in named and {"rate", "batch", "decay"} <= set(named)


def test_where_there_is_no_plateau():
    for name, choice in (("resnet18", "small"), ("inception_v3", "paper"), ("alexnet_owt", "paper")):
        with pytest.raises(ValueError, match=f'plateau goes with recipe "paper" of alexnet.*got {name}'):
            recipes.recipe(name, choice, plateau=True)
