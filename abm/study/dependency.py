"""Who depends on whom: sea access, shares of trade in the hands of others, losses when links or holders close.

Shares and losses come from the base year at rest (:mod:`abm.study.at_rest`); the worst links are closed in full worlds, too.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from abm.corridor.load import load
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Case
from abm.errors import InputError, Problem, nearest
from abm.study.at_rest import StaticWorld
from abm.study.chokepoints import Scan, scan_holders, scan_links
from abm.study.confirm import confirm as confirm_links
from abm.study.confirm import rank_correlation
from abm.study.holders import holders_of
from abm.study.provenance import provenance
from abm.study.runner import n_cores
from abm.study.sea_access import sea_access
from abm.study.seats import Seats

#: More than anybody waits for.
MOST_SEEDS, MOST_CONFIRMED = 1_000, 100


@dataclass(frozen=True)
class Dependency:
    """Tidy tables of who depends on whom. country: whose losses rank the links.

    access: see :func:`abm.study.sea_access.sea_access`. holders, links: see :mod:`abm.study.chokepoints`; one row per country,
    and one for all trade of the case. chains: the links ranked by the country's loss, those that stand or fall together
    in one row. confirmed: see :func:`abm.study.confirm.confirm`; empty if nothing was run. rank_correlation: of its two losses.
    """

    case: Case
    scenario: Scenario
    country: str
    countries: tuple[str, ...]
    access: pd.DataFrame
    holders: pd.DataFrame
    links: pd.DataFrame
    chains: pd.DataFrame
    confirmed: pd.DataFrame
    rank_correlation: Mapping[str, float]
    residual: float
    provenance: Mapping[str, object] = field(default_factory=dict)

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables by name, as they are written to disk."""
        return {name: getattr(self, name) for name in ("access", "holders", "links", "chains", "confirmed")}


@dataclass(frozen=True)
class Question:
    """What is asked: a scenario at central values, whose losses rank the links, how many are confirmed, with how many seeds."""

    scenario: Scenario
    country: str
    confirm: int
    seeds: int
    workers: int

    @property
    def steps(self) -> int:
        """Steps that progress is told of, at most: links and holders closed at rest, and worlds run."""
        case = self.scenario.case
        holders = {node.country for node in case.nodes} | {row.authority_id for row in case.consents}
        return len(case.links) + len(holders) + self.confirm * self.seeds


def question(
    case: Case,
    *,
    country: str | None = None,
    confirm: int = 10,
    seeds: int = 1,
    values: Mapping[str, float] | None = None,
    workers: int | None = None,
) -> Question:
    """What :func:`depend` is asked, checked. Raises InputError with all problems at once."""
    problems = []
    seat = case.info.home if country is None else country
    known = Seats.of(case).countries
    if seat not in known:
        rule = f"is not a country whose trade this case holds: {', '.join(known)}"
        problems.append(Problem("country", rule, value=repr(seat), suggestion=nearest(seat.upper(), known)))
    if not 0 <= confirm <= MOST_CONFIRMED:
        problems.append(Problem("confirm", f"must be a whole number from 0 to {MOST_CONFIRMED}", value=str(confirm)))
    if not 1 <= seeds <= MOST_SEEDS:
        problems.append(Problem("seeds", f"must be a whole number from 1 to {MOST_SEEDS}", value=str(seeds)))
    if workers is not None and workers < 1:
        problems.append(Problem("workers", "must be at least 1", value=str(workers)))
    try:
        scenario = Scenario(case, (), values or {})
    except InputError as error:
        raise InputError([*problems, *error.problems]) from error
    if problems:
        raise InputError(problems)
    return Question(scenario, seat, confirm, seeds, n_cores() if workers is None else workers)


def depend(
    case: Case | str,
    *,
    country: str | None = None,
    confirm: int = 10,
    seeds: int = 1,
    values: Mapping[str, float] | None = None,
    workers: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Dependency:
    """Who depends on whom in ``case``, at central values of its assumptions.

    country: whose losses rank the links, the home country unless named. confirm: so many of the worst chains are closed in full
    paired worlds, each with ``seeds`` seeds, in ``workers`` processes (default: one per core). Raises InputError with all
    problems at once.
    """
    loaded = load(case) if isinstance(case, str) else case
    asked = question(loaded, country=country, confirm=confirm, seeds=seeds, values=values, workers=workers)
    tell = progress or _nobody
    world, seats = StaticWorld(asked.scenario), Seats.of(loaded)
    scan = Scan(world, seats)
    holders = holders_of(loaded, world.state.network)
    by_holder = scan_holders(scan, holders, tell)
    links = scan_links(scan, holders, tell)
    chains = ranked(links, asked.country)
    confirmed = pd.DataFrame()
    worst = chains["link"].head(confirm).tolist()
    if worst:
        confirmed = confirm_links(scan, asked.country, worst, seeds=seeds, workers=asked.workers, progress=tell)
    numbers = tuple(range(asked.scenario.seed, asked.scenario.seed + seeds))
    return Dependency(
        case=loaded, scenario=asked.scenario, country=asked.country, countries=seats.countries,
        access=sea_access(world, seats), holders=by_holder, links=links, chains=chains, confirmed=confirmed,
        rank_correlation=_correlations(confirmed), residual=world.base.residual,
        provenance=provenance(asked.scenario, numbers if worst else ()),
    )  # fmt: skip


def ranked(links: pd.DataFrame, country: str) -> pd.DataFrame:
    """One row per chain, the largest loss of the country first: columns of its first link, its ends, all its ``links``."""
    mine = links[links["country"] == country]
    together = mine.groupby("chain", sort=False)["link"].agg(";".join).rename("links")
    titles = mine.groupby("chain", sort=False)["title"].agg(_end_to_end)
    firsts = mine.drop_duplicates("chain").set_index("chain", drop=False)
    found = firsts.assign(links=together, title=titles)
    order = np.lexsort((found["link"].to_numpy(dtype=str), -found["loss_usd"].to_numpy()))
    return found.iloc[order].reset_index(drop=True)


def _end_to_end(titles: pd.Series) -> str:
    """``A - B`` and ``B - C`` as ``A - C``; links that do not meet end to end keep the first one's name, and a count."""
    ends = [tuple(title.split(" - ")) for title in titles]
    path = list(ends[0])
    for one, other in ends[1:]:
        for joined in ((path[-1] == one, [*path, other]), (path[-1] == other, [*path, one]),
                       (path[0] == one, [other, *path]), (path[0] == other, [one, *path])):  # fmt: skip
            if joined[0]:
                path = joined[1]
                break
        else:
            return f"{titles.iloc[0]} and {len(ends) - 1} more"
    return f"{path[0]} - {path[-1]}"


def _correlations(confirmed: pd.DataFrame) -> dict[str, float]:
    if confirmed.empty:
        return {}
    return {
        "loss": rank_correlation(confirmed["estimate_usd"].tolist(), confirmed["run_usd"].tolist()),
        "trade_lost": rank_correlation(confirmed["estimate_lost_2_usd"].tolist(), confirmed["run_lost_usd"].tolist()),
    }


def _nobody(done: int) -> None:
    """Listens to no progress."""
