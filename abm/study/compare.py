"""Paired worlds with and without a measure, over seeds, summed up in tidy tables.

Each seed is one draw of chance *and* of every uncertain assumption (``central=True`` keeps assumptions at their central values);
within a seed, all arms share every draw. The arms: ``without``; ``transport``, the measure at phi = 0, which moves goods by cost
alone; and ``prior``, where the measure also lifts the friction of the pairs it opens by the share phi drawn from its prior.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import pandas as pd

from abm.corridor.load import load
from abm.corridor.scenario import Scenario, assumption_values
from abm.corridor.tables import Case
from abm.errors import InputError, Problem
from abm.network.arcs import ArcKind, Bools, Floats
from abm.network.options import blueprint
from abm.study import measures
from abm.study.carriers import services_table
from abm.study.emissions import co2e_table
from abm.study.measures import WINDOWS, Relations
from abm.study.names import post_names, whole_trade
from abm.study.openings import opening_days, openings_table
from abm.study.oversight import oversight_table, security_table
from abm.study.provenance import provenance
from abm.study.runner import n_cores, run_seeds
from abm.study.spread import spread_columns
from abm.study.spread import summary as summary
from abm.units import HOURS_PER_DAY
from abm.worlds import MEASURE, UNSEEN, WITHOUT, WorldRun, arms_of, play_arms

#: More paired worlds than anybody waits for.
MAX_SEEDS = 100_000
#: The seat from which every importing market is looked at, all countries together.
MARKETS = "markets"
#: Columns of ``draws`` that hold the first day of a policy begin so.
FIRST_DAY = "first day of "


@dataclass(frozen=True)
class Comparison:
    """Tidy tables of one comparison; every row that sums up seeds has ``mean``, ``p5``, ``p95`` and ``error`` (Monte Carlo
    standard error of the mean).

    growth: arm, denominator, name, unit, window_years, base (base year), without, with, gain_*, level_*, per_year_* (against the
    world without), gross_per_year_* and gross_without_per_year_* (each world against the base year, trend and all); nan where
    there is nothing to grow from. split: arm, seat, part, tonnes a year. times: arm, name, what, without, with, change. places:
    days and USD/t by pair of places. routes: days of the fastest route by pair and mode. waits: hours by post, over the worlds
    in which somebody passed. series: monthly tonnes by arm and seed. flows: tonnes by link. draws: assumptions of every seed.
    co2e: tonnes of CO2e by arm and mode in the last year. openings: :mod:`abm.study.openings`. security, oversight: incidents,
    and what oversight must achieve (:mod:`abm.study.oversight`). services: how carriers fare
    (:mod:`abm.study.carriers`). ``base``: policies in force in every arm.
    """

    case: Case
    scenario: Scenario
    seeds: tuple[int, ...]
    growth: pd.DataFrame
    split: pd.DataFrame
    times: pd.DataFrame
    places: pd.DataFrame
    routes: pd.DataFrame
    waits: pd.DataFrame
    series: pd.DataFrame
    flows: pd.DataFrame
    draws: pd.DataFrame
    co2e: pd.DataFrame
    openings: pd.DataFrame
    security: pd.DataFrame
    oversight: pd.DataFrame
    services: pd.DataFrame
    base: tuple[str, ...] = ()
    provenance: Mapping[str, object] = field(default_factory=dict)

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables by name, as they are written to disk."""
        names = ["growth", "split", "times", "places", "routes", "waits", "series", "flows", "draws", "co2e"]
        names += ["openings", "security", "oversight", "services"]
        return {name: getattr(self, name) for name in names}


def one_seed(scenario: Scenario, seed: int, base: tuple[str, ...] = ()) -> dict[str, WorldRun]:
    """All arms of one seed; ``base``: policies in force in all of them."""
    return play_arms(arms_of(replace(scenario, seed=seed), base), without=base)


def compare(
    case: Case | str,
    policies: Sequence[str],
    *,
    seeds: int = 8,
    years: int = 5,
    values: Mapping[str, float] | None = None,
    central: bool = False,
    first_seed: int = 1,
    workers: int | None = None,
    progress: Callable[[int], None] | None = None,
    base: Sequence[str] = (),
    dates: str = "given",
    replay_from: str = "",
    still: Sequence[str] = (),
) -> Comparison:
    """Run ``seeds`` paired worlds of ``case`` with and without ``policies`` and sum them up.

    ``base``: policies in force in both worlds, with their friction; dates, replay_from and still: see :class:`Scenario`.

    ``workers``: processes, by default one per core; the result does not depend on it. ``progress`` is told how many seeds are
    newly done, 0 now and then. Raises InputError with all problems at once: unknown case, policy or value, no policy,
    ``seeds`` or ``workers`` below 1.
    """
    loaded = load(case) if isinstance(case, str) else case
    scenario = question(
        loaded,
        policies,
        seeds=seeds,
        years=years,
        values=values,
        central=central,
        first_seed=first_seed,
        workers=workers,
        base=base,
        dates=dates,
        replay_from=replay_from,
        still=still,
    )
    blueprint(loaded)  # found once here, inherited by the workers
    numbers = tuple(range(first_seed, first_seed + seeds))
    task = partial(one_seed, scenario, base=tuple(base))
    runs = run_seeds(task, numbers, n_cores() if workers is None else workers, progress)
    return sum_up(scenario, numbers, runs, tuple(base))


