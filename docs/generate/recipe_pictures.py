"""Make the pictures of docs/recipes with the recipes' own code.

Run `python docs/generate/recipe_pictures.py`, with names of pages for some of them only.

Published weights need a download, so the recipes that look into a network get one that learns here, in some
minutes, to read scikit-learn's digits on photographs. The photographs are scikit-image's: `coffee`, `chelsea`
(CC0) and `brick`, `gravel`, `grass` (CC0). Needs the extra `notebooks`.
"""

import ast
import colorsys
import os
import sys
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
import numpy as np
import recipes
from PIL import Image
from skimage import data, transform
from sklearn.datasets import load_digits

import keras_cnns

FOLDER = Path(__file__).parents[1] / "recipes"
TRAINED = Path(__file__).parents[2] / "build" / "digits_on_photographs.keras"
SIDE = 40
EPOCHS = 5
MAP = (640, 400)
SIZE_OF_STYLE, STEPS_OF_STYLE = (120, 180), 200


def backgrounds() -> list[np.ndarray]:
    """Photographs from 0 to 1, in colours."""
    grey = [np.repeat(image[..., None], 3, axis=-1) for image in (data.brick(), data.gravel(), data.grass())]
    return [image / 255 for image in (*grey, data.coffee(), data.chelsea())]


def place(canvas: np.ndarray, digit: np.ndarray, rng: np.random.Generator, at: tuple[int, int]) -> None:
    """Write a digit of 8x8 in a light colour, twice as large or a bit larger."""
    side = int(rng.integers(16, 23))
    ink = transform.resize(digit / 16, (side, side), order=1)[..., None]
    y, x = at
    part = canvas[y : y + side, x : x + side]
    part += ink[: part.shape[0], : part.shape[1]] * (rng.uniform(0.8, 1, 3) - part)


def canvas(rng: np.random.Generator) -> np.ndarray:
    """Return a part of a photograph, made darker."""
    photographs = backgrounds_once()
    photograph = photographs[rng.integers(len(photographs))]
    y, x = (rng.integers(n - SIDE) for n in photograph.shape[:2])
    return photograph[y : y + SIDE, x : x + SIDE] * 0.5


def backgrounds_once(kept: list[np.ndarray] = []) -> list[np.ndarray]:  # noqa: B006
    if not kept:
        kept.extend(backgrounds())
    return kept


