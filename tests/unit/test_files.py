"""Results on disk are whole or absent, and an earlier one is never lost."""

import json
import math
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from abm.errors import CaravanError, InputError
from abm.study.files import json_text, prepare_folder, table_text, write_files


def test_files_are_written_and_replaced(tmp_path: Path) -> None:
    write_files(tmp_path, {"a.csv": "one\n"})
    write_files(tmp_path, {"a.csv": "two\n", "b.csv": "three\n"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "b.csv"]
    assert (tmp_path / "a.csv").read_text() == "two\n"


def test_a_full_disk_loses_no_earlier_result_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path, {"a.csv": "earlier\n", "b.csv": "earlier\n"})
    calls = []

    def full(handle: int) -> None:
        calls.append(handle)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CaravanError, match=r"no space left on device.*nothing earlier was lost") as failure:
        write_files(tmp_path, {"a.csv": "later\n", "b.csv": "later\n"})
    assert failure.value.exit_code == 1
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a.csv": "earlier\n", "b.csv": "earlier\n"}


def test_a_folder_that_cannot_be_written_is_told_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="must be a folder that can be written"):
        prepare_folder(tmp_path / "file")


def test_json_holds_tables_and_no_number_that_json_does_not_know() -> None:
    table = pd.DataFrame({"x": [1.5, math.nan, math.inf], "n": np.array([1, 2, 3])})
    content = json.loads(json_text({"table": table, "value": np.float64(2.0), "list": (1, None)}))
    assert content == {
        "table": [{"x": 1.5, "n": 1}, {"x": None, "n": 2}, {"x": None, "n": 3}], "value": 2.0, "list": [1, None],
    }  # fmt: skip


def test_tables_read_back_without_loss(tmp_path: Path) -> None:
    table = pd.DataFrame({"x": [0.1 + 0.2, 1e-17, math.pi]})
    (tmp_path / "t.csv").write_text(table_text(table))
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "t.csv"), table)