def question(
    case: Case,
    policies: Sequence[str],
    *,
    seeds: int,
    years: int,
    values: Mapping[str, float] | None = None,
    central: bool = False,
    first_seed: int = 1,
    workers: int | None = None,
    base: Sequence[str] = (),
    dates: str = "given",
    replay_from: str = "",
    still: Sequence[str] = (),
) -> Scenario:
    """The scenario that a comparison asks about, of its first seed, without its base. Raises InputError with all problems at
    once."""
    problems = []
    chosen = (policies,) if isinstance(policies, str) else tuple(policies)
    if not chosen:
        problems.append(Problem("compare", "needs at least one policy (--with)"))
    if not 1 <= seeds <= MAX_SEEDS:
        problems.append(Problem("seeds", f"must be a whole number from 1 to {MAX_SEEDS}", value=str(seeds)))
    if workers is not None and workers < 1:
        problems.append(Problem("workers", "must be at least 1", value=str(workers)))
    try:
        scenario = Scenario(
            case, (*base, *chosen), values or {}, years, first_seed, not central, dates, replay_from, tuple(still)
        )
    except InputError as error:
        raise InputError([*problems, *error.problems]) from error
    if problems:
        raise InputError(problems)
    return replace(scenario, policies=chosen)


def sum_up(
    scenario: Scenario, seeds: Sequence[int], runs: Sequence[Mapping[str, WorldRun]], base: tuple[str, ...] = ()
) -> Comparison:
    """The tables of a comparison from the worlds of all its seeds."""
    relations = Relations.of(scenario.case)
    security, oversight = security_table(scenario, runs), oversight_table(scenario, seeds, runs)
    runs = [{name: world for name, world in worlds.items() if name != UNSEEN} for worlds in runs]
    arms = [name for name in runs[0] if name != WITHOUT]
    growth = _growth(scenario, relations, arms, runs)
    return Comparison(
        case=scenario.case, scenario=scenario, seeds=tuple(seeds), base=base, growth=growth,
        split=_split(scenario.case, relations, arms, runs),
        times=_times(scenario.case, relations, arms, runs), places=_places(scenario.case, relations, arms, runs),
        routes=_routes(scenario.case, arms, runs),
        waits=_waits(scenario.case, arms, runs), series=_series(scenario.case, relations, seeds, runs),
        flows=_flows(scenario.case, runs), draws=_draws(scenario, seeds, runs),
        openings=openings_table(scenario, seeds, runs, growth), security=security,
        oversight=oversight, services=services_table(scenario.case, runs),
        co2e=co2e_table(scenario, seeds, runs), provenance={**provenance(scenario, seeds), "base": list(base)},
    )  # fmt: skip


def _growth(
    scenario: Scenario, relations: Relations, arms: Sequence[str], runs: Sequence[Mapping[str, WorldRun]]
) -> pd.DataFrame:
    frames = []
    for arm in arms:
        for seed, worlds in enumerate(runs):
            frame = pd.DataFrame(measures.growth_rows(scenario.case, relations, worlds[WITHOUT], worlds[arm]))
            frames.append(frame.assign(arm=arm, seed=seed))
    every = pd.concat(frames)
    windows = [h for h in WINDOWS if h <= scenario.years] or [scenario.years]
    rows = []
    by = ["arm", "denominator", "name", "unit", "year"]
    for _, group in every[every["year"].isin(windows)].groupby(by, sort=False):
        first = group.iloc[0]
        window = int(first["year"])
        without, with_ = group["without"].to_numpy(), group["with"].to_numpy()
        row = {name: first[name] for name in by[:-1]} | {"window_years": window, "base": first["base"]}
        row |= {"without": without.mean(), "with": with_.mean(), **summary(with_ - without, "gain_")}
        level = with_ / without - 1.0 if (without > 0.0).all() else np.zeros(0)
        base = np.array([first["base"]]) if first["base"] > 0.0 else np.zeros(0)  # none for a cut
        row |= summary(level, "level_") | summary(_a_year(1.0 + level, window), "per_year_")
        for prefix, tonnes in (("gross_", with_), ("gross_without_", without)):
            row |= summary(_a_year(tonnes / base if base.size else base, window), f"{prefix}per_year_")
        rows.append(row)
    return pd.DataFrame(rows)


