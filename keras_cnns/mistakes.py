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
_PROJECTIONS = "He et al. 2015, Sections 3.3 and 4.1"
_LENET = "LeCun et al. 1998, Section II.B"
_GATES = "Hu et al. 2017, Section 3"
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
    "wrong number of classes",
    "The last layer must have one unit for each class.",
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

ONE_UNIT_SOFTMAX = Mistake(
    "softmax over one unit",
    "A softmax over one unit is always 1, so nothing can be learned. Two classes need two units with a "
    "softmax, or one unit with a sigmoid.",
)
SIGMOID_FOR_SOFTMAX = Mistake(
    "sigmoid for softmax",
    "Sigmoids judge each class on its own, so the outputs do not sum to 1; the classes of a softmax "
    "exclude each other. One unit with a sigmoid is right for two classes.",
)

# Convolutions and dense layers
STEM = Mistake(
    "stem for small images",
    "The reference's stem makes the map small before its first block. A stem without that is made for "
    "small images, such as CIFAR's; on large ones all later maps have many times more positions.",
    "He et al. 2015, Table 1 and Section 4.2",
)
STRIDE_IN_THE_3X3 = Mistake(
    "stride in the 3×3",
    "The weights are the same, the network is not: with the stride on the 3×3 of a bottleneck it is "
    "ResNet v1.5.",
    _CAFFE_RESNET,
)
STRIDE_ELSEWHERE = Mistake(
    "stride on a different layer",
    "The weights are the same, the network is not: what comes between the two layers sees a map of "
    "another size.",
)
FULL_C3 = Mistake(
    "full convolution for Table I",
    "Each map of C3 sees only some of the maps of S2, those that Table I names; a full convolution sees "
    "all six, so that the maps of C3 need not become different.",
    "LeCun et al. 1998, Section II.B and Table I",
)
FLATTEN_MISSING = Mistake(
    "Flatten missing",
    "A dense layer on a map works at each position on its own. Flatten makes the map a vector first, so "
    "that every unit sees all of it.",
)
ONE_TOWER = Mistake(
    "one tower",
    "In the reference the maps are split into groups, and each filter sees only the maps of its own group.",
    "Krizhevsky et al. 2012, Fig. 2; Xie et al. 2016, Fig. 3",
)
GROUPS_READ_THE_SAME = Mistake(
    "groups that read the same maps",
    "In the reference each group reads maps of its own. A function that was made in a loop looks up the "
    "loop's number when it runs, and then it is the last one.",
)
JOINED_ALONG = Mistake(
    "joined over the wrong axis",
    "Maps are joined over the channels. Over rows or columns they are put beside each other as one larger "
    "image, and later windows run across the seam.",
)
DIFFERENT_NUMBER_OF_GROUPS = Mistake(
    "different number of groups",
    "The maps are split into a different number of groups.",
)
FULL_CONVOLUTION = Mistake(
    "full convolution for a separable one",
    "A separable convolution filters each map on its own, then mixes the maps with a 1×1.",
    "Chollet 2016, Section 1",
)
THREE_FOR_FIVE = Mistake(
    "3×3 for 5×5",
    "The smaller window sees nine values of a map instead of 25.",
)
DIFFERENT_KERNEL = Mistake(
    "different kernel",
    "A window of a different size sees another part of the map, and has another number of weights.",
)
DIFFERENT_NUMBER_OF_FILTERS = Mistake(
    "different number of filters",
    "The width of a layer says how many features it can tell apart, and how much the next layer has to read.",
)
GROWTH_RATE = Mistake(
    "different growth rate",
    "Each layer of a dense block adds this many maps to those that it reads.",
    "Huang et al. 2016, Section 3",
)
COMPRESSION = Mistake(
    "different compression",
    "A transition between dense blocks keeps this share of the maps that it reads; 1 is no compression.",
    "Huang et al. 2016, Section 3",
)
EXPANSION = Mistake(
    "different expansion",
    "An inverted block first makes the map that it reads wider by this factor, and narrow again at its end.",
    "Sandler et al. 2018, Section 3.3",
)
DIFFERENT_STRIDE = Mistake(
    "different stride",
    "The window moves in different steps, which decides the size of the map.",
)
DIFFERENT_PADDING = Mistake(
    "different padding",
    "Padding decides the size of the map, and what the windows at its border see.",
)
UNEVEN_PADDING = Mistake(
    "uneven padding",
    'With a stride, "same" may pad less before the map than after it; Caffe and torch pad alike on every '
    "side. The windows stand on other pixels, so published weights give other values.",
    "the padding rules of TensorFlow and Caffe",
)
PADDING_AFTER_CONVOLUTION = Mistake(
    "padding after the layer",
    "Zeros belong around a layer's input, where its windows see them. Around its output they are values "
    "like any other for what comes next.",
)
DIFFERENT_DILATION = Mistake(
    "different dilation",
    "The taps of the window are at different distances from each other.",
)
BIAS = Mistake(
    "bias",
    "A bias shifts all values of a map; without it a filter answers 0 to an empty image.",
)

