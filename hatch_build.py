"""What a wheel has in place of the recorded texts: archives, see `keras_cnns/precomputed/archives.py`."""

import importlib.util
import shutil
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDER = Path("keras_cnns") / "precomputed"


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Puts the archives into a wheel; one that is installed to be edited reads the texts."""

    @property
    def made(self) -> Path:
        """The folder of the archives until the wheel has them."""
        return Path(self.directory) / "archives"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the archives and say where in the wheel they go."""
        if version != "standard":
            return
        root, made = Path(self.root), self.made
        spec = importlib.util.spec_from_file_location("archives", root / FOLDER / "archives.py")
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for folder, files in ((FOLDER / "networks", "*.json"), (FOLDER, "pairs.json")):
            texts = {file.stem: file.read_text(encoding="utf-8") for file in (root / folder).glob(files)}
            for name, content in module.archives(texts).items():
                (made / folder).mkdir(parents=True, exist_ok=True)
                (made / folder / name).write_bytes(content)
                build_data["force_include"][str(made / folder / name)] = str(folder / name)

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Leave nothing beside the wheel."""
        shutil.rmtree(self.made, ignore_errors=True)