def _a_year(ratio: Floats, years: int) -> Floats:
    """Growth a year that makes ``ratio`` in so many years."""
    return np.asarray(ratio ** (1.0 / years) - 1.0, dtype=np.float64)


def _split(
    case: Case, relations: Relations, arms: Sequence[str], runs: Sequence[Mapping[str, WorldRun]]
) -> pd.DataFrame:
    rows = []
    year = runs[0][WITHOUT].shipped_t.shape[0] - 1
    for arm in arms:
        seats = {
            case.info.home: [
                measures.split_of_country(relations, case.info.home, w[WITHOUT], w[arm], year) for w in runs
            ]
        }
        seats[MARKETS] = [measures.split_of_markets(relations, w[WITHOUT], w[arm], year) for w in runs]
        if measures.has_measure(runs[0][arm]):
            seats[MEASURE] = [measures.split_of_cut(w[WITHOUT], w[arm], MEASURE, year) for w in runs]
        for seat, parts in seats.items():
            for part in parts[0]:
                values = [numbers[part] for numbers in parts]
                rows.append({"arm": arm, "seat": seat, "part": part, "year": year + 1, **summary(values)})
    return pd.DataFrame(rows)


def _times(
    case: Case, relations: Relations, arms: Sequence[str], runs: Sequence[Mapping[str, WorldRun]]
) -> pd.DataFrame:
    """Days and USD/t of the home country's trade and of each pair, tonne-weighted, without and with."""
    groups = {whole_trade(case): relations.of_country(case.info.home)}
    groups |= {f"{a}-{b}": relations.of_pair(a, b) for a, b in case.info.pairs}
    rows = []
    for arm in arms:
        for name, mask in groups.items():
            if not mask.any():
                continue
            sides = [
                pd.DataFrame([_levels(mask, w[side], w[WITHOUT], w[arm]) for w in runs]) for side in (WITHOUT, arm)
            ]
            for what in sides[0]:
                a, b = (side[what].to_numpy() for side in sides)
                if np.isfinite(a).all() and np.isfinite(b).all():
                    change = summary(b / a - 1.0)
                    row = {"arm": arm, "name": name, "what": what, "without": a.mean(), "with": b.mean()}
                    rows.append(row | change)
    return pd.DataFrame(rows, columns=["arm", "name", "what", "without", "with", *spread_columns("")])


def _levels(mask: Bools, world: WorldRun, base: WorldRun, other: WorldRun) -> dict[str, float]:
    """Days (mean, median, 95 %) and USD/t of the relations in ``mask``, last year; nan if none.

    And the days of those that deliver in both worlds, ``base`` and ``other``, weighted as in ``base``.
    """
    days = measures.quantile_days(world, mask)
    sent, weight = measures.sent_t(world)[-1], measures.sent_t(base)[-1]
    delivered = world.delivered_t[-1]
    seen = mask & (base.delivered_t[-1] > 0.0) & (other.delivered_t[-1] > 0.0)
    own_days = (
        np.divide(world.delivered_t_h[-1], delivered, out=np.zeros_like(delivered), where=delivered > 0.0)
        / HOURS_PER_DAY
    )
    return {
        "days, mean": days["mean"],
        "days, median": days["median"],
        "days, 95 %": days["p95"],
        "days, at base weights": _ratio(own_days[seen] @ weight[seen], weight[seen].sum()),
        "USD/t": _ratio(world.money_usd[-1][mask].sum(), sent[mask].sum()),
    }


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0.0 else math.nan


def _places(
    case: Case, relations: Relations, arms: Sequence[str], runs: Sequence[Mapping[str, WorldRun]]
) -> pd.DataFrame:
    mask = relations.of_country(case.info.home)
    every = pd.concat(
        measures.door_to_door(relations, mask, worlds[WITHOUT], worlds[arm]).assign(arm=arm)
        for arm in arms
        for worlds in runs
    )
    rows = []
    keys = ["arm", "origin", "destination"]
    for _, group in every.groupby(keys, sort=False):
        row: dict[str, object] = {key: group[key].iloc[0] for key in keys}
        mean = group.drop(columns=keys).mean()
        row |= {str(name): value for name, value in mean.items()}
        for what in ("days", "usd_t"):
            row[f"{what}_change"] = mean[f"{what}_with"] / mean[f"{what}_without"] - 1.0
            change = (group[f"{what}_with"] / group[f"{what}_without"] - 1.0).to_numpy()
            row |= summary(change[np.isfinite(change)], f"{what}_change_")
        rows.append(row)
    columns = [f"{what}_{side}" for side in ("without", "with") for what in ("tonnes", "days", "usd_t")]
    for what in ("days", "usd_t"):
        columns += [f"{what}_change", *spread_columns(f"{what}_change_")]
    return pd.DataFrame(rows, columns=[*keys, *columns])


