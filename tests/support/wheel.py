"""Whether a wheel has modules, and the few files that they read, alone.

python tests/support/wheel.py FILE.whl
"""

import re
import sys
from zipfile import ZipFile

# Pages and their styles, ImageNet's classes, the fonts of a PDF and their licence, a text for people, and the
# mark that the modules are typed.
DATA = {f"gallery/{name}.html" for name in ("change", "choice", "page", "section")}
DATA |= {f"gallery/{name}" for name in ("compare.js", "page.css", "page.js")}
DATA |= {f"diagram/page/{name}" for name in ("maps.js", "page.css", "page.html", "page.js", "picture.js")}
DATA |= {"exercises/sheet.css", "exercises/sheet.html", "architectures/README.md", "py.typed"}
DATA |= {"weights/imagenet_classes.txt"}
DATA |= {f"diagram/output/fonts/{name}" for name in ("OFL.txt", "sans.ttf", "sans-bold.ttf")}
MOST_BYTES = 750_000
# The networks' pictures and costs, made beforehand, have a bound of their own.
PRECOMPUTED = re.compile(r"keras_cnns/precomputed/(networks/\w+|pairs)\.json")
MOST_PRECOMPUTED = 300_000


def main() -> None:
    with ZipFile(sys.argv[1]) as wheel:
        names = [name for name in wheel.namelist() if ".dist-info/" not in name]
        sizes = {entry.filename: entry.compress_size for entry in wheel.infolist()}
    modules = {name for name in names if name.startswith("keras_cnns/") and name.endswith(".py")}
    precomputed = set(filter(PRECOMPUTED.fullmatch, names))
    strange = sorted({*names} - modules - precomputed - {f"keras_cnns/{name}" for name in DATA})
    if strange:
        sys.exit(f"the wheel has what is no module: {', '.join(strange[:5])}")
    made = sum(sizes[name] for name in precomputed)
    if not 0 < made <= MOST_PRECOMPUTED:
        sys.exit(f"the wheel has {made:,} bytes of precomputed networks; there may be {MOST_PRECOMPUTED:,}")
    size = sum(sizes.values()) - made
    if size > MOST_BYTES:
        sys.exit(f"the wheel has {size:,} bytes besides, more than {MOST_BYTES:,}")


if __name__ == "__main__":
    main()
