"""What one pair of worlds says: growth by denominator and window, its split, door-to-door time and cost, waits at borders.

Trade is what was sent, in tonnes and in USD at the base year's fob values, of flows that can respond (kind ``trade``).
D1: a country's exports and imports, all partners. D2: a pair of countries, both directions, and by origin. D3: tonnes of all
flows over a named cut, each consignment once.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from abm.corridor.tables import Case, FlowKind
from abm.network.arcs import Bools, Floats
from abm.network.build import MODES
from abm.network.options import blueprint
from abm.study.names import whole_trade
from abm.units import DAYS_PER_YEAR, HOURS_PER_DAY
from abm.worlds import MEASURE, WorldRun

#: Full years from the opening day after which growth is told.
WINDOWS = (3, 5, 8)


@dataclass(frozen=True)
class Relations:
    """Who trades what, one row per shipper: the masks and weights by which results are added up."""

    frame: pd.DataFrame

    @classmethod
    def of(cls, case: Case) -> "Relations":
        """Rows in the order of the shipper table: flows as written, firms within them."""
        country = {node.node_id: node.country for node in case.nodes}
        value = {row.commodity_id: row.unit_value_usd_t for row in case.commodities}
        rows = [
            {
                "flow": flow.flow_id, "origin_node": flow.origin, "destination_node": flow.destination,
                "origin": country[flow.origin], "destination": country[flow.destination], "commodity": flow.commodity,
                "is_trade": flow.kind is FlowKind.TRADE, "fob_usd_t": flow.unit_value_usd_t or value[flow.commodity],
                "base_t": flow.tonnes / flow.n_shippers,
            }
            for flow in case.flows
            for _ in range(flow.n_shippers)
        ]  # fmt: skip
        return cls(pd.DataFrame(rows))

    def of_country(self, country: str) -> Bools:
        """Trade of one country with all others."""
        f = self.frame
        touches = (f["origin"] == country) ^ (f["destination"] == country)
        return np.asarray(touches & f["is_trade"], dtype=np.bool_)

    def of_direction(self, origin: str, destination: str) -> Bools:
        """Trade from one country to another."""
        f = self.frame
        return np.asarray((f["origin"] == origin) & (f["destination"] == destination) & f["is_trade"], dtype=np.bool_)

    def of_pair(self, first: str, second: str) -> Bools:
        """Trade between two countries, both directions."""
        return self.of_direction(first, second) | self.of_direction(second, first)

    @property
    def fob_usd_t(self) -> Floats:
        """Value of a tonne of each relation in the base year, USD."""
        return np.asarray(self.frame["fob_usd_t"], dtype=np.float64)

    @property
    def base_t(self) -> Floats:
        """Tonnes of each relation in the base year."""
        return np.asarray(self.frame["base_t"], dtype=np.float64)


def sent_t(run: WorldRun) -> Floats:
    """Tonnes sent, (years, n)."""
    return np.asarray(run.shipped_t.sum(axis=2))


def denominators(case: Case, relations: Relations) -> Iterator[tuple[str, str, Bools]]:
    """(denominator, name, mask of relations) of D1 and D2."""
    home = case.info.home
    yield "D1", whole_trade(case), relations.of_country(home)
    for first, second in case.info.pairs:
        yield "D2", f"{first}-{second}", relations.of_pair(first, second)
        yield "D2", f"{first} to {second}", relations.of_direction(first, second)
        yield "D2", f"{second} to {first}", relations.of_direction(second, first)


def growth_rows(case: Case, relations: Relations, base: WorldRun, run: WorldRun) -> Iterator[dict[str, object]]:
    """``base`` (base year; nan for a cut), ``without`` and ``with``, in tonnes or USD a year, of every denominator, for each full
    year from the opening."""
    years = run.shipped_t.shape[0]
    sent, sent_base = sent_t(run), sent_t(base)
    for denominator, name, mask in denominators(case, relations):
        for unit, weight in (("t", np.ones(mask.size)), ("usd", relations.fob_usd_t)):
            for year in range(years):
                yield {
                    "denominator": denominator, "name": name, "unit": unit, "year": year + 1,
                    "base": float(relations.base_t[mask] @ weight[mask]),
                    "without": float(sent_base[year, mask] @ weight[mask]), "with": float(sent[year, mask] @ weight[mask]),
                }  # fmt: skip
    for name in run.crossed:
        for year in range(years):
            yield {
                "denominator": "D3", "name": name, "unit": "t", "year": year + 1, "base": np.nan,
                "without": cut_tonnes(base, name, year), "with": cut_tonnes(run, name, year),
            }  # fmt: skip


def cut_tonnes(run: WorldRun, name: str, year: int) -> float:
    """Tonnes over a cut in one year (0-based), each consignment once."""
    return float((run.shipped_t[year] * run.crossed[name]).sum())


def split_of_cut(base: WorldRun, run: WorldRun, name: str, year: int) -> dict[str, float]:
    """``dF = sum Qbar ds (re-routing) + sum sbar dQ (volume)``, an identity; tonnes a year."""
    parts = []
    for world in (base, run):
        sent = world.shipped_t[year].sum(axis=1)
        over = (world.shipped_t[year] * world.crossed[name]).sum(axis=1)
        parts.append((sent, np.divide(over, sent, out=np.zeros_like(sent), where=sent > 0.0)))
    (q0, s0), (q1, s1) = parts
    # Who sends nothing in one world has no share there; the share of the other world stands in, so that the identity holds.
    s0, s1 = np.where(q0 > 0.0, s0, s1), np.where(q1 > 0.0, s1, s0)
    return {
        "rerouting_t": float(((q0 + q1) / 2.0 * (s1 - s0)).sum()),
        "volume_t": float(((s0 + s1) / 2.0 * (q1 - q0)).sum()),
    }


def split_of_country(relations: Relations, country: str, base: WorldRun, run: WorldRun, year: int) -> dict[str, float]:
    """From the country's seat: gains of the relations that grow, losses of those that shrink, and their sum, tonnes a year.

    The sum is net creation (the change of D1); the losses are what was diverted from its other trade.
    """
    mask = relations.of_country(country)
    f = relations.frame
    partner = np.where(f["origin"] == country, f["destination"], f["origin"])[mask]
    direction = np.where(f["origin"] == country, "export", "import")[mask]
    change = pd.Series(sent_t(run)[year, mask] - sent_t(base)[year, mask])
    by_partner = change.groupby([partner, direction, np.asarray(f["commodity"])[mask]]).sum()
    gains, losses = float(by_partner.clip(lower=0.0).sum()), float(by_partner.clip(upper=0.0).sum())
    return {"gross_gain_t": gains, "diversion_t": losses, "creation_t": gains + losses}


def split_of_markets(relations: Relations, base: WorldRun, run: WorldRun, year: int) -> dict[str, float]:
    """From the markets' seat: in each market (importing country, commodity) gross gain = net creation + losses of others.

    Summed over all markets, tonnes a year: gains of the supplying countries that gain, losses of those that lose, net creation.
    """
    f = relations.frame
    mask = np.asarray(f["is_trade"], dtype=np.bool_)
    change = pd.Series(sent_t(run)[year, mask] - sent_t(base)[year, mask])
    keys = [np.asarray(f[name])[mask] for name in ("destination", "commodity", "origin")]
    by_supplier = change.groupby(keys).sum()
    gains, losses = float(by_supplier.clip(lower=0.0).sum()), float(by_supplier.clip(upper=0.0).sum())
    return {"market_gain_t": gains, "displaced_t": losses, "market_creation_t": gains + losses}


def door_to_door(relations: Relations, mask: Bools, base: WorldRun, run: WorldRun) -> pd.DataFrame:
    """Mean days and USD/t from door to door in the last year by pair of places, without and with, and the tonnes behind them."""
    f = relations.frame
    keys = [f["origin_node"][mask], f["destination_node"][mask]]
    columns: dict[str, pd.Series] = {}
    for name, world in (("without", base), ("with", run)):
        sums = pd.DataFrame(
            {
                "t": world.delivered_t[-1][mask], "h": world.delivered_t_h[-1][mask],
                "usd": world.money_usd[-1][mask], "sent": sent_t(world)[-1][mask],
            }
        ).groupby([np.asarray(key) for key in keys]).sum()  # fmt: skip
        columns[f"tonnes_{name}"] = sums["t"]
        columns[f"days_{name}"] = sums["h"] / sums["t"] / HOURS_PER_DAY
        columns[f"usd_t_{name}"] = sums["usd"] / sums["sent"]
    table = pd.DataFrame(columns)
    table.index.names = ["origin", "destination"]
    return table.reset_index()


def route_days(case: Case, run: WorldRun) -> pd.DataFrame:
    """Published days and USD/t of the fastest route of each pair of places on each mode, as the run ends; inf: none.

    The mode of a route is the one that carries most of its length. Pairs of the home country only.
    """
    plan = blueprint(case)
    nodes = [node.node_id for node in case.nodes]
    country = [node.country for node in case.nodes]
    node_of = plan.network.node_of_state
    ends = [(int(node_of[origin]), int(node_of[destination])) for origin, destination, _ in plan.demands]
    table = pd.DataFrame(
        {
            "origin": [nodes[ends[g][0]] for g in plan.options.group],
            "destination": [nodes[ends[g][1]] for g in plan.options.group],
            "home": [case.info.home in (country[ends[g][0]], country[ends[g][1]]) for g in plan.options.group],
            "mode": [MODES[m].value for m in plan.options.mode_share.argmax(axis=1)],
            "days": run.option_h / HOURS_PER_DAY, "usd_t": run.option_usd_t,
        }
    )  # fmt: skip
    fastest = table[table["home"]].sort_values("days", kind="stable")
    return fastest.groupby(["origin", "destination", "mode"], sort=True)[["days", "usd_t"]].first().reset_index()


def quantile_days(run: WorldRun, mask: Bools) -> dict[str, float]:
    """Tonne-weighted mean, median and 95 % quantile of days from door to door, over the deliveries of the last year."""
    shipper, tonnes, hours = run.log
    inside = mask[shipper]
    tonnes, days = tonnes[inside], hours[inside] / HOURS_PER_DAY
    if tonnes.sum() == 0.0:
        return {"mean": np.nan, "median": np.nan, "p95": np.nan}
    order = np.argsort(days)
    share = np.cumsum(tonnes[order]) / tonnes.sum()
    middle, late = (min(int(np.searchsorted(share, level)), days.size - 1) for level in (0.5, 0.95))
    return {
        "mean": float(np.average(days, weights=tonnes)),
        "median": float(days[order][middle]),
        "p95": float(days[order][late]),
    }


def post_waits(run: WorldRun, is_post: Bools) -> tuple[Floats, Floats, Floats]:
    """Vehicles a day, mean hours in line and mean hours in all at each post in the last year (nan where nobody passed)."""
    passed, wait, time = (values[-1][is_post] for values in (run.passed, run.wait_h, run.time_h))
    with np.errstate(invalid="ignore", divide="ignore"):
        return (
            passed / DAYS_PER_YEAR,
            np.where(passed > 0, wait / passed, np.nan),
            np.where(passed > 0, time / passed, np.nan),
        )


def has_measure(run: WorldRun) -> bool:
    """Whether the measure opens links, so that it has a cut of its own."""
    return MEASURE in run.crossed