def _routes(case: Case, arms: Sequence[str], runs: Sequence[Mapping[str, WorldRun]]) -> pd.DataFrame:
    """Published days of the fastest route of each pair of places by mode, mean over seeds; nan where a mode has no route."""
    keys = ["origin", "destination", "mode"]
    rows = []
    for arm in arms:
        pairs = [
            measures.route_days(case, worlds[WITHOUT]).merge(
                measures.route_days(case, worlds[arm]), on=keys, suffixes=("_without", "_with")
            )
            for worlds in runs
        ]
        mean = pd.concat(pairs).replace(np.inf, np.nan).groupby(keys, sort=False).mean().reset_index()
        rows.append(mean.assign(arm=arm, days_change=mean["days_with"] / mean["days_without"] - 1.0))
    return pd.concat(rows, ignore_index=True)


def _waits(case: Case, arms: Sequence[str], runs: Sequence[Mapping[str, WorldRun]]) -> pd.DataFrame:
    """Vehicles a day, hours in line and in all at each border post in the last year, by arm."""
    network = blueprint(case).network
    is_post = network.arcs.post >= 0
    names = [network.post_ids[post] for post in network.arcs.post[is_post]]
    bcp, title = {post.post_id: post.bcp_id for post in case.posts}, post_names(case)
    rows = []
    for arm in (WITHOUT, *arms):
        per_seed = [measures.post_waits(worlds[arm], is_post) for worlds in runs]
        for i, name in enumerate(names):
            vehicles, wait, time = (np.array([numbers[part][i] for numbers in per_seed]) for part in range(3))
            used = vehicles > 0.0
            if used.any():
                rows.append(
                    {"arm": arm, "post": name, "name": title[name], "bcp": bcp[name], "worlds_with_traffic": int(used.sum()),
                     "vehicles_per_day": vehicles.mean(), **summary(wait[used], "wait_h_"), **summary(time[used], "hours_")}
                )  # fmt: skip
    columns = ["arm", "post", "name", "bcp", "worlds_with_traffic", "vehicles_per_day"]
    return pd.DataFrame(rows, columns=[*columns, *spread_columns("wait_h_", "hours_")])


def _series(
    case: Case, relations: Relations, seeds: Sequence[int], runs: Sequence[Mapping[str, WorldRun]]
) -> pd.DataFrame:
    groups = {whole_trade(case): relations.of_country(case.info.home)}
    groups |= {f"{a}-{b}": relations.of_pair(a, b) for a, b in case.info.pairs}
    frames = []
    for seed, worlds in zip(seeds, runs, strict=True):
        for arm, world in worlds.items():
            for name, mask in groups.items():
                tonnes = world.month_t[:, mask].sum(axis=1)
                frames.append(
                    pd.DataFrame({"seed": seed, "arm": arm, "name": name, "month": np.arange(tonnes.size), "t": tonnes})
                )
    return pd.concat(frames, ignore_index=True)


def _flows(case: Case, runs: Sequence[Mapping[str, WorldRun]]) -> pd.DataFrame:
    """Tonnes over each link in the last year, both directions, mean over seeds."""
    network = blueprint(case).network
    line = (network.arcs.kind == ArcKind.LINEHAUL) & (network.arcs.link >= 0)
    rows = []
    for arm in runs[0]:
        entered = np.mean([worlds[arm].entered_t[-1] for worlds in runs], axis=0)
        tonnes = np.bincount(network.arcs.link[line], weights=entered[line], minlength=len(network.link_ids))
        rows += [{"arm": arm, "link": link, "t": float(t)} for link, t in zip(network.link_ids, tonnes, strict=True)]
    return pd.DataFrame(rows)


def _draws(scenario: Scenario, seeds: Sequence[int], runs: Sequence[Mapping[str, WorldRun]]) -> pd.DataFrame:
    """Assumptions of every seed, and the first days of its policies where these are not given."""
    rows = [{"seed": seed, **assumption_values(replace(scenario, seed=seed))} for seed in seeds]
    found = pd.DataFrame(rows)
    if scenario.dates != "given":
        found = found.join(opening_days(scenario, seeds, runs).add_prefix(FIRST_DAY))
    return found