# Normalization
GAMMA = Mistake(
    "gamma in batch normalization",
    "Gamma scales each map after normalization; only one of the two networks learns it.",
)
BETA = Mistake(
    "beta in batch normalization",
    "Beta shifts each map after normalization; only one of the two networks learns it.",
)
DIFFERENT_EPSILON = Mistake(
    "different epsilon",
    "Batch normalization divides by the root of variance plus epsilon; with trained weights a different "
    "epsilon gives different values.",
    "Keras' default is 1e-3, Caffe's and torch's 1e-5",
)
OTHER_EPSILON = Mistake(
    "different epsilon outside batch normalization",
    "This normalization divides by a root under which epsilon is added; with trained weights a different "
    "epsilon gives different values.",
    "Keras' default is 1e-3, that of the release of ConvNeXt 1e-6",
)
BATCH_FOR_RESPONSE_NORMALIZATION = Mistake(
    "batch normalization for response normalization",
    "Batch normalization, of 2015, normalizes each map over the batch; the reference's older "
    "normalization divides each position by what the maps next to it have there, and has nothing to "
    "learn.",
    _ALEXNET_LRN,
)
DIFFERENT_RESPONSE_CONSTANTS = Mistake(
    "different constants of response normalization",
    "The constants say how many maps count as neighbours, and how strongly they inhibit each other.",
    _ALEXNET_LRN,
)
BATCH_NORMALIZATION_MISSING = Mistake(
    "batch normalization missing",
    "The reference normalizes each map here, over the batch.",
    _NORMALIZATION,
)
EXTRA_BATCH_NORMALIZATION = Mistake(
    "extra batch normalization",
    "The reference does not normalize here.",
)
LAYER_NORMALIZATION_MISSING = Mistake(
    "layer normalization missing",
    "The reference normalizes the values of each image here, whatever the others in the batch are.",
    "Ba et al. 2016, Section 3",
)
NORMALIZATION_AXIS = Mistake(
    "normalization over the wrong axis",
    "Batch normalization has one mean and one variance for each map. Its axis is that of the channels; "
    "with another axis each column or row of the image is normalized as if it were a map.",
    _NORMALIZATION,
)
RESPONSE_NORMALIZATION_MISSING = Mistake(
    "response normalization missing",
    "The reference divides here each position by what the maps next to it have there.",
    _ALEXNET_LRN,
)
RESPONSE_NORMALIZATION_BEFORE = Mistake(
    "response normalization before the activation",
    "It normalizes the outputs of the activation: neurons that answer inhibit their neighbours.",
    _ALEXNET_LRN,
)

