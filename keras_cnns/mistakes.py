"""The mistakes that have a name: what people often build in place of a published network, and who says so.

`compare` names them in its report and takes their names in `ignore=`; `mutate` plants them. Neither knows the
other: this table is all that they share.
"""

from __future__ import annotations

from dataclasses import dataclass

_CAFFE_RESNET = "He et al. 2015 and its Caffe release; torchvision trains v1.5"
_ALEXNET_LRN = "Krizhevsky et al. 2012, Section 3.3"
_RESNET_BLOCK = "He et al. 2015, Fig. 2"
_NORMALIZATION = "Ioffe and Szegedy 2015, Section 3.2"
_AUXILIARY = "Szegedy et al. 2014, Section 5"


@dataclass(frozen=True, slots=True)
class Mistake:
    """A deviation with a name, what to say about it, and where to read about it."""

    name: str
    sentence: str
    source: str = ""


# Inputs and outputs
DIFFERENT_INPUT_SHAPE = Mistake(
    "different input shape",
    "The images have a different size or different channels; what follows from that is not listed.",
)
WRONG_NUMBER_OF_CLASSES = Mistake(
    "wrong number of classes", "The last layer must have one unit for each class."
)
DIFFERENT_OUTPUTS = Mistake(
    "different outputs",
    "The model returns different tensors; auxiliary classifiers belong to training only.",
    _AUXILIARY,
)
AUXILIARY_CLASSIFIER = Mistake(
    "auxiliary classifier",
    "A classifier on the side belongs to training; only one of the two models has it.",
    _AUXILIARY,
)

# Convolutions and dense layers
STRIDE_IN_THE_3X3 = Mistake(
    "stride in the 3×3",
    "The stride is on a different layer of the block. The weights are the same, the network is not. With the "
    "stride on the 3×3 of a bottleneck it is ResNet v1.5.",
    _CAFFE_RESNET,
)
ONE_TOWER = Mistake(
    "one tower",
    "In the reference the maps are split into groups, and each filter sees only the maps of its own group: "
    "the two towers of AlexNet, the paths of ResNeXt.",
    "Krizhevsky et al. 2012, Fig. 2; Xie et al. 2016, Fig. 3",
)
DIFFERENT_NUMBER_OF_GROUPS = Mistake(
    "different number of groups", "The maps are split into a different number of groups."
)
FULL_CONVOLUTION = Mistake(
    "full convolution for a separable one",
    "A separable convolution filters each map on its own, then mixes the maps with a 1×1.",
    "Chollet 2016, Section 1",
)
THREE_FOR_FIVE = Mistake(
    "3×3 for 5×5",
    "The window is smaller than the paper's. TF-Slim and torchvision are known to do the same in GoogLeNet's "
    "5×5 towers.",
    "Szegedy et al. 2014, Table 1",
)
DIFFERENT_KERNEL = Mistake("different kernel", "The window of the convolution has a different size.")
DIFFERENT_NUMBER_OF_FILTERS = Mistake(
    "different number of filters", "The layer makes a different number of maps."
)
DIFFERENT_STRIDE = Mistake(
    "different stride", "The window moves in different steps, so all later maps have a different size."
)
DIFFERENT_PADDING = Mistake(
    "different padding",
    'The border is treated differently. With a stride, "same" pads more after than before, while Caffe and '
    "torch pad equally on every side: shapes agree, values do not.",
    "the padding rules of TensorFlow and Caffe",
)
DIFFERENT_DILATION = Mistake(
    "different dilation", "The taps of the window are at different distances from each other."
)
BIAS = Mistake("bias", "One of the two layers adds a bias, the other does not.")

# Normalization
GAMMA = Mistake(
    "gamma in batch normalization",
    "Only one of the two networks has the scale (gamma). Inception's authors leave it out, since a ReLU "
    "follows.",
    "TF-Slim's Inception definitions",
)
BETA = Mistake("beta in batch normalization", "Only one of the two networks has the shift (beta).")
DIFFERENT_EPSILON = Mistake(
    "different epsilon",
    "Batch normalization divides by the root of variance plus epsilon; with trained weights a different "
    "epsilon gives different values.",
    "Keras' default is 1e-3, Caffe's and torch's 1e-5",
)
BATCH_FOR_RESPONSE_NORMALIZATION = Mistake(
    "batch normalization for response normalization",
    "Batch normalization came three years after AlexNet and normalizes each map over the batch; the "
    "reference divides each position by the maps next to it.",
    _ALEXNET_LRN,
)
DIFFERENT_RESPONSE_CONSTANTS = Mistake(
    "different constants of response normalization",
    "The constants differ. Caffe divides alpha by the size of the window, and its k is 1 where the paper's "
    "is 2.",
    _ALEXNET_LRN,
)
BATCH_NORMALIZATION_MISSING = Mistake(
    "batch normalization missing", "It belongs between convolution and activation.", _NORMALIZATION
)
EXTRA_BATCH_NORMALIZATION = Mistake(
    "extra batch normalization",
    "The reference has no batch normalization here; before 2015 no network has.",
    "Ioffe and Szegedy 2015",
)
RESPONSE_NORMALIZATION_MISSING = Mistake(
    "response normalization missing",
    "It belongs after the activation of the first convolutions.",
    _ALEXNET_LRN,
)

