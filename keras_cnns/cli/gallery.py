"""`keras-cnns gallery`: every network as a picture, on one page."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track

from keras_cnns.catalog import facts
from keras_cnns.cli.common import console, say


def gallery_command(
    folder: Annotated[Path, typer.Argument(help="The folder; made if it is not there.")] = Path("gallery"),
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier gallery's files.")] = False,
    address: Annotated[
        str | None, typer.Option("--address", help="Where on the web the folder will be, https://….")
    ] = None,
) -> None:
    """Draw every network as SVG, PNG and PDF, and write index.html, a page that shows and compares them.

    The page works offline and needs no other file, but to explore a picture: that is a page of its own beside
    it, as are each network's source and a notebook. Other files in the folder stay as they are.
    """
    from keras_cnns.gallery import Gallery

    pictures = Gallery(folder, facts.NETWORKS, force, address)
    for network in track(pictures.networks, "Drawing", console=console, transient=True):
        pictures.draw(network)
    page = pictures.write_page()
    for kind, why in (("PNG", pictures.no_bitmaps), ("PDF", pictures.no_pdf)):
        if why:
            say(f"No {kind} files: {why}")
    say(f"{len(pictures.entries)} networks drawn; open {page}")
