"""Every name and spelling that people use for a network is understood, wherever a network is named."""

import sys

import pytest
from support.sizes import weightless

import keras_cnns
from keras_cnns import building, weights
from keras_cnns.catalog import facts
from keras_cnns.catalog.facts import NETWORKS, find_network, is_network
from keras_cnns.cli import main

SPELLINGS = [
    ("resnet50", "resnet50"),
    ("ResNet50", "resnet50"),
    ("ResNet-50", "resnet50"),
    ("resnet-50", "resnet50"),
    ("resnet_50", "resnet50"),
    ("RESNET 50", "resnet50"),
    ("lenet5", "lenet_5"),
    ("LeNet-5", "lenet_5"),
    ("vgg_16", "vgg16"),
    ("VGG-19", "vgg19"),
    ("inceptionv3", "inception_v3"),
    ("InceptionV3", "inception_v3"),
    ("Inception-v4", "inception_v4"),
    ("InceptionResNetV2", "inception_resnet_v2"),
    ("inception-resnet-v2", "inception_resnet_v2"),
    ("Xception", "xception"),
    ("googlenet", "inception_v1"),
    ("GoogLeNet", "inception_v1"),
    ("BN-Inception", "inception_v2"),
    ("InceptionNet", "inception_net"),
    ("Network in Network", "nin"),
    ("alexnet", "alexnet"),
    ("AlexNet (one tower)", "alexnet_owt"),
    ("alexnet_one_tower", "alexnet_owt"),
    ("resnext50_32x4d", "resnext50"),
    ("ResNeXt-101 32x4d", "resnext101"),
    ("ResNeXt-101 64x4d", "resnext101_64x4d"),
]


@pytest.mark.parametrize(("spelling", "name"), SPELLINGS)
def test_spellings(spelling, name):
    assert find_network(spelling).name == name
    assert is_network(spelling)


@pytest.mark.parametrize("row", NETWORKS, ids=lambda row: row.name)
def test_own_name_and_title(row):
    assert find_network(row.name) is row
    assert find_network(row.title) is row
    assert find_network(row.name.upper().replace("_", "-")) is row


def test_no_two_networks_share_a_spelling():
    names = [*(row.name for row in NETWORKS), *facts.ALIASES]
    assert len(set(map(facts.normalized, names))) == len(names)
    for row in NETWORKS:
        same = {facts.normalized(row.title), facts.normalized(row.name)}
        assert not same & {facts.normalized(other.title) for other in NETWORKS if other is not row}
        assert not same & set(map(facts.normalized, facts.ALIASES))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ResNet-5", "got 'ResNet-5', did you mean resnet50, resnet56 or resnet50_v2?"),
        ("lenet", "got 'lenet', did you mean lenet_5 or lenet_caffe?"),
        (
            "ResNet",
            "did you mean resnet18, resnet34, resnet50, resnet101, resnet152, resnet20, resnet32, resnet44, ",
        ),
        ("VGG", "did you mean vgg11, vgg13, vgg16 or vgg19?"),
        ("inception", "did you mean inception_v1, inception_net, inception_v2, inception_v3, inception_v4, "),
        ("googlnet", "did you mean inception_v1"),
        ("resnet50.keras", "did you mean resnet50"),
        ("./resnet50", "did you mean resnet50"),
        ("!", "choose from lenet_5, alexnet, zfnet, "),
        ("", "choose from lenet_5, alexnet, zfnet, "),
        (None, "choose from lenet_5, alexnet, zfnet, "),
    ],
)
def test_unknown_and_ambiguous_names_are_answered_with_the_nearest(name, message):
    with pytest.raises(ValueError, match="name must be that of a network") as error:
        find_network(name)
    assert message in str(error.value)
    assert not is_network(name)
    with pytest.raises(ValueError, match="network must be that of a network"):
        keras_cnns.create(name)


def test_every_public_function_understands_them():
    assert keras_cnns.create("LeNet-5").name == "lenet_5"
    assert keras_cnns.profile("LeNet-5").name == "lenet_5"
    assert keras_cnns.compare("lenet5", "LeNet-5").verdict == "exact"
    keras_cnns.assert_matches(keras_cnns.create("lenet5"), "LeNet-5", level="exact")
    assert [row.name for row in keras_cnns.compare_costs(["lenet5", "AlexNet"]).rows] == [
        "lenet_5",
        "alexnet",
    ]
    assert building.without_weights("GoogLeNet").name == "inception_v1"
    assert weights.find("GoogLeNet") is weights.find("inception_v1")
    assert weights.find("resnext50_32x4d", "torchvision").network == "resnext50"


def test_a_reference_takes_the_students_input():
    """`compare` builds its reference by name for the student's images, whatever the spelling."""
    student = weightless("resnet18", in_shape=(64, 64, 3))
    assert keras_cnns.compare(student, "ResNet-18").verdict == keras_cnns.compare(student, "resnet18").verdict


def test_a_file_wins_only_by_its_suffix(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("resnet50", "ResNet-50", "resnet50.keras", "mine"):
        (tmp_path / name).write_bytes(b"")
    assert not building.is_file("resnet50")
    assert not building.is_file("ResNet-50")
    assert building.is_file("resnet50.keras")
    assert building.is_file("ResNet-50.keras")  # missing, but nothing else can be meant
    assert building.is_file("mine")
    assert not building.is_file("yours")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["show", "GoogLeNet"], "inception_v1"),
        (["profile", "LeNet-5"], "lenet_5"),
        (["compare", "lenet5", "LeNet-5"], "lenet_5"),
        (["weights", "ResNet-50"], "resnet50 from keras"),
        (["copy", "LeNet-5", "-o", "-"], "def lenet_5("),
    ],
)
def test_every_command_understands_them(arguments, expected, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["keras-cnns", *arguments])
    with pytest.raises(SystemExit) as stop:
        main.main()
    assert not stop.value.code
    assert expected in capsys.readouterr().out


def test_written_files_have_the_networks_own_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["keras-cnns", "draw", "LeNet-5"])
    with pytest.raises(SystemExit) as stop:
        main.main()
    assert not stop.value.code
    assert [path.name for path in tmp_path.iterdir()] == ["lenet_5.svg"]
