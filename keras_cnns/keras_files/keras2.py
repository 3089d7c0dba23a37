"""Descriptions that Keras 2 wrote, in the words of Keras 3.

Keras 2 wrote three forms: `.keras` (2.12 to 2.15), `.h5`, and `to_json`. In all of them a call names the
tensors that it reads as [layer, call, output, {other arguments}], shapes of inputs stand in
`batch_input_shape`, and classes come without a module, or with one that is gone. Keras 3 writes its `.h5`
without modules, too. A description is changed in place; nothing that it names is looked up but Keras' own
layers by their names.
"""

from keras_cnns.keras_files.keras2_calls import modern_calls
from keras_cnns.keras_files.keras2_settings import keras3_settings, module_of_function, own_layer
from keras_cnns.keras_files.models_listed import built_shape, layers_of, models_in
from keras_cnns.keras_files.policy import objects

# Where Keras 2 had its classes, which Keras 3 has not.
OLD_MODULES = ("tf_keras", "keras.engine", "keras.src.engine", "keras.mixed_precision", "tensorflow.")
ALIASES = {
    "Model": "Functional",
    "CuDNNLSTM": "LSTM",
    "CuDNNGRU": "GRU",
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
    "SyncBatchNormalization": "BatchNormalization",
}
MODELS = {"Functional": "keras.src.models.functional", "Sequential": "keras"}


def is_old(config: dict) -> bool:
    """Whether Keras 2 wrote a description, or Keras 3 in Keras 2's `.h5`."""
    for node in objects(config):
        settings, module = node.get("config"), node.get("module")
        nodes = node.get("inbound_nodes")
        if isinstance(module, str) and module.startswith(OLD_MODULES):
            return True
        if isinstance(settings, dict) and "batch_input_shape" in settings:
            return True
        if isinstance(nodes, list) and any(isinstance(each, list) and each for each in nodes):
            return True
    return any("module" not in layer for model in models_in(config) for layer in layers_of(model))


def modernize(config: dict) -> None:
    """Change an old description into one that Keras 3 reads; what has no counterpart stays as it is."""
    for model in list(models_in(config)):
        if isinstance(model["config"], list):
            model["config"] = {"name": "sequential", "layers": model["config"]}
        kind = ALIASES.get(str(model["class_name"]), model["class_name"])
        if kind in MODELS:
            model["class_name"], model["module"], model["registered_name"] = kind, MODELS[kind], None
        if "output_layers" in model["config"]:
            modern_calls(model["config"])
        else:
            _modern_sequence(model)
    for node in objects(config):
        if not layers_of(node):
            _modern_layer(node)
    _plain_names(config)


def _plain_names(config: dict) -> None:
    """Rename layers whose names have a slash, which Keras 3 refuses; calls name them as they did."""
    named = [node["config"] for node in objects(config) if isinstance(node.get("config"), dict)]
    named = [settings for settings in named if isinstance(settings.get("name"), str)]
    taken = {settings["name"] for settings in named}
    for settings in named:
        if "/" in settings["name"]:
            name = settings["name"].replace("/", "_")
            while name in taken:
                name += "_"
            taken.add(name)
            settings["name"] = name


def _modern_layer(node: dict) -> None:
    """Give a layer the module and the settings that Keras 3 has for it."""
    name = str(node["class_name"]).rpartition(">")[2]
    name, settings = ALIASES.get(name, name), node.get("config")
    if not _is_keras(node.get("module")):
        return
    is_function = isinstance(settings, dict) and not {"trainable", "batch_shape"} & set(settings)
    if "module" not in node and is_function and (module := module_of_function(name)):
        node["module"], node["registered_name"] = module, name
    elif own_layer(name):
        node["class_name"], node["module"], node["registered_name"] = name, "keras.layers", None
        keras3_settings(node)


def without_builds(config: dict) -> None:
    """Drop the shapes with which Keras 2 built layers: Keras 3 builds them when it calls them."""
    for node in objects(config):
        if not layers_of(node):
            node.pop("build_config", None)
        if node["class_name"] == "__keras_tensor__" and node["config"].get("shape") is None:
            node["config"]["shape"] = [None]  # Keras wants one, and takes that of the tensor it stands for


def _is_keras(module: object) -> bool:
    """Whether a class is to be looked for among Keras' layers, by its module."""
    return module in (None, "keras") or str(module).startswith(
        (*OLD_MODULES, "keras.layers", "keras.src.layers")
    )


def _modern_sequence(model: dict) -> None:
    """Begin a Sequential model with an input, which Keras 2 wrote into its first layer."""
    settings, layers = model["config"], layers_of(model)
    settings.setdefault("name", "sequential")
    if layers[0]["class_name"] == "InputLayer" or layers_of(layers[0]):
        return
    first = layers[0].get("config")
    shape = first.get("batch_input_shape") if isinstance(first, dict) else None
    shape = shape or settings.get("build_input_shape") or built_shape(model)
    if isinstance(shape, list) and shape:
        dtype = first.get("dtype") if isinstance(first, dict) and first.get("batch_input_shape") else None
        start = {"batch_shape": shape, "name": f"{settings['name']}_input"}
        if isinstance(dtype, str) and dtype.startswith(("int", "uint", "string", "bool")):
            start["dtype"] = dtype
        settings["layers"].insert(0, {"module": "keras.layers", "class_name": "InputLayer", "config": start})