def written(digits: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a canvas with each digit somewhere on it, scaled to -1 … 1."""
    made = []
    for digit in digits:
        made.append(canvas(rng))
        place(made[-1], digit, rng, tuple(rng.integers(0, SIDE - 18, 2)))
    return np.asarray(made, "float32") * 2 - 1


def reader_of_digits() -> keras.Model:
    """Return ResNet-20 that has learned to read digits on photographs; it is kept in build/."""
    if TRAINED.exists():
        return keras.saving.load_model(TRAINED)
    keras.utils.set_random_seed(1)
    rng = np.random.default_rng(1)
    digits, labels = load_digits(return_X_y=True)
    digits, targets = digits.reshape(-1, 8, 8), np.eye(10)[labels]
    model = keras_cnns.create("resnet20", (None, None, 3), opt=keras.optimizers.Adam(2e-3))
    for epoch in range(EPOCHS):
        model.optimizer.learning_rate = 2e-3 * (1 - epoch / EPOCHS)
        history = model.fit(written(digits[:1500], rng), targets[:1500], batch_size=50, verbose=0)
        _, right = model.evaluate(written(digits[1500:], rng), targets[1500:], verbose=0)
        print(f"epoch {epoch + 1}: {history.history['accuracy'][0]:.2f}, held out {right:.2f}", flush=True)
    TRAINED.parent.mkdir(exist_ok=True)
    model.save(TRAINED)
    return model


def run(name: str, given: dict[str, object], changed: dict[str, str]) -> dict[str, object]:
    """Run the code of a recipe with other values for some names and other text, and return its names."""
    block = next(each for each in recipes.blocks() if each.name == name)
    code = block.code
    for old, new in changed.items():
        if old not in code:
            raise ValueError(f"changed must be text of the recipe {name}; got {old!r}.")
        code = code.replace(old, new)
    tree = ast.parse(code)
    tree.body = [
        each for each in tree.body if not (isinstance(each, ast.Assign) and names(each) & set(given))
    ]
    namespace = dict(given)
    exec(compile(tree, name, "exec"), namespace)
    return namespace


def names(assignment: ast.Assign) -> set[str]:
    """Return the names that an assignment sets."""
    parts = (part for target in assignment.targets for part in ast.walk(target))
    return {part.id for part in parts if isinstance(part, ast.Name)}


def beside(images: list[np.ndarray], height: int, name: str) -> None:
    """Write images from 0 to 1 in one row."""
    row = []
    for image in images:
        scaled = Image.fromarray((np.clip(image, 0, 1) * 255).astype("uint8"))
        width = round(height * image.shape[1] / image.shape[0])
        row += [scaled.resize((width, height), Image.Resampling.BICUBIC), None]
    whole = Image.new("RGB", (sum(8 if each is None else each.width for each in row) - 8, height), "white")
    x = 0
    for each in row:
        if each is not None:
            whole.paste(each, (x, 0))
        x += 8 if each is None else each.width
    whole.quantize(256).save(FOLDER / name, optimize=True)


def grad_cam() -> None:
    """Three digits, each with the heat of the class that was found."""
    rng = np.random.default_rng(5)
    digits, _ = load_digits(return_X_y=True)
    images = written(digits.reshape(-1, 8, 8)[[1703, 1704, 1706]], rng)
    found = run(
        "grad-cam-tensorflow", {"model": reader_of_digits(), "images": images}, {"conv5_2": "conv4_3"}
    )
    shown = []
    for image, heat in zip((images + 1) / 2, np.array(found["heat"])):
        strength = transform.resize(heat / heat.max(), image.shape[:2], order=1)[..., None]
        shown += [image, image * (1 - 0.75 * strength) + 0.75 * strength * np.array([1, 0.25, 0.1])]
    beside(shown, 120, "grad-cam.png")


def filters() -> None:
    """What the first channels of a layer answer to most."""
    changed = {"range(3)": "range(40)", "(4, 48, 48, 3)": "(6, 48, 48, 3)", ":4]": ":6]"}
    images = np.array(run("what-filters-look-for", {"model": reader_of_digits()}, changed)["images"])
    spread = images.std((1, 2, 3), keepdims=True)
    beside(list(0.5 + images / spread / 5), 120, "filters.png")


def deep_dream() -> None:
    """A cat, as it is and as the reader of digits sees it."""
    cat = transform.resize(data.chelsea(), (150, 225), anti_aliasing=True).astype("float32")
    sizes = {"((32, 48), (45, 68), (64, 96))": "((75, 113), (106, 159), (150, 225))", "range(2)": "range(15)"}
    given = {"model": reader_of_digits()}
    start = {"image = tf.random.uniform((1, 64, 96, 3), -1, 1)": "image = photograph"}
    found = run("deepdream", {**given, "photograph": cat[None] * 2 - 1}, sizes | start)
    beside([cat, (np.array(found["image"][0]) + 1) / 2], 240, "deep-dream.png")


def style_transfer() -> None:
    """A cat, a cup of coffee, and the cat in its style; the weights are random, as in the recipe."""
    keras.utils.set_random_seed(1)
    content, style = (
        transform.resize(photograph, SIZE_OF_STYLE, anti_aliasing=True).astype("float32")
        for photograph in (data.chelsea(), data.coffee())
    )
    given = {"content": content[None] * 2 - 1, "style": style[None] * 2 - 1}
    found = run("style-transfer", given, {"range(2)": f"range({STEPS_OF_STYLE})"})
    beside([content, style, (np.array(found["image"][0]) + 1) / 2], 160, "style-transfer.png")


def siamese() -> None:
    """Digits that were held out, each where the network puts it; the classes have colours of their own."""
    keras.utils.set_random_seed(1)
    longer = {"[:320]": "[:1500]", "size=(2, 320)": "size=(2, 30000)"}
    found = run("siamese-network", {}, longer | {"verbose=0": "verbose=0, epochs=12, batch_size=64"})
    digits, labels = load_digits(return_X_y=True)
    digits, labels = digits[1500:].reshape(-1, 8, 8) / 16, labels[1500:]
    seen = np.kron(digits[..., None], np.ones((1, 4, 4, 1)))
    places = found["embed"].predict(seen, verbose=0)
    places = (places - places.min(0)) / np.ptp(places, axis=0) * (np.array(MAP) - 22) + 11
    whole = np.ones((MAP[1], MAP[0], 3))
    for digit, label, (x, y) in zip(digits, labels, places.astype(int)):
        ink = transform.resize(digit, (16, 16), order=1)[..., None]
        part = whole[y - 8 : y + 8, x - 8 : x + 8]
        part += ink * (np.array(colorsys.hsv_to_rgb(label / 10, 1, 0.75)) - part)
    beside([whole], MAP[1], "siamese.png")


def diagram(name: str, model: str, file: str) -> None:
    """Draw the model that a recipe builds."""
    keras_cnns.plot_model(run(name, {}, {})[model], FOLDER / file)


PICTURES = {
    "siamese": siamese,
    "style-transfer": style_transfer,
    "grad-cam": grad_cam,
    "filters": filters,
    "deep-dream": deep_dream,
    "u-net": lambda: diagram("u-net", "unet", "u-net.svg"),
    "feature-pyramid": lambda: diagram("feature-pyramid", "fpn", "feature-pyramid.svg"),
    "two-streams": lambda: diagram("two-streams", "model", "two-streams.svg"),
    "segmentation": lambda: diagram("dilated-segmentation", "segmenter", "segmentation.svg"),
}


if __name__ == "__main__":
    for wanted in sys.argv[1:] or PICTURES:
        PICTURES[wanted]()
