"""Runs blocks of code one after the other in one process, each with names and a folder of its own.

    recipe_runs.py BLOCKS.json SAID.json

BLOCKS.json has the code of each block by its name. SAID.json gets what each printed, or its error.
"""

import contextlib
import gc
import io
import json
import os
import sys
import tempfile
import traceback
from pathlib import Path

import keras


def run(name, code):
    printed = io.StringIO()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            with contextlib.redirect_stdout(printed):
                exec(compile(code, name, "exec"), {"__name__": "__main__"})
        except Exception:
            return traceback.format_exc()
        finally:
            os.chdir("/")
            keras.mixed_precision.set_global_policy("float32")
            keras.utils.clear_session()
            gc.collect()
    return printed.getvalue()


blocks, said = map(Path.absolute, map(Path, sys.argv[1:]))
said.write_text(json.dumps({name: run(name, code) for name, code in json.loads(blocks.read_text()).items()}))
