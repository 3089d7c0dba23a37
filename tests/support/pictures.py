"""Pictures of networks, drawn once for all tests that only read them."""

from functools import cache

from keras_cnns.visualize import plot_model
from support.sizes import weightless


@cache
def picture(name, **options):
    """The picture of a network of the catalogue or of keras.applications; `aux` is the factory's."""
    built = {"aux": options.pop("aux")} if "aux" in options else {}
    return plot_model(weightless(name, **built), **options)
