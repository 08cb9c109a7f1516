"""One world told in tables: what a case does when nothing, or one set of policies, happens to it."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import fmean

import numpy as np
import pandas as pd

from abm.calendar import is_in_force
from abm.corridor.scenario import Scenario
from abm.corridor.steps import Step
from abm.corridor.tables import Action
from abm.model import CorridorModel
from abm.network.arcs import ArcKind
from abm.network.build import MODES
from abm.network.options import blueprint
from abm.study import measures
from abm.study.carriers import services_table
from abm.study.emissions import co2e_of_world
from abm.study.measures import Relations
from abm.study.names import post_names
from abm.study.provenance import provenance
from abm.units import DAYS_PER_YEAR, HOURS_PER_DAY
from abm.worlds import WITHOUT, WorldRun, cuts_of, opened_links, play


@dataclass(frozen=True)
class Run:
    """Tables of one world.

    trade: kt a year by pair of countries and year. modes: kt and share by main mode of the home country's trade. times: days and
    USD/t by pair of places in the last year. waits, by post in the last year: vehicles a day, load (of what it could pass if open
    all year), hours in line, hours in all, days that began with the crossing shut. flows: kt by link.
    services: how carriers fare. co2e: tonne-km and tonnes of CO2e by mode and year. balance: tonnes sent, delivered, under way,
    lost.
    """

    scenario: Scenario
    trade: pd.DataFrame
    modes: pd.DataFrame
    times: pd.DataFrame
    waits: pd.DataFrame
    flows: pd.DataFrame
    co2e: pd.DataFrame
    services: pd.DataFrame
    balance: dict[str, float]
    provenance: dict[str, object]

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables by name, as they are written to disk."""
        return {name: getattr(self, name) for name in ("trade", "modes", "times", "waits", "flows", "services", "co2e")}


def run(scenario: Scenario, progress: Callable[[int], None] | None = None) -> Run:
    """Play one world and sum it up; ``progress`` is told of every year played."""
    model = CorridorModel(scenario, register=False, collect=False)
    world = play(model, cuts_of(scenario.case, opened_links(scenario)), progress)
    relations = Relations.of(scenario.case)
    movement = model.state.movement
    return Run(
        scenario=scenario, trade=_trade(relations, world), modes=_modes(model, relations, world),
        times=_times(relations, world, scenario.case.info.home), waits=_waits(model, world), flows=_flows(scenario, world),
        co2e=co2e_of_world(scenario, world),
        services=services_table(scenario.case, [{WITHOUT: world}]),
        balance={
            "dispatched_t": movement.dispatched_t, "delivered_t": movement.delivered_t,
            "in_transit_t": movement.in_transit_t, "queued_t": movement.queued_t, "lost_t": movement.lost_t,
            "lost_sales_t": float(model.shippers.lost_sales_t.sum()),
        },
        provenance=provenance(scenario, [scenario.seed]),
    )  # fmt: skip


def _trade(relations: Relations, world: WorldRun) -> pd.DataFrame:
    f = relations.frame
    sent = pd.DataFrame(
        measures.sent_t(world).T / 1e3, columns=[f"year_{y + 1}_kt" for y in range(world.shipped_t.shape[0])]
    )
    sent.insert(0, "base_kt", f["base_t"] / 1e3)
    by = [f["origin"], f["destination"], np.where(f["is_trade"], "trade", "exogenous")]
    table = sent.groupby([np.asarray(key) for key in by]).sum().reset_index()
    return table.rename(columns={"level_0": "origin", "level_1": "destination", "level_2": "kind"})


def _modes(model: CorridorModel, relations: Relations, world: WorldRun) -> pd.DataFrame:
    """Tonnes of the home country's trade by direction and the mode that carries most of the route's length."""
    home = relations.frame
    country = model.inputs.case.info.home
    options = model.state.options
    main = np.append(options.mode_share.argmax(axis=1), 0)[world.option]
    rows = []
    for direction, mask in (("export", home["origin"] == country), ("import", home["destination"] == country)):
        inside = relations.of_country(country) & np.asarray(mask, dtype=np.bool_)
        sent = world.shipped_t[-1][inside]
        total = sent.sum()
        for number, mode in enumerate(MODES):
            tonnes = sent[main[inside] == number].sum()
            rows.append(
                {"direction": direction, "mode": mode.value, "kt": tonnes / 1e3, "share": tonnes / max(total, 1e-9)}
            )
    return pd.DataFrame(rows)


def _times(relations: Relations, world: WorldRun, home: str) -> pd.DataFrame:
    f, mask = relations.frame, relations.of_country(home)
    sums = (
        pd.DataFrame(
            {
                "t": world.delivered_t[-1][mask], "t_h": world.delivered_t_h[-1][mask],
                "usd": world.money_usd[-1][mask], "sent": measures.sent_t(world)[-1][mask],
            }
        )
        .groupby([np.asarray(f["origin_node"][mask]), np.asarray(f["destination_node"][mask])])
        .sum()
    )  # fmt: skip
    sums = sums[sums["t"] > 0.0]
    table = pd.DataFrame(
        {"kt": sums["t"] / 1e3, "days": sums["t_h"] / sums["t"] / HOURS_PER_DAY, "usd_t": sums["usd"] / sums["sent"]}
    )
    table.index.names = ["origin", "destination"]
    return table.reset_index()


def _waits(model: CorridorModel, world: WorldRun) -> pd.DataFrame:
    case = model.inputs.case
    network = blueprint(case).network
    is_post = network.arcs.post >= 0
    vehicles, wait, time = measures.post_waits(world, is_post)
    names = [network.post_ids[post] for post in network.arcs.post[is_post]]
    capacity, title = capacities(model), post_names(case)
    shut = DAYS_PER_YEAR - world.sums["open_days"][-1][network.arcs.link[is_post]]
    table = pd.DataFrame(
        {"post": names, "name": [title[name] for name in names], "vehicles_per_day": vehicles,
         "load": [v / capacity[n] for v, n in zip(vehicles, names, strict=True)], "wait_h": wait, "hours": time,
         "days_shut": shut}
    )  # fmt: skip
    return table[table["vehicles_per_day"] > 0.0].reset_index(drop=True)


def capacities(model: CorridorModel) -> dict[str, float]:
    """Vehicles a day that each post can pass while it is open, as policies leave it: mean over the days of the last year.

    Policies under negotiation count as agreed upon by now: what was agreed and called off again is not seen.
    """
    days = range(model.day - int(DAYS_PER_YEAR), model.day)
    withheld = {day: model.state.authorities.withheld_on(day) for day in days}
    scales: dict[str, list[Step]] = {}
    for step in model.calendar:
        if step.action is Action.SCALE_CAPACITY:
            scales.setdefault(step.target, []).append(step)

    def factor(post_id: str, day: int) -> float:
        acting = (
            one for one in scales.get(post_id, []) if is_in_force(one, day) and one.policy_id not in withheld[day]
        )
        return math.prod(step.number or 1.0 for step in acting)

    return {
        post.post_id: post.capacity_vehicles_per_day * fmean(factor(post.post_id, day) for day in days)
        for post in model.inputs.case.posts
    }


def _flows(scenario: Scenario, world: WorldRun) -> pd.DataFrame:
    network = blueprint(scenario.case).network
    line = (network.arcs.kind == ArcKind.LINEHAUL) & (network.arcs.link >= 0)
    tonnes = np.bincount(network.arcs.link[line], weights=world.entered_t[-1][line], minlength=len(network.link_ids))
    return pd.DataFrame({"link": network.link_ids, "kt": tonnes / 1e3})
