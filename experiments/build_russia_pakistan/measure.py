"""``python -m experiments.build_russia_pakistan.measure``: two things that only the running model knows, for the next build.

``inputs/potential.csv``: for each relation that the shut border holds down, its potential over what moved in 2024-25. A potential
is what would move without the friction at the costs of the reference; the reopened border also changes the costs, in both
directions, and the model answers to that by itself. So the potential is set such that with all crossings open, and all friction
gone, what moved in 2024-25 moves again.
``inputs/modelled.csv``: loaded vehicles a day over each post in the base year, without background.
"""

import csv

import numpy as np

from abm.corridor.load import load
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Case
from abm.model import CorridorModel
from experiments.build_russia_pakistan.build import build_case, measured
from experiments.build_russia_pakistan.tables_io import CASE, INPUTS, number, read, text
from experiments.build_russia_pakistan.trade import ends, flow_id

#: The policy that opens what was open in 2024-25 and lifts all friction.
BEFORE = "as-2024-25"
ROUNDS, YEARS, DAYS = 4, 8, 365
#: No potential further than this from what moved: beyond, costs and not friction tell the difference.
WIDEST = 12.0


def wanted() -> dict[str, float]:
    """Flow -> tonnes of 2024-25, of the relations that the shut border holds down."""
    return {
        flow_id(pair, *places): number(pair["kt"]) * 1000.0 * share
        for pair in read("trade.csv")
        if number(pair["shut_share"]) < 1.0
        for places, share in ends(pair).items()
    }


def reopened_t(case: Case) -> dict[str, float]:
    """Tonnes a year of each flow once trade has settled with everything open as in 2024-25, calm and without a trend."""
    scenario = Scenario(case, policies=(BEFORE,), years=YEARS, values={"trend_growth": 0.0}, still=("incidents",))
    model = CorridorModel(scenario, register=False, collect=False)
    model.warm_up()
    model.run_for(YEARS * DAYS)
    table = model.shippers
    tonnes = np.bincount(table.flow, weights=table.quantity_t, minlength=len(case.flows))
    return {flow.flow_id: float(t) for flow, t in zip(case.flows, tonnes, strict=True)}


def fit_potentials() -> None:
    """Move each potential towards the one that gives the tonnes of 2024-25, a few rounds."""
    goal = wanted()
    for _ in range(ROUNDS):
        times = measured("potential.csv", "flow_id", "times")
        found = reopened_t(load("russia-pakistan"))
        rows = []
        for name, tonnes in goal.items():
            ratio = tonnes / max(found[name], 1e-3)
            rows.append((name, min(max(times.get(name, 1.0) * ratio, 1.0 / WIDEST), WIDEST)))
        _write("potential.csv", ("flow_id", "times"), rows)
        build_case(CASE)
        worst = max(goal, key=lambda name: abs(goal[name] - found[name]))
        total = sum(found[name] for name in goal)
        print(
            f"reopened {total / 1e3:.0f} kt of {sum(goal.values()) / 1e3:.0f}; furthest off {worst}: {found[worst]:.0f} t"
        )


def background_load(case: Case) -> dict[str, float]:
    """Mean background of each post, in loaded vehicles a day."""
    found: dict[str, float] = {}
    for row in case.background:
        found[row.post_id] = found.get(row.post_id, 0.0) + row.vehicles_per_day * row.lane_factor
    return found


def measure_vehicles() -> None:
    """Play the warm-up and one calm year, and note what passes each post."""
    case = load("russia-pakistan")
    model = CorridorModel(Scenario(case, still=("incidents",)), register=False, collect=False)
    model.warm_up()
    before = np.array(model.state.movement.passed_vehicles)
    model.run_for(DAYS)
    passed = (np.array(model.state.movement.passed_vehicles) - before) / DAYS
    extra = background_load(case)
    rows = []
    for arc, post in enumerate(model.state.network.arcs.post):
        if post >= 0:
            name = case.posts[int(post)].post_id
            rows.append((name, max(float(passed[arc]) - extra.get(name, 0.0), 0.0)))
    _write("modelled.csv", ("post_id", "vehicles_per_day"), sorted(rows), digits=1)
    build_case(CASE)


def _write(name: str, head: tuple[str, str], rows: list[tuple[str, float]], digits: int = 4) -> None:
    with (INPUTS / name).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(head)
        writer.writerows((key, text(value, digits)) for key, value in rows)


if __name__ == "__main__":
    measure_vehicles()
    fit_potentials()