# Pooling
AVERAGE_FOR_MAX = Mistake(
    "average for max-pooling",
    "The reference takes the maximum of each window, yours takes the mean.",
)
MAX_FOR_AVERAGE = Mistake(
    "max for average pooling",
    "The reference takes the mean of each window, yours takes the maximum.",
)
DIFFERENT_POOLING_WINDOW = Mistake(
    "different pooling window",
    "The window takes its value from a different part of the map.",
)
POOLING_FOR_SUBSAMPLING = Mistake(
    "pooling for trained sub-sampling",
    "The reference multiplies by a coefficient and adds a bias, both trained; plain pooling does not.",
    "LeCun et al. 1998, Section II.B",
)
POOLING_MISSING = Mistake(
    "pooling missing",
    "Pooling sums up what is in a window, so that small shifts of it do not count.",
)
EXTRA_POOLING = Mistake(
    "extra pooling",
    "What is pooled here, the reference's next layer sees in full.",
)
GLOBAL_POOLING_HEAD = Mistake(
    "global pooling head",
    "The reference flattens the last map, so its dense layer sees every position; the mean of each map "
    "forgets where something was.",
)
FLATTENED_HEAD = Mistake(
    "flattened head",
    "The reference sums up each map before its classifier, which then needs few weights.",
)
GLOBAL_POOLING_MISSING = Mistake(
    "global pooling missing",
    "The reference sums up each map before its classifier. Without that the classifier works at each "
    "position of the map on its own, and the model returns a map of predictions.",
)

# Activations
DIFFERENT_ACTIVATION = Mistake(
    "different activation",
    "A different function between two layers gives different values.",
)
UNSCALED_TANH = Mistake(
    "unscaled tanh",
    "The paper's squashing function is 1.7159 tanh(2a/3): it is 1 at 1 and -1 at -1, so that the targets "
    "are where it bends most and not at its limits.",
    "LeCun et al. 1998, Section II.B and Appendix A",
)
SOFTMAX_MISSING = Mistake(
    "softmax missing",
    "Without it the outputs are not probabilities. That is right only with a loss that expects logits "
    "(from_logits=True).",
)
EXTRA_SOFTMAX = Mistake(
    "extra softmax",
    "The reference returns the values before the softmax.",
)
SOFTMAX_TWICE = Mistake(
    "softmax twice",
    "A softmax of probabilities, which are all between 0 and 1, makes them nearly equal: none can be more "
    "than e times another.",
)
SOFTMAX_AXIS = Mistake(
    "softmax over the wrong axis",
    "Softmax must run over the classes, the last axis; over another one the outputs for an image do not "
    "sum to 1.",
)
ACTIVATION_BEFORE_SOFTMAX = Mistake(
    "activation before the softmax",
    "What a softmax reads must be free to be negative; an activation before it takes that away.",
)
ACTIVATION_MISSING_AFTER_ADDITION = Mistake(
    "activation missing after the addition",
    "The sum of block and shortcut is activated.",
    _RESNET_BLOCK,
)
ACTIVATION_MISSING = Mistake(
    "activation missing",
    "Without a function that bends, a layer only weighs and sums.",
)
ACTIVATION_BEFORE_ADDITION = Mistake(
    "activation before the addition",
    "The reference does not activate the branch before it is added to the shortcut.",
    _RESNET_BLOCK,
)
EXTRA_ACTIVATION = Mistake(
    "extra activation",
    "What is cut or squashed here, the reference's next layer sees.",
)

