"""Write the site into build/site: `python docs/generate`. It needs no internet.

The pages are plain Markdown in build/docs before the engine sees them, so another engine can take its place.
"""

import shutil
import subprocess
import sys

import backend  # noqa: F401  before those that import Keras
import links
import pages

BUILD = pages.ROOT / "build"
# What the engine prints when it has nothing to say. It also prints warnings that `--strict` lets through.
SILENT = ("Build started", "Build finished", "No issues found")


def main() -> str | None:
    """Write the pages, build the site, check its links; return what is wrong with it."""
    for name in ("docs", "site"):
        shutil.rmtree(BUILD / name, ignore_errors=True)
    pages.write(BUILD / "docs")
    config = BUILD / "zensical.toml"
    config.write_text(pages.config(), encoding="utf-8")
    command = [sys.executable, "-m", "zensical", "build", "--clean", "--strict", "-f", str(config)]
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8")
    said = [line for line in run.stdout.splitlines() if line and not line.startswith(SILENT)]
    if run.returncode or said:
        return run.stdout
    return "\n".join(links.broken(BUILD / "site")) or None


if __name__ == "__main__":
    sys.exit(main())
