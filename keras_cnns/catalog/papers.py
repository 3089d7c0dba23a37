"""The papers that the networks come from."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Paper:
    """Where a network was published.

    Attributes:
        title: the title in print.
        authors: the names, separated by ", ".
        venue: the conference or journal.
        published: the month of the first public version, such as "2015-12".
        arxiv: the number on arXiv, if the paper is there.
        link: the address of a paper that is not on arXiv.
    """

    title: str
    authors: str
    venue: str
    published: str
    arxiv: str | None = None
    link: str | None = None

    @property
    def year(self) -> int:
        return int(self.published[:4])

    @property
    def url(self) -> str:
        return self.link or f"https://arxiv.org/abs/{self.arxiv}"


LENET = Paper(
    "Gradient-Based Learning Applied to Document Recognition",
    "Yann LeCun, Léon Bottou, Yoshua Bengio, Patrick Haffner",
    "Proceedings of the IEEE 86(11)",
    "1998-11",
    link="https://doi.org/10.1109/5.726791",
)
ALEXNET = Paper(
    "ImageNet Classification with Deep Convolutional Neural Networks",
    "Alex Krizhevsky, Ilya Sutskever, Geoffrey E. Hinton",
    "NIPS 2012",
    "2012-12",
    link="https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks",
)
NIN = Paper("Network In Network", "Min Lin, Qiang Chen, Shuicheng Yan", "ICLR 2014", "2013-12", "1312.4400")
ONE_WEIRD_TRICK = Paper(
    "One weird trick for parallelizing convolutional neural networks",
    "Alex Krizhevsky",
    "arXiv",
    "2014-04",
    "1404.5997",
)
CAFFE = Paper(
    "Caffe: Convolutional Architecture for Fast Feature Embedding",
    "Yangqing Jia, Evan Shelhamer, Jeff Donahue, Sergey Karayev, Jonathan Long, Ross Girshick, "
    "Sergio Guadarrama, Trevor Darrell",
    "ACM Multimedia 2014",
    "2014-06",
    "1408.5093",
)
VGG = Paper(
    "Very Deep Convolutional Networks for Large-Scale Image Recognition",
    "Karen Simonyan, Andrew Zisserman",
    "ICLR 2015",
    "2014-09",
    "1409.1556",
)
GOOGLENET = Paper(
    "Going Deeper with Convolutions",
    "Christian Szegedy, Wei Liu, Yangqing Jia, Pierre Sermanet, Scott Reed, Dragomir Anguelov, "
    "Dumitru Erhan, Vincent Vanhoucke, Andrew Rabinovich",
    "CVPR 2015",
    "2014-09",
    "1409.4842",
)
BATCH_NORMALIZATION = Paper(
    "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift",
    "Sergey Ioffe, Christian Szegedy",
    "ICML 2015",
    "2015-02",
    "1502.03167",
)
RETHINKING = Paper(
    "Rethinking the Inception Architecture for Computer Vision",
    "Christian Szegedy, Vincent Vanhoucke, Sergey Ioffe, Jonathon Shlens, Zbigniew Wojna",
    "CVPR 2016",
    "2015-12",
    "1512.00567",
)
RESNET = Paper(
    "Deep Residual Learning for Image Recognition",
    "Kaiming He, Xiangyu Zhang, Shaoqing Ren, Jian Sun",
    "CVPR 2016",
    "2015-12",
    "1512.03385",
)
INCEPTION_V4 = Paper(
    "Inception-v4, Inception-ResNet and the Impact of Residual Connections on Learning",
    "Christian Szegedy, Sergey Ioffe, Vincent Vanhoucke, Alex Alemi",
    "AAAI 2017",
    "2016-02",
    "1602.07261",
)
XCEPTION = Paper(
    "Xception: Deep Learning with Depthwise Separable Convolutions",
    "François Chollet",
    "CVPR 2017",
    "2016-10",
    "1610.02357",
)
RESNEXT = Paper(
    "Aggregated Residual Transformations for Deep Neural Networks",
    "Saining Xie, Ross Girshick, Piotr Dollár, Zhuowen Tu, Kaiming He",
    "CVPR 2017",
    "2016-11",
    "1611.05431",
)
