"""From a Keras model to a picture on one screen, one step a file: fold, layout, then svg or graphviz."""
