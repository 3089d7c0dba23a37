"""A file for each file of `keras_cnns.architectures`: its papers, its networks, and what people call them."""
