"""Where the files of a sheet of exercises go."""

from pathlib import Path

from keras_cnns.arguments import checked_path, shown


def paths_of(path: str | Path, key: str | Path | None) -> tuple[Path, Path]:
    """Return where the sheet and the key go."""
    sheet = checked_path("path", path)
    answers = sheet.with_suffix(".key.html") if key is None else checked_path("key", key)
    for argument, target in (("path", sheet), ("key", answers)):
        if target.suffix.lower() not in (".html", ".htm"):
            raise ValueError(f"{argument} must end in .html; got {shown(str(target))}.")
    if sheet.resolve() == answers.resolve():
        raise ValueError(f"key must be another file than the sheet; got {shown(str(answers))} for both.")
    return sheet, answers
