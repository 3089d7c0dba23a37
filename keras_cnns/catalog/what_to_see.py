"""What to look for in each network's picture, for someone who meets it for the first time.

Words in “…” and counts such as ×22 stand so in the picture that `plot_model` draws; a test looks.
"""

WHAT_TO_SEE = {
    "lenet_5": (
        "Convolution and pooling take turns until a map is a single value; then dense layers decide. Most "
        "later networks keep this plan. Two notes are peculiar to 1998: the pooling is “trainable”, it has "
        "a weight and a bias for each map, and the second “conv 5×5” joins maps only “by Table I” of the "
        "paper, not all with all."
    ),
    "alexnet": (
        "LeNet's plan with more layers and far more maps. The cards behind a convolution are “2 groups”: "
        "the network was split over two graphics cards, which exchange maps in one of the three “conv 3×3” "
        "and in the dense layers. R marks ReLU, which trains faster than LeNet's tanh. The three dense "
        "layers hold 96 % of the parameters."
    ),
    "nin": (
        "Two “conv 1×1” follow each window of 3×3 or more: at every pixel they mix the channels again, like "
        "a small dense network that slides over the image. There is no dense layer at the end. The last "
        "convolution has one map for each class, and “global avg-pool” turns each map into a score."
    ),
    "nin_cifar": (
        "The same idea for images of 32×32: a window, then two “conv 1×1”, then pooling. The bracket says "
        "that this comes ×2 before the last three convolutions. Without dense layers, all of it has fewer "
        "than a million parameters."
    ),
    "alexnet_owt": (
        "AlexNet without the split over two graphics cards: no groups, and no response normalization beside "
        "R. Convolutions, pools and dense layers are the same in number and order, with other widths. When "
        "someone loads weights called AlexNet from torchvision, this is the network."
    ),
    "lenet_caffe": (
        "Set it beside LeNet-5. The pooling takes the maximum and has no weights, the convolutions have no "
        "activation, and one ReLU stands behind the dense layer of 500. It has seven times LeNet-5's "
        "parameters, 93 % of them in that layer."
    ),
    "vgg11": (
        "Every window is 3×3, and only the number of convolutions between two poolings grows, here from one "
        "to two. Each pooling halves the sides of the maps. The three dense layers hold 93 % of the "
        "parameters, the convolutions do 98 % of the work."
    ),
    "vgg13": (
        "The most regular of the family: two “conv 3×3” and a “max-pool 2×2”, ×5. Two windows of 3×3 in a "
        "row see 5×5 pixels, with fewer weights than one window of 5×5 and a ReLU more."
    ),
    "vgg16": (
        "Two kinds of stages, one with two convolutions and one with three, and nothing but 3×3 windows. "
        "Three in a row see 7×7 pixels. It is easy to read and dear to run: the first dense layer alone has "
        "103 million of the 138 million parameters, since it reads all values of the last maps."
    ),
    "vgg19": (
        "VGG-16 with a fourth convolution in the last three stages. The step from 16 to 19 layers brings "
        "little: both have almost the same accuracy. Far greater depth became useful with the shortcut, see "
        "ResNet-34."
    ),
    "inception_v1": (
        "The green panel is the idea: four ways side by side, with windows of 1×1, 3×3 and 5×5 and a "
        "pooling, and “concat” puts their maps on top of each other. The “conv 1×1” before a large window "
        "makes it cheap, since it reduces the channels first. “global avg-pool” stands where others have "
        "large dense layers, and the whole network has a twentieth of VGG-16's parameters."
    ),
    "inception_net": (
        "Inception-v1 as it was trained. Two classifiers leave the lane in the middle, and their errors "
        "count with a weight of 0.3 each, so that early layers get a stronger signal. They are dropped once "
        "training is done, and with them almost half of the parameters."
    ),
    "inception_v2": (
        "Every convolution has batch normalization, here for the first time: each map is shifted and scaled "
        "to a common range, so that training bears far higher rates. The 5×5 window has become two of 3×3. "
        "The orange “Reduction” panels halve the maps inside a module, with stride and pooling side by "
        "side."
    ),
    "inception_v3": (
        "Look at “Inception-B”: a window of 7×7 is split into “conv 1×7” and “conv 7×1”, two strips with 14 "
        "weights where the square has 49. In “Inception-C” the strips stand side by side, which gives more "
        "maps in place of more layers. Each size of map has its own kind of module."
    ),
    "resnet18": (
        "Follow the line below a block: it carries the input past the two convolutions to “add”. The block "
        "only has to learn what to change. An “identity block” passes its input on as it is; a “conv block” "
        "needs a “conv 1×1” on the way, because the sides of the maps halve and the channels double."
    ),
    "resnet34": (
        "The same two blocks as ResNet-18, with more identity blocks in each stage. Without the shortcuts, "
        "the paper found 34 layers worse than 18, even on the images they were trained on; with them they "
        "are better."
    ),
    "resnet50": (
        "Each block is now a bottleneck: a “conv 1×1” reduces the channels, the “conv 3×3” works on few of "
        "them, and another “conv 1×1” restores them. That buys a third layer for about the same work. "
        "Nothing follows “add” but a ReLU, so a signal can run from the first block to the last along the "
        "shortcuts."
    ),
    "resnet101": (
        "ResNet-50's picture with one number changed: the third stage has its identity block ×22, where "
        "ResNet-50 has five. All the additional depth goes where the maps are 14×14."
    ),
    "resnet152": (
        "The same picture once more, with ×7 in the second and ×35 in the third stage. It is eight times as "
        "deep as VGG-19 and needs less work. An ensemble with such networks won ILSVRC 2015."
    ),
    "resnet20": (
        "All of it is “conv 3×3”, in three stages for images of 32×32. Where the maps halve, the shortcut of"
        " a “shrinking block” learns nothing: “avg-pool 1×1” keeps every second pixel, and “pad” appends "
        "channels of zeros. So shortcuts add no parameters, and the network with them and the plain one can "
        "be compared."
    ),
    "resnet32": (
        "ResNet-20 with two more blocks in each stage: the “identity block” now stands ×5, then ×4. The "
        "paper gives the depths as 6n + 2, here with n = 5."
    ),
    "resnet44": (
        "ResNet-20 with four more blocks in each stage: the “identity block” now stands ×7, then ×6. It has "
        "an eighteenth of the parameters of ResNet-18."
    ),
    "resnet56": (
        "The same picture, with the “identity block” ×9, then ×8. Without the line below the block, 56 "
        "layers learned worse than 20 in the paper, even the images they were trained on; with it they are "
        "better."
    ),
    "resnet110": (
        "The same picture once more, with the “identity block” ×18, then ×17. It has a seventh of the "
        "parameters of ResNet-18, since no map has more than 64 channels."
    ),
    "inception_v4": (
        "Three kinds of modules, ×4, ×7 and ×3, with a “Reduction” between them: one kind for each size of "
        "map, and all of a kind alike. The “Stem” has branches, too: convolution and pooling share the "
        "halving. There is no shortcut; its sister Inception-ResNet-v2 has them and comes to about the same "
        "accuracy."
    ),
    "inception_resnet_v1": (
        "Inception's branches inside a residual block: they end in “concat”, a “conv 1×1” restores the "
        "number of channels, and “add” puts the result on the shortcut. Before that it is “scaled by 0.17”, "
        "0.1 or 0.2, which keeps training stable. Each module has fewer branches than Inception-v4's."
    ),
    "inception_resnet_v2": (
        "The larger of the two: its modules come ×10, ×20 and ×10. An “Inception-A” without shortcut stands "
        "before them, and a wide “conv 1×1” after them. Look at the notes below the last module: the last "
        "of the ten is scaled by 1 and “has no ReLU”."
    ),
    "xception": (
        "Nearly all convolutions are “conv sep”: a 3×3 window for each channel by itself, then a 1×1 one "
        "that mixes the channels. It is Inception's idea taken to its end, with a branch for each channel. "
        "The modules are residual, and the “Middle module” stands ×8."
    ),
    "resnext50": (
        "ResNet-50's picture with one change: the “conv 3×3” has “32 groups”. Each group sees its own part "
        "of the channels, which is the same as 32 narrow paths that are added up. At the cost of ResNet-50 "
        "it is more accurate."
    ),
    "resnext101": (
        "ResNeXt-50 with an “identity block” ×22 in the third stage, as ResNet-101 has it. Compare it with "
        "ResNet-101: nearly the same parameters and work, and the groups make the difference."
    ),
    "resnext101_64x4d": (
        "ResNeXt-101 with “64 groups” in place of 32, so twice the paths and about twice the work. Nothing "
        "else in the picture is new."
    ),
}
