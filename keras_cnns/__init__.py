"""Classic convolutional networks for Keras."""
