"""What other libraries call an argument of a network's function, and how the same is done here."""

TOP = "backbone(name, in_shape=..., weights=...) is a network without its classifier"
HEAD = "logits(model) has no softmax, and with_classifier(model, n_classes, activation) another end"
COPY = "a network is the paper's; copy its file to change that"
STRIDES = "features(model, strides=[4, 8, 16, 32]) gives the last map of each stride"
DILATED = "dilated(model, output_stride=16) has dilation in place of strides"
OTHERWISE = "create takes in_shape, n_classes, opt, weights, loss and name"

# In the order of the libraries: keras.applications, torchvision, timm and segmentation libraries on Keras.
ELSEWHERE = {
    "include_top": TOP,
    "input_shape": "it is called in_shape, (height, width, channels)",
    "input_tensor": "call the model with the tensor: model(tensor)",
    "pooling": 'backbone(model, pooling="avg") gives a vector',
    "classes": "it is called n_classes",
    "classifier_activation": HEAD,
    "alpha": COPY,
    "depth_multiplier": COPY,
    "dropout": COPY,
    "include_preprocessing": "preprocessing_layers in keras_cnns.weights scale images inside a model",
    "pretrained": 'it is weights="imagenet"',
    "progress": OTHERWISE,
    "num_classes": "it is called n_classes",
    "aux_logits": "it is aux=True, of the networks that have auxiliary classifiers",
    "transform_input": "preprocessing_layers in keras_cnns.weights scale images inside a model",
    "replace_stride_with_dilation": DILATED,
    "in_chans": "the channels are the last of in_shape",
    "global_pool": 'backbone(model, pooling="avg") gives a vector',
    "drop_rate": COPY,
    "features_only": STRIDES,
    "output_stride": DILATED,
    "out_indices": STRIDES,
    "dilation": DILATED,
    "encoder_weights": 'it is weights="imagenet"',
    "activation": HEAD,
    "optimizer": "it is called opt",
    "learning_rate": "it is set in opt, such as keras.optimizers.SGD(0.01)",
    "metrics": 'recompile(model, metrics=["accuracy"]) sets them, for all outputs',
    "kernel_regularizer": "regularize(model, l2) adds a penalty",
    "weight_decay": "it is set in opt, or regularize(model, l2) adds a penalty",
    "trainable": "freeze(model) keeps all but the classifier from learning",
}


def here(option: str) -> str | None:
    """Return how the same is done here as by an argument elsewhere; None if that is not known."""
    return ELSEWHERE.get(option.lower())
