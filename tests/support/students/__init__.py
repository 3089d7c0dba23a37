"""Networks as students write them, with what a teacher would remark on each.

`plain` and `residual` have the mistakes of which courses warn. The others were written after public code, in
our own words; what they do otherwise than the papers was seen in these projects:

- GoogLeNet: devasworski/Deeper-Networks-for-Image-Classification (batch normalization, two 3x3 for its 5x5),
  AnasBrital98/CNN-From-Scratch (5x5 as narrow as their reductions, no padding, a dense layer more),
  fchollet/deep-learning-models (a 1x1 as the classifier, 3x3 for 5x5).
- Inception-v3, v4 and Inception-ResNet: AnasBrital98/CNN-From-Scratch, titu1994/Inception-v4 (1x7 twice, no
  scales, a ReLU before the sum), sauravmishra1710/Inception---Going-Deeper-with-Convolutions (towers in
  another order), serengil/deepface (a Lambda with arguments for the scale).
- Xception: Machine-Learning-Tokyo/CNN-Architectures (padded everywhere), akramsalim/Computer-Vision (seven
  blocks), AnasBrital98/CNN-From-Scratch (concatenation for addition),
  GoogleCloudPlatform/keras-idiomatic-programmer (ReLU at the ends, 1556 maps for 1536).
- ResNeXt: BIGBALLON/cifar-10-cnn (slices, ReLU before the sum, projections everywhere, no bias),
  GoogleCloudPlatform/keras-idiomatic-programmer (a loop's number in a Lambda), AnasBrital98/CNN-From-Scratch
  (towers of full width that are activated before they are summed).
- ResNet: Machine-Learning-Tokyo/CNN-Architectures (padding "same", biases, Keras' epsilon),
  stephen1hong/Convolutional-NN-Model (pooling without padding, 2x2 averages), tensorflow/models (strides at
  the ends of the stages), raghakot/keras-resnet (the block of 2016), righterTY/d2l (activated twice),
  b3rian/Image-Classifier-CNN-API (blocks as classes).
- LeNet-5: ubiratantavares/machine_learning_mastery, mordowiciel/oct-cnn (28x28, tanh, averages),
  BIGBALLON/cifar-10-cnn (colours, ReLU, maxima).
- AlexNet: keshavsingh4522/hacktoberfest, tongzhisong/ComputerVisionModels (no towers, no normalization),
  parallel-ml/k8s-ml-pi (towers joined along the rows, Caffe's order), rgmyr/keras-texture,
  Ayush036/Alexnet-Architecture (no padding), edoson/Python_ML-2022 (TensorFlow's normalization).
- The networks after 2016: written from the papers, with the slips that the papers and the published ports
  make likely (other padding, ReLU for what came later, gates and shortcuts in other places).
- VGG-16: geifmany/cifar-vgg. Network in Network: BIGBALLON/cifar-10-cnn.
"""

from support.students import efficient, inception, later, plain, residual, resnets, separable, tutorials

ALL = (plain, residual, resnets, inception, separable, tutorials, efficient, later)
STUDENTS = {name: student for module in ALL for name, student in module.STUDENTS.items()}
