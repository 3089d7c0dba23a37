"""Whether a wheel has modules and the few files that they read, alone, and none of them too large.

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
# The networks' pictures and costs, made beforehand; `hatch_build.py` compresses them.
PRECOMPUTED = re.compile(r"keras_cnns/precomputed/(networks/[a-z]+|pairs)\.xz")
# Bytes as they are in the wheel. Modules have no bound together, since the wheel is for them; but one
# that is much larger than the others is data in disguise. Any two networks have a comparison: 2,556 of 72.
MOST_PRECOMPUTED, MOST_DATA, MOST_IN_A_MODULE = 400_000, 100_000, 10_000


def main() -> None:
    with ZipFile(sys.argv[1]) as wheel:
        sizes = {e.filename: e.compress_size for e in wheel.infolist() if ".dist-info/" not in e.filename}
    modules = {name for name in sizes if name.startswith("keras_cnns/") and name.endswith(".py")}
    precomputed = set(filter(PRECOMPUTED.fullmatch, sizes))
    data = {f"keras_cnns/{name}" for name in DATA}
    strange = sorted({*sizes} - modules - precomputed - data)
    if strange:
        sys.exit(f"the wheel has what is no module: {', '.join(strange[:5])}")
    for what, names, most in (
        ("precomputed networks", precomputed, MOST_PRECOMPUTED),
        ("data", data, MOST_DATA),
    ):
        size = sum(sizes[name] for name in names & sizes.keys())
        if not 0 < size <= most:
            sys.exit(f"the wheel has {size:,} bytes of {what}; there may be {most:,}")
    largest = max(modules, key=sizes.__getitem__)
    if sizes[largest] > MOST_IN_A_MODULE:
        sys.exit(
            f"{largest} has {sizes[largest]:,} bytes in the wheel; a module may have {MOST_IN_A_MODULE:,}"
        )


if __name__ == "__main__":
    main()
