"""Sweeps that are killed again and again, until so many kills are spent.

``python -m tests.killed_sweeps EXPERIMENT FOLDER SEED N``: each round is a sweep into a folder of its own, ``round-1`` and so on,
begun again after every kill until it is complete; folder ``whole`` holds one that nobody disturbed. One process starts them all,
so that only the first pays for imports. It prints, as JSON, whom it killed and which processes outlived their sweep.
"""

import json
import os
import random
import signal
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

from abm.study import store
from abm.study.identity import model_version
from abm.study.outcomes import catalogue_of
from abm.study.plan import Plan
from abm.study.plan_file import read_plan
from abm.study.sweep import sweep

#: Runs of a part: few, so that parts are written, and kills fall, all the time.
_RUNS_OF_A_PART = 4
#: The longest wait for a random moment, in seconds: about what three runs take.
_LONGEST_WAIT_S = 0.6
_VICTIMS = ("sweep", "sweep", "sweep as it writes", "worker", "worker", "nursery")
_ENDS_WITHIN_S, _COMPLETE_WITHIN_S = 20.0, 600.0


def children(pid: int) -> list[int]:
    """Processes whose parent is ``pid``."""
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for thread in threads for child in (thread / "children").read_text(encoding="utf-8").split()]
    except OSError:  # it has just ended
        return []


def begin(plan: Plan, folder: Path) -> int:
    """A process that sweeps into the folder; also what failed because its workers were killed twice."""
    pid = os.fork()
    if pid == 0:
        try:
            sweep(plan, folder, workers=2, retry_failed=True)
            os._exit(0)
        finally:
            traceback.print_exc()
            os._exit(1)
    return pid


def has_ended(pid: int, within_s: float) -> bool:
    """Whether the sweep ends by itself; SystemExit if it fails."""
    deadline = time.monotonic() + within_s
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            if status:
                sys.exit(f"a sweep ended with status {status}")
            return True
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.002)


def wait_for_writing(folder: Path, pid: int) -> None:
    """Until the journal or a part changes, if it does before the sweep ends."""

    def state() -> list[int]:
        return [path.stat().st_size for path in sorted(folder.glob("**/*")) if path.is_file()]

    before = None
    for _ in range(1000):
        try:
            now = state()
        except OSError:  # a file that has just got its name
            return
        if before not in (None, now) or not children(pid):
            return
        before = now
        time.sleep(0.001)


def kill_one(rng: random.Random, pid: int, folder: Path) -> str:
    """Kill the sweep, its nursery or one of its workers, as far as there are any; tells which."""
    victim = rng.choice(_VICTIMS)
    nursery = children(pid)
    workers = [worker for one in nursery for worker in children(one)]
    if victim == "worker" and workers:
        os.kill(rng.choice(workers), signal.SIGKILL)
    elif victim == "nursery" and nursery:
        os.kill(nursery[0], signal.SIGKILL)
    else:
        if victim == "sweep as it writes":
            wait_for_writing(folder, pid)
            time.sleep(rng.uniform(0.0, 0.003))
        else:
            victim = "sweep"
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    return victim


def play_round(plan: Plan, folder: Path, rng: random.Random, n_kills: int, seen: set[int]) -> list[str]:
    """Sweep until the folder is complete, killed at most ``n_kills`` times; tells the victims."""
    victims: list[str] = []
    pid = begin(plan, folder)
    while len(victims) < n_kills:
        if has_ended(pid, rng.uniform(0.0, _LONGEST_WAIT_S)):
            break
        seen.update(process for one in children(pid) for process in (one, *children(one)))
        victims.append(kill_one(rng, pid, folder))
        if victims[-1].startswith("sweep"):
            pid = begin(plan, folder)
    else:
        has_ended(pid, _COMPLETE_WITHIN_S)
    has_ended(begin(plan, folder), _COMPLETE_WITHIN_S)  # what failed because two of its workers were killed
    return victims


def main(experiment: str, folder: str, seed: str, n_kills: str) -> None:
    """Spend all kills."""
    plan, rng, seen = read_plan(experiment), random.Random(int(seed)), set[int]()
    catalogue_of(plan), model_version()
    vars(store)["RUNS_OF_A_PART"] = _RUNS_OF_A_PART
    play_round(plan, Path(folder) / "whole", rng, 0, seen)
    victims: list[str] = []
    n_rounds = 0
    while len(victims) < int(n_kills):
        n_rounds += 1
        victims += play_round(plan, Path(folder) / f"round-{n_rounds}", rng, int(n_kills) - len(victims), seen)
    deadline = time.monotonic() + _ENDS_WITHIN_S
    while (left := [pid for pid in seen if Path(f"/proc/{pid}").exists()]) and time.monotonic() < deadline:
        time.sleep(0.05)
    print(json.dumps({"rounds": n_rounds, "victims": Counter(victims), "left": left}))


if __name__ == "__main__":
    main(*sys.argv[1:])
