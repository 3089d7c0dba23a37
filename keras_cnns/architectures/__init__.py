"""The networks, one file per paper, in order of publication. `make network` writes this file."""

from keras_cnns.backends import require_backend

require_backend()

from keras_cnns.architectures.alexnet import alexnet, alexnet_owt
from keras_cnns.architectures.convnext import convnext_base, convnext_small, convnext_tiny
from keras_cnns.architectures.densenet import densenet121, densenet161, densenet169, densenet201, densenet264
from keras_cnns.architectures.efficientnet import (
    efficientnet_b0,
    efficientnet_b1,
    efficientnet_b2,
    efficientnet_b3,
    efficientnet_b4,
    efficientnet_b5,
    efficientnet_b6,
    efficientnet_b7,
)
from keras_cnns.architectures.efficientnet_v2 import efficientnet_v2_s
from keras_cnns.architectures.inception_resnet import inception_resnet_v1, inception_resnet_v2
from keras_cnns.architectures.inception_v1 import inception_net, inception_v1
from keras_cnns.architectures.inception_v2 import inception_v2
from keras_cnns.architectures.inception_v3 import inception_v3
from keras_cnns.architectures.inception_v4 import inception_v4
from keras_cnns.architectures.lenet import lenet_5, lenet_caffe
from keras_cnns.architectures.mobilenet import mobilenet
from keras_cnns.architectures.mobilenet_v2 import mobilenet_v2
from keras_cnns.architectures.mobilenet_v3 import mobilenet_v3_large, mobilenet_v3_small
from keras_cnns.architectures.nin import nin, nin_cifar
from keras_cnns.architectures.resnet import resnet18, resnet34, resnet50, resnet101, resnet152
from keras_cnns.architectures.resnet_cifar import resnet20, resnet32, resnet44, resnet56, resnet110
from keras_cnns.architectures.resnet_v2 import resnet50_v2, resnet101_v2, resnet152_v2
from keras_cnns.architectures.resnext import resnext50, resnext101, resnext101_32x8d, resnext101_64x4d
from keras_cnns.architectures.senet import (
    se_resnet50,
    se_resnet101,
    se_resnet152,
    se_resnext50,
    se_resnext101,
    senet154,
)
from keras_cnns.architectures.shufflenet import shufflenet
from keras_cnns.architectures.shufflenet_v2 import shufflenet_v2
from keras_cnns.architectures.squeezenet import squeezenet, squeezenet_1_1
from keras_cnns.architectures.vgg import vgg11, vgg13, vgg16, vgg19
from keras_cnns.architectures.wide_resnet import wrn16_8, wrn28_10, wrn40_4, wrn50_2, wrn101_2
from keras_cnns.architectures.xception import xception
from keras_cnns.architectures.zfnet import zfnet

__all__ = [
    "lenet_5",
    "alexnet",
    "zfnet",
    "nin",
    "nin_cifar",
    "alexnet_owt",
    "lenet_caffe",
    "vgg11",
    "vgg13",
    "vgg16",
    "vgg19",
    "inception_v1",
    "inception_net",
    "inception_v2",
    "inception_v3",
    "resnet18",
    "resnet34",
    "resnet50",
    "resnet101",
    "resnet152",
    "resnet20",
    "resnet32",
    "resnet44",
    "resnet56",
    "resnet110",
    "inception_v4",
    "inception_resnet_v1",
    "inception_resnet_v2",
    "squeezenet",
    "squeezenet_1_1",
    "resnet50_v2",
    "resnet101_v2",
    "resnet152_v2",
    "wrn16_8",
    "wrn28_10",
    "wrn40_4",
    "wrn50_2",
    "wrn101_2",
    "densenet121",
    "densenet169",
    "densenet201",
    "densenet264",
    "densenet161",
    "xception",
    "resnext50",
    "resnext101",
    "resnext101_64x4d",
    "resnext101_32x8d",
    "mobilenet",
    "shufflenet",
    "se_resnet50",
    "se_resnet101",
    "se_resnet152",
    "se_resnext50",
    "se_resnext101",
    "senet154",
    "mobilenet_v2",
    "shufflenet_v2",
    "mobilenet_v3_large",
    "mobilenet_v3_small",
    "efficientnet_b0",
    "efficientnet_b1",
    "efficientnet_b2",
    "efficientnet_b3",
    "efficientnet_b4",
    "efficientnet_b5",
    "efficientnet_b6",
    "efficientnet_b7",
    "efficientnet_v2_s",
    "convnext_tiny",
    "convnext_small",
    "convnext_base",
]