# Pooling
AVERAGE_FOR_MAX = Mistake(
    "average for max-pooling", "The reference takes the maximum of each window, yours takes the mean."
)
MAX_FOR_AVERAGE = Mistake(
    "max for average pooling", "The reference takes the mean of each window, yours takes the maximum."
)
DIFFERENT_POOLING_WINDOW = Mistake(
    "different pooling window",
    "The pooling window has a different size; where it is larger than its stride, windows overlap.",
    "Krizhevsky et al. 2012, Section 3.4",
)
POOLING_FOR_SUBSAMPLING = Mistake(
    "pooling for trained sub-sampling",
    "The reference multiplies by a coefficient and adds a bias, both trained; plain pooling does not.",
    "LeCun et al. 1998, Section II.B",
)
POOLING_MISSING = Mistake("pooling missing", "A pooling layer is missing.")
EXTRA_POOLING = Mistake("extra pooling", "The reference does not pool here.")
GLOBAL_POOLING_HEAD = Mistake(
    "global pooling head",
    "The reference flattens the last map, so its dense layer sees every position: in VGG that layer has most "
    "of the parameters.",
    "Simonyan and Zisserman 2014, Section 2.1",
)
FLATTENED_HEAD = Mistake("flattened head", "The reference takes the mean of each map before its classifier.")

# Activations
DIFFERENT_ACTIVATION = Mistake("different activation", "The activation is a different function.")
SOFTMAX_MISSING = Mistake(
    "softmax missing",
    "Without it the outputs are not probabilities. That is right only with a loss that expects logits "
    "(from_logits=True).",
)
EXTRA_SOFTMAX = Mistake("extra softmax", "The reference returns the values before the softmax.")
ACTIVATION_MISSING_AFTER_ADDITION = Mistake(
    "activation missing after the addition", "The sum of block and shortcut is activated.", _RESNET_BLOCK
)
ACTIVATION_MISSING = Mistake(
    "activation missing", "Without an activation two layers in a row compute no more than one."
)
ACTIVATION_BEFORE_ADDITION = Mistake(
    "activation before the addition",
    "The branch is not activated before the addition; otherwise a block could only ever add.",
    _RESNET_BLOCK,
)
EXTRA_ACTIVATION = Mistake("extra activation", "The reference has no activation here.")

# The order of layers and their connections
RELU_BEFORE_ADDITION = Mistake(
    "ReLU before the addition",
    "The activation belongs after the sum of block and shortcut; before it, a block can only ever add.",
    _RESNET_BLOCK,
)
PROJECTION_BEFORE_POOLING = Mistake(
    "projection before the pooling",
    "In the module's last tower pooling comes first, then the 1×1 convolution.",
    "Szegedy et al. 2014, Fig. 2b",
)
ACTIVATION_AND_NORMALIZATION_SWAPPED = Mistake(
    "activation and batch normalization swapped",
    "Batch normalization comes before the activation.",
    _NORMALIZATION,
)
DIFFERENT_ORDER = Mistake("different order", "The layer is there, but in a different place.")
TOWERS_IN_DIFFERENT_ORDER = Mistake(
    "towers in a different order",
    "The maps of the towers are joined in a different order: trained weights of the next layer would not "
    "fit.",
)
SHORTCUT = Mistake(
    "shortcut",
    "The sum of a block and its shortcut is what makes it residual; here the shortcut is missing or starts "
    "elsewhere.",
    _RESNET_BLOCK,
)
DIFFERENT_INPUTS = Mistake("different inputs", "The layer reads different layers.")

# What is missing or extra
RESIDUAL_SCALING = Mistake(
    "residual scaling",
    "The output of the block is scaled before it is added.",
    "Szegedy et al. 2016, Section 3.3",
)
DROPOUT = Mistake("dropout", "Dropout differs; it matters in training only.")
TOO_FEW_BLOCKS = Mistake("too few blocks", "The reference repeats this more often.")
TOO_MANY_BLOCKS = Mistake("too many blocks", "The reference repeats this less often.")
TOWER_MISSING = Mistake("tower missing", "One of the towers that are joined here is missing.")
LAYER_MISSING = Mistake("layer missing", "A layer of the reference is missing here.")
EXTRA_LAYER = Mistake("extra layer", "The reference has no such layer here.")
DIFFERENT_KIND = Mistake("different kind of layer", "A different kind of layer is here.")

MISTAKES: tuple[Mistake, ...] = tuple(found for found in vars().copy().values() if isinstance(found, Mistake))
