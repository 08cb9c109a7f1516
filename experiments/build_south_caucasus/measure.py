"""``python -m experiments.build_south_caucasus.measure [NAME=VALUE ...]``: what the running model sends over the posts and rails.

Plays the warm-up and one year, writes ``inputs/modelled.csv`` (loaded vehicles a day over each post, without background) for the
next build, and prints Armenia's rail tonnes by class, for fitting the ``delta_rail_<class>`` constants.
"""

import csv
import sys

import numpy as np

from abm.corridor.load import load
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Case
from abm.model import CorridorModel
from experiments.build_south_caucasus.tables_io import INPUTS, number, read, text

DAYS = 365
BORDER_RAILS = ("R04", "R04z", "R04b")


def background_load(case: Case) -> dict[str, float]:
    """Mean background of each post, in loaded vehicles a day."""
    found: dict[str, float] = {}
    for row in case.background:
        share = 1.0 if row.month == 0 else 1.0 / 12.0
        found[row.post_id] = found.get(row.post_id, 0.0) + row.vehicles_per_day * row.lane_factor * share
    return found


def cargo_vehicles(case: Case, model: CorridorModel) -> dict[str, float]:
    """Loaded vehicles of cargo a day over each post in the year after the warm-up."""
    before = np.array(model.state.movement.passed_vehicles)
    model.run_for(DAYS)
    passed = (np.array(model.state.movement.passed_vehicles) - before) / DAYS
    extra = background_load(case)
    arcs = model.state.network.arcs
    found: dict[str, float] = {}
    for arc, post in enumerate(arcs.post):
        if post >= 0:
            name = case.posts[int(post)].post_id
            found[name] = max(float(passed[arc]) - extra.get(name, 0.0), 0.0)
    return found


def rail_kt(case: Case, model: CorridorModel) -> dict[tuple[str, str], tuple[float, float]]:
    """(side, commodity) -> tonnes by rail over Armenia's border and in all, thousand a year, from the shippers' shares."""
    state, table = model.state, model.shippers
    country = {node.node_id: node.country for node in case.nodes}
    arcs = state.network.arcs
    posts = {arc for arc, post in enumerate(arcs.post) if post >= 0 and case.posts[int(post)].link_id in BORDER_RAILS}
    routes = state.movement.routes
    by_rail = [bool(posts & {int(arc) for arc in routes.path(int(route))}) for route in state.options.route]
    found: dict[tuple[str, str], tuple[float, float]] = {}
    for row in range(len(table)):
        flow = case.flows[int(table.flow[row])]
        side = {country[flow.destination]: "import", country[flow.origin]: "export"}.get(case.info.home)
        if side is None:
            continue
        share = sum(
            float(table.probability[row, column])
            for column, option in enumerate(table.option[row])
            if option >= 0 and by_rail[int(option)]
        )
        kt = float(table.quantity_t[row]) / 1000.0
        rail, total = found.get((side, flow.commodity), (0.0, 0.0))
        found[(side, flow.commodity)] = (rail + kt * share, total + kt)
    return found


def main(settings: list[str]) -> None:
    """Measure and write."""
    case = load("south-caucasus")
    values = {name: float(value) for name, value in (setting.split("=") for setting in settings)}
    model = CorridorModel(Scenario(case, values=values), register=False, collect=False)
    model.warm_up()
    vehicles = cargo_vehicles(case, model)
    with (INPUTS / "modelled.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["post_id", "vehicles_per_day"])
        writer.writerows((name, text(load, 1)) for name, load in sorted(vehicles.items()))
    measured = rail_kt(case, model)
    targets = {row["side"]: number(row["kt"]) for row in read("margins.csv") if row["margin"] == "georgia-rail"}
    for side, target in targets.items():
        rows = {good: pair for (own, good), pair in measured.items() if own == side}
        for good, (rail, total) in sorted(rows.items()):
            print(f"{side:7s} {good:12s} {total:8.0f} kt, by rail {rail:6.0f}")
        print(f"{side:7s} by rail {sum(rail for rail, _ in rows.values()):.0f} kt, known {target:.0f}")


if __name__ == "__main__":
    main(sys.argv[1:])
