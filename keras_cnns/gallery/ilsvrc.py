"""The ImageNet challenge that these networks were made for: who won its classification task, how well."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Winner:
    """The best top-5 error of a year, in per cent of the test images; `name` is the network's row, if any."""

    year: int
    team: str
    error: float
    name: str | None = None


# Each the team's best entry, from 2012 on an ensemble that looks at many crops. Sources: 2010 to 2014
# Russakovsky et al., but 2012 the AlexNet paper, whose team trained on the ImageNet of 2011, too (16.4
# without); 2015 the ResNet paper; 2016 and 2017 the organisers' tables.
WINNERS = (
    Winner(2010, "NEC-UIUC", 28.2),
    Winner(2011, "XRCE", 25.8),
    Winner(2012, "AlexNet", 15.3, "alexnet"),
    Winner(2013, "Clarifai", 11.7),
    Winner(2014, "GoogLeNet", 6.7, "inception_v1"),
    Winner(2015, "ResNet", 3.57, "resnet152"),
    Winner(2016, "Trimps-Soushen", 2.99),
    Winner(2017, "SENet", 2.25),
)
PERSON = 5.1  # the better of two people who practised, on 1,500 of the images; Russakovsky et al.
SOURCE = "https://arxiv.org/abs/1409.0575"
