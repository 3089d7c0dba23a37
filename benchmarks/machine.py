"""What a figure depends on: the processor, its load, and the versions of what is measured."""

import os
import platform
import re
import subprocess
import sys
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("keras", "tensorflow", "jax", "torch", "torchvision", "onnxruntime", "openvino")
FLAGS = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8")


def head() -> dict[str, str]:
    """Lines for the head of a table."""
    load = f"{os.getloadavg()[0]:.2f}" if hasattr(os, "getloadavg") else "unknown"
    return {
        "date": date.today().isoformat(),
        "machine": f"{processor()}, {os.cpu_count()} cores, {memory()}",
        "flags": " ".join(flags()) or "unknown",
        "load at the start": load,
        "versions": ", ".join([f"Python {platform.python_version()}", *versions()]),
    }


def versions() -> list[str]:
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"no {name}")
    return [*found, graphviz()]


def graphviz() -> str:
    try:
        said = subprocess.run(["dot", "-V"], capture_output=True, text=True, check=True).stderr
    except (OSError, subprocess.CalledProcessError):
        return "no graphviz"
    return f"graphviz {said.partition('version ')[2].partition(' ')[0]}"


def information() -> str:
    file = Path("/proc/cpuinfo")
    return file.read_text() if file.exists() else ""


def processor() -> str:
    """Its name, with family and model, since a virtual machine may tell the maker only."""
    found = dict(re.findall(r"^([\w ]+?)\s*: (.*)$", information(), re.MULTILINE))
    if "model name" not in found:
        return platform.processor() or platform.machine()
    return f"{found['model name']} (family {found.get('cpu family')}, model {found.get('model')})"


def flags() -> list[str]:
    line = re.search(r"^flags\s*: (.*)$", information(), re.MULTILINE)
    return [flag for flag in FLAGS if line and flag in line[1].split()]


def memory() -> str:
    if sys.platform == "win32":
        return "memory unknown"
    return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"
