"""The two fonts that a PDF is set in: Liberation Sans with the letters that pictures have.

python docs/generate/pdf_fonts.py FOLDER

FOLDER has LiberationSans-Regular.ttf and LiberationSans-Bold.ttf, version 2 (Debian: fonts-liberation2). They
are as wide as Arial, whose widths `diagram/draw/style.py` has. Their licence, the SIL Open Font License,
reserves their name, so what is left of them has another one.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FONTS = Path(__file__).parents[2] / "keras_cnns/diagram/output/fonts"
FILES = {"Regular": "sans.ttf", "Bold": "sans-bold.ttf"}
FAMILY = "Diagram Sans"
# What Western European keyboards have, and what labels and captions of ours need besides.
WESTERN = bytes(code for code in range(0x20, 0x100) if code not in (0x7F, 0x81, 0x8D, 0x8F, 0x90, 0x9D))
LETTERS = WESTERN.decode("cp1252") + "←↑→↓−≤≥≠≈∞αβγδελμσΣ"
NO_NEED = ["FFTM", "GDEF", "GPOS", "GSUB", "gasp", "kern"]


def main() -> None:
    for weight, file in FILES.items():
        font = TTFont(Path(sys.argv[1]) / f"LiberationSans-{weight}.ttf", recalcTimestamp=False)
        options = subset.Options(hinting=False, layout_features=[], notdef_outline=True, glyph_names=False)
        options.drop_tables += NO_NEED
        options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
        one = subset.Subsetter(options)
        one.populate(text=LETTERS)
        one.subset(font)
        _rename(font, weight)
        font.save(FONTS / file)


def _rename(font: TTFont, weight: str) -> None:
    plain = FAMILY.replace(" ", "")
    names = {1: FAMILY, 3: f"{plain}-{weight}", 4: f"{FAMILY} {weight}", 6: f"{plain}-{weight}"}
    for record in font["name"].names:
        if record.nameID in names:
            record.string = names[record.nameID]


if __name__ == "__main__":
    main()
