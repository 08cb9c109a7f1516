"""The kernel cache follows the source: of the kernel, of what it calls, and of nothing else."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from abm import kernels

CALLEE = "from abm.kernels import kernel\n\n\n@kernel\ndef rate(x: float) -> float:\n    return x * 2.0\n"
CALLER = (
    "from abm.kernels import kernel\nfrom abm.rules.callee import rate\n\n\n"
    "@kernel\ndef total(x: float) -> float:\n    return rate(x) + FIXED\n\n\n"
)
MAIN = (
    "from abm.rules.caller import total\n"
    "value = total(10.0)\n"
    "print(value, sum(total.stats.cache_hits.values()), sum(total.stats.cache_misses.values()))\n"
)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A tiny package ``abm`` with this project's kernels.py, a caller and a callee in two files, and a bystander."""
    folder = tmp_path / "abm"
    (folder / "rules").mkdir(parents=True)
    shutil.copy(kernels.__file__, folder / "kernels.py")
    for name in ("__init__.py", "rules/__init__.py"):
        (folder / name).write_text("")
    (folder / "rules" / "callee.py").write_text(CALLEE)
    (folder / "rules" / "caller.py").write_text(CALLER.replace("FIXED", "0.5"))
    (folder / "report.py").write_text("TITLE = 'one'\n")
    return folder


def run(package: Path, cache: Path, **environment: str) -> tuple[float, int, int]:
    """Result, cache hits and cache misses of the caller in a new process that runs this package."""
    settings = {key: value for key, value in os.environ.items() if key not in ("NUMBA_CACHE_DIR", "PYTHONPATH")}
    settings |= {"CARAVAN_CACHE_DIR": str(cache), "PYTHONDONTWRITEBYTECODE": "1", **environment}
    done = subprocess.run(
        [sys.executable, "-c", MAIN], cwd=package.parent, env=settings, capture_output=True, text=True, check=True
    )
    value, hits, misses = done.stdout.split()
    return float(value), int(hits), int(misses)


def test_an_edited_callee_in_another_file_is_compiled_anew(package: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert run(package, cache) == (20.5, 0, 1)
    assert run(package, cache) == (20.5, 1, 0)
    (package / "rules" / "callee.py").write_text(CALLEE.replace("2.0", "3.0"))
    assert run(package, cache) == (30.5, 0, 1)
    (package / "rules" / "callee.py").write_text(CALLEE)
    assert run(package, cache) == (20.5, 1, 0)


def test_the_caller_is_compiled_anew_even_where_numba_is_told_another_folder(package: Path, tmp_path: Path) -> None:
    """A parent process that set NUMBA_CACHE_DIR for its own source must not hand its children stale code."""
    inherited = {"NUMBA_CACHE_DIR": str(tmp_path / "inherited")}
    assert run(package, tmp_path / "cache", **inherited)[0] == 20.5
    (package / "rules" / "callee.py").write_text(CALLEE.replace("2.0", "3.0"))
    assert run(package, tmp_path / "cache", **inherited)[0] == 30.5


def test_a_cache_that_cannot_be_written_costs_time_and_nothing_else(package: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file-in-the-way"
    blocked.write_text("")
    assert run(package, blocked) == (20.5, 0, 1)
    assert not list(package.rglob("*.nbi")), "an unkeyed cache beside the source would go stale"


def test_the_key_changes_with_a_kernel_and_with_what_it_imports_only(package: Path) -> None:
    before = kernels.source_digest(package)
    (package / "report.py").write_text("TITLE = 'two'\n")
    assert kernels.source_digest(package) == before
    (package / "rules" / "caller.py").write_text(CALLER.replace("FIXED", "1.5"))
    changed = kernels.source_digest(package)
    assert changed != before
    (package / "rules" / "limits.py").write_text("LIMIT = 1.0\n")
    assert kernels.source_digest(package) == changed
    (package / "rules" / "callee.py").write_text("from abm.rules.limits import LIMIT\n" + CALLEE)
    imported = kernels.source_digest(package)
    (package / "rules" / "limits.py").write_text("LIMIT = 2.0\n")
    assert kernels.source_digest(package) != imported


def test_a_package_imported_as_a_whole_counts_with_all_its_files(package: Path) -> None:
    (package / "network").mkdir()
    (package / "network" / "arcs.py").write_text("N = 1\n")
    (package / "rules" / "callee.py").write_text("from abm.network import arcs\n" + CALLEE)
    before = kernels.source_digest(package)
    (package / "network" / "arcs.py").write_text("N = 2\n")
    assert kernels.source_digest(package) != before


def test_old_caches_go_and_recent_ones_stay(tmp_path: Path) -> None:
    for number in range(20):
        folder = tmp_path / f"{number:016x}"
        folder.mkdir()
        os.utime(folder, (1_000_000.0 + number, 1_000_000.0 + number))
    mine, recent = tmp_path / "mine", tmp_path / "recent"
    mine.mkdir()
    recent.mkdir()
    kernels.forget_old(tmp_path, mine)
    left = {path.name for path in tmp_path.iterdir()}
    assert {"mine", "recent", f"{19:016x}"} <= left
    assert len(left) == 17
    assert f"{0:016x}" not in left


def test_the_cache_stands_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CARAVAN_CACHE_DIR", str(tmp_path / "own"))
    assert kernels.cache_parent() == tmp_path / "own" / "kernels"
    monkeypatch.delenv("CARAVAN_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert kernels.cache_parent() == tmp_path / "xdg" / "caravan" / "kernels"


def test_a_nearly_full_disk_turns_the_cache_off(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert kernels.usable_cache(tmp_path, "some") == tmp_path / "some"
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: type(usage)(usage.total, usage.total - 4096, 4096))
    assert kernels.usable_cache(tmp_path, "some") is None
