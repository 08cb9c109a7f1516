"""The explorer's JavaScript outside a browser: does it parse, and what do its plain functions say."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

NODE = shutil.which("node") or ""
needs_node = pytest.mark.skipif(not NODE, reason="node is not installed")
SECONDS = 30


def parses(module: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """What ``node --check`` says of a module."""
    file = folder / "module.mjs"
    file.write_text(module, encoding="utf-8")
    return subprocess.run([NODE, "--check", str(file)], capture_output=True, text=True, timeout=SECONDS, check=False)


def said(module: str, expression: str, folder: Path) -> Any:
    """The value of an expression behind a module, through JSON."""
    file = folder / "asked.mjs"
    file.write_text(f"{module}\nconsole.log(JSON.stringify({expression}));\n", encoding="utf-8")
    done = subprocess.run([NODE, str(file)], capture_output=True, text=True, timeout=SECONDS, check=True)
    return json.loads(done.stdout)