# The order of layers and their connections
RELU_BEFORE_ADDITION = Mistake(
    "ReLU before the addition",
    "The activation belongs after the sum of block and shortcut. A ReLU before it lets a block only ever "
    "add.",
    _RESNET_BLOCK,
)
PROJECTION_BEFORE_POOLING = Mistake(
    "projection before the pooling",
    "In the module's last tower pooling comes first, then the 1×1 convolution.",
    "Szegedy et al. 2014, Fig. 2b",
)
ACTIVATION_AND_NORMALIZATION_SWAPPED = Mistake(
    "activation and batch normalization swapped",
    "The two do not commute: what is normalized first has another mean and variance after the activation.",
    _NORMALIZATION,
)
PRE_ACTIVATION = Mistake(
    "pre-activation",
    "This is the residual block of 2016: the sums are not activated, so the shortcuts alone join the blocks. "
    "With the same weights it computes something else than the block of 2015.",
    "He et al. 2016, Fig. 1",
)
PRE_ACTIVATION_MISSING = Mistake(
    "pre-activation missing",
    "The reference has the residual block of 2016, whose sums are not activated, so that the shortcuts alone "
    "join the blocks. With the same weights it computes something else than this one, of 2015.",
    "He et al. 2016, Fig. 1",
)
DIFFERENT_ORDER = Mistake(
    "different order",
    "Layers in a different order compute something else with the same weights.",
)
TOWERS_IN_DIFFERENT_ORDER = Mistake(
    "towers in a different order",
    "The maps of the towers are joined in a different order: trained weights of the next layer would not "
    "fit.",
)
SHORTCUT = Mistake(
    "shortcut",
    "The sum of a block and its shortcut is what makes it residual; here the shortcut is missing or "
    "starts elsewhere.",
    _RESNET_BLOCK,
)
ADDED_TO_ITSELF = Mistake(
    "map added to itself",
    "A map and itself sum to twice the map: there is no shortcut, and the block is not residual. It "
    "happens where a variable is overwritten before the addition.",
    _RESNET_BLOCK,
)
SHORTCUT_INSIDE = Mistake(
    "shortcut from inside the block",
    "The shortcut must carry the block's own input past all of its layers; here it starts after some of "
    "them.",
    _RESNET_BLOCK,
)
PROJECTION_FOR_IDENTITY = Mistake(
    "projection where the identity would do",
    "Where input and output of a block have one shape, the shortcut is the input itself. A projection "
    "there has weights, and the block can no longer just pass its input on.",
    _PROJECTIONS,
)
PROJECTION_MISSING = Mistake(
    "projection missing",
    "The reference projects the shortcut by a 1×1 convolution.",
    _PROJECTIONS,
)
OPTION_A = Mistake(
    "shortcut without weights (option A)",
    "Where the shape changes, the reference projects the shortcut by a 1×1 convolution, which learns "
    "(option B); taking every second position and filling up with zeros is option A.",
    _PROJECTIONS,
)
EXTRA_SHORTCUT = Mistake(
    "extra shortcut",
    "The reference has no sum here: this block only passes on what it computes. Networks of inverted blocks "
    "add the input where stride and width leave its shape as it is, and nowhere else.",
    "Sandler et al. 2018, Section 3.3",
)
CONCATENATED_FOR_ADDED = Mistake(
    "concatenation for addition",
    "Adding keeps the number of maps and makes the block a correction of its input; joining puts both "
    "side by side, so that every later layer reads more maps.",
)
ADDED_FOR_CONCATENATED = Mistake(
    "addition for concatenation",
    "Joining keeps the maps of each branch; adding mixes them before the next layer can weigh them.",
)
DIFFERENT_INPUTS = Mistake(
    "different inputs",
    "What a layer reads decides what it can learn from.",
)

# What is missing or extra
GATE_MISSING = Mistake(
    "squeeze and excitation missing",
    "The reference multiplies each map by a factor that the means of all maps decide.",
    _GATES,
)
EXTRA_GATE = Mistake(
    "extra squeeze and excitation",
    "The reference does not multiply the maps of this tensor by factors from its means.",
    _GATES,
)
GATE_ELSEWHERE = Mistake(
    "squeeze and excitation elsewhere",
    "The gate multiplies another map than in the reference, and takes its factors from that map's means.",
    _GATES,
)
RESIDUAL_SCALING = Mistake(
    "residual scaling",
    "The output of the block is scaled before it is added.",
    "Szegedy et al. 2016, Section 3.3",
)
SCALING = Mistake(
    "scaling",
    "Values that are scaled differently here reach all later layers so.",
)
DROPOUT = Mistake(
    "dropout",
    "Dropout differs; it matters in training only.",
)
TOO_FEW_BLOCKS = Mistake(
    "too few blocks",
    "The reference repeats this more often.",
)
TOO_MANY_BLOCKS = Mistake(
    "too many blocks",
    "The reference repeats this less often.",
)
TOWER_MISSING = Mistake(
    "tower missing",
    "One of the towers that are joined here is missing.",
)
LAYER_MISSING = Mistake(
    "layer missing",
    "The network leaves out what the reference computes here.",
)
EXTRA_LAYER = Mistake(
    "extra layer",
    "The reference computes nothing like it here.",
)
DIFFERENT_KIND = Mistake(
    "different kind of layer",
    "It computes something else, whatever its weights are.",
)

MISTAKES: tuple[Mistake, ...] = tuple(found for found in vars().copy().values() if isinstance(found, Mistake))
