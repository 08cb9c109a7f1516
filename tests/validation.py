"""Where the reference numbers lie: a folder beside the repository, or the one that ``CARAVAN_VALIDATION`` names."""

import json
import os
from pathlib import Path
from typing import Any

import pytest


def validation_folder() -> Path | None:
    """The folder of reference networks and numbers, or None if this machine has none."""
    named = os.environ.get("CARAVAN_VALIDATION")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "validation"
    return folder if folder.is_dir() else None


def reference_file(*parts: str) -> Path:
    """A reference file; skips the test that asks for it where it is absent."""
    folder = validation_folder()
    if folder is None:
        pytest.skip("the reference networks may not be redistributed; set CARAVAN_VALIDATION to their folder")
    path = folder.joinpath(*parts)
    if not path.is_file():
        pytest.skip(f"reference file {'/'.join(parts)} is absent from {folder}")
    return path


def reference_json(*parts: str) -> Any:
    """The content of a reference file in JSON; skips where it is absent."""
    return json.loads(reference_file(*parts).read_text(encoding="utf-8"))
