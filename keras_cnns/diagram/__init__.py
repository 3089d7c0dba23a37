"""From a Keras model to a picture on one screen: fold, draw, output."""
