"""Closings played out: full paired worlds with one link shut for good, against what the base year at rest says of it.

All closings are policies of one case, so that they share a network, a past and every draw. Assumptions stand at their central
values. The second year is told: by then prices have moved, and most of the trade that answers to them has begun to.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from abm.agents.markets import has_open_way
from abm.corridor.load import digest
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Action, Case, PolicyStep
from abm.model import CorridorModel
from abm.network.arcs import Bools, Floats
from abm.network.options import blueprint
from abm.study.at_rest import Rest
from abm.study.chokepoints import Closure, Scan, cost_rise, losses
from abm.study.compare import summary
from abm.study.runner import run_seeds
from abm.units import DAYS_PER_YEAR, YEAR_DAYS

YEARS = 2


@dataclass(frozen=True)
class SecondYear:
    """One world's second year. sent_t, composite, days_open (n_relations,): tonnes sent, mean USD/t on days with a route, such
    days; mean_cost_0: USD/t of the base year; wait_h, passed (n_arcs,): mean hours in line and vehicles."""

    sent_t: Floats
    composite: Floats
    days_open: Floats
    mean_cost_0: Floats
    wait_h: Floats
    passed: Floats


def closing_case(case: Case, links: Sequence[str]) -> tuple[Case, dict[str, str]]:
    """The case with one more policy per link, which shuts it from the opening day on for good; and link -> policy."""
    taken = {step.policy_id for step in case.policies}
    prefix = "shut-"
    while any(prefix + link in taken for link in links):
        prefix += "only-"
    source = {link.link_id: link.source for link in case.links}
    steps = tuple(
        PolicyStep(
            policy_id=prefix + link, title=f"{link} is shut for good", action=Action.CLOSE_LINK, target=link,
            source=source[link], grade="C",
        )
        for link in links
    )  # fmt: skip
    changed = replace(case, policies=(*case.policies, *steps))
    return replace(changed, digest=digest(changed)), {link: prefix + link for link in links}


def play_second_year(model: CorridorModel) -> SecondYear:
    """Play a world from the opening day and sum up its second year."""
    state = model.state
    n = len(state.table)
    composite, days_open = np.zeros(n), np.zeros(n)
    movement = state.movement
    sent = wait = passed = np.zeros(0)
    for day in range(YEARS * YEAR_DAYS):
        if day == (YEARS - 1) * YEAR_DAYS:
            sent = state.ledger.shipped_t.sum(axis=1)
            wait, passed = movement.wait_vehicle_h.copy(), movement.passed_vehicles.copy()
        model.step()
        if day >= (YEARS - 1) * YEAR_DAYS:
            is_open = has_open_way(state.table)
            composite += np.where(is_open, state.table.composite, 0.0)
            days_open += is_open
    passed = movement.passed_vehicles - passed
    waited = movement.wait_vehicle_h - wait
    return SecondYear(
        sent_t=state.ledger.shipped_t.sum(axis=1) - sent,
        composite=np.divide(composite, days_open, out=np.full(n, np.inf), where=days_open > 0.0),
        days_open=days_open, mean_cost_0=state.table.mean_cost_0.copy(),
        wait_h=np.divide(waited, passed, out=np.zeros_like(waited), where=passed > 0.0), passed=passed,
    )  # fmt: skip


class _Pairs:
    """The closings of one seed, all forked from one warmed-up world; kept for the next task of the same process."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._root = CorridorModel(scenario, register=False, collect=False)
        self._root.warm_up()
        self.without = play_second_year(self._root.fork(scenario))

    def closed(self, policy: str) -> SecondYear:
        return play_second_year(self._root.fork(replace(self._scenario, policies=(policy,))))


_WARM: dict[tuple[str, int], _Pairs] = {}


def pair_of(scenario: Scenario, policies: Sequence[str], number: int) -> tuple[SecondYear, SecondYear]:
    """(without, closed) of task ``number``: seeds one after the other, and the policies within each."""
    first, chosen = divmod(number, len(policies))
    seed = scenario.seed + first
    key = scenario.case.digest, seed
    if key not in _WARM:
        _WARM.clear()
        _WARM[key] = _Pairs(replace(scenario, seed=seed))
    return _WARM[key].without, _WARM[key].closed(policies[chosen])


def confirm(
    scan: Scan, country: str, links: Sequence[str], *, seeds: int, workers: int, progress: Callable[[int], None]
) -> pd.DataFrame:
    """Full worlds for each of ``links``, beside the estimate at rest; a row per link, in the order given.

    estimate_usd, run_usd (run_error over seeds): loss of the country's trade a year, by one formula (stranded_run_usd: of
    relations without any way); estimate_lost_usd (long run), estimate_lost_2_usd (what of it the second year shows) and
    run_lost_usd: trade lost, USD at base-year value (run_lost_t: tonnes). queue: the facility whose line does most to explain the
    difference of the two losses, empty if none does; queue_estimate_h, queue_run_h: by how much the closing lengthens it.
    ``progress`` is told of each world.
    """
    scenario = scan.world.scenario
    case, policies = closing_case(scenario.case, links)
    paired = Scenario(case, (), scenario.values, YEARS, scenario.seed)
    blueprint(case)  # found once here, inherited by the workers
    numbers = range(seeds * len(links))
    task = partial(pair_of, paired, [policies[link] for link in links])
    found = run_seeds(task, numbers, workers, progress)
    mask, arcs = scan.seats.mask(country), scan.world.state.network.arcs
    rows = []
    for chosen, link in enumerate(links):
        pairs = [found[seed * len(links) + chosen] for seed in range(seeds)]
        shut = (arcs.link == scan.world.state.network.link_ids.index(link)) & scan.world.is_open
        closure, after = scan.close(shut)
        row = {"link": link} | _estimate(scan, mask, closure) | _played(scan, mask, pairs)
        rows.append(row | _line(scan, after, pairs, row["run_usd"] - row["estimate_usd"]))
    return pd.DataFrame(rows)


def _played(scan: Scan, mask: Bools, pairs: Sequence[tuple[SecondYear, SecondYear]]) -> dict[str, Any]:
    table = scan.world.state.table
    loss, stranded, lost_t, lost_usd = [], [], [], []
    for without, closed in pairs:
        rise = cost_rise(without.mean_cost_0, without.composite, closed.composite)
        parts = losses(rise, table.base_t, table.fob_usd_t)
        loss.append(float((parts[0] + parts[1])[mask].sum()))
        stranded.append(float(parts[1][mask].sum()))
        gone = (without.sent_t - closed.sent_t)[mask]
        lost_t.append(float(gone.sum()))
        lost_usd.append(float(gone @ table.fob_usd_t[mask]))
    whole = summary(loss, "run_")
    return {
        "run_usd": whole["run_mean"], "run_error": whole["run_error"], "stranded_run_usd": float(np.mean(stranded)),
        "run_lost_t": float(np.mean(lost_t)), "run_lost_usd": float(np.mean(lost_usd)),
    }  # fmt: skip


def _estimate(scan: Scan, mask: Bools, closure: Closure) -> dict[str, Any]:
    state = scan.world.state
    reached = np.where(closure.stranded_t > 0.0, 1.0, reached_share(state.values))
    lost_usd = (closure.lost_t * state.table.fob_usd_t)[mask]
    return {
        "estimate_usd": float(closure.loss_usd[mask].sum()), "estimate_lost_usd": float(lost_usd.sum()),
        "estimate_lost_2_usd": float(lost_usd @ reached[mask]),
    }  # fmt: skip


def _line(scan: Scan, after: Rest, pairs: Sequence[tuple[SecondYear, SecondYear]], excess_usd: float) -> dict[str, Any]:
    """The line that is longer where the loss is larger, by hours times what stands in it."""
    world, network = scan.world, scan.world.state.network
    arcs = network.arcs
    expected = after.wait_h - world.base.wait_h
    played = np.mean([closed.wait_h - without.wait_h for without, closed in pairs], axis=0)
    vehicles = np.mean([closed.passed for _, closed in pairs], axis=0)
    tonnes = after.flow + vehicles * np.median(arcs.payload_t, axis=1) / DAYS_PER_YEAR
    tells = np.where((arcs.facility >= 0) & world.is_open, (played - expected) * np.sign(excess_usd) * tonnes, 0.0)
    most = int(np.argmax(tells))
    return {
        "queue": network.facilities.names[arcs.facility[most]] if tells[most] > 0.0 else "",
        "queue_estimate_h": float(expected[most]), "queue_run_h": float(played[most]),
    }  # fmt: skip


def reached_share(values: Mapping[str, float]) -> float:
    """Part of its long-run response that trade shows on average in the second year: ``1 - tau (exp(-a/tau) - exp(-b/tau))`` for
    the year from a to b, a and b less half the memory of prices."""
    tau, lag = values["tau_cost_years"], values["price_memory_days"] / 2.0 / DAYS_PER_YEAR
    begin, end = (max(year - lag, 0.0) for year in (YEARS - 1.0, float(YEARS)))
    return float(1.0 - tau * (np.exp(-begin / tau) - np.exp(-end / tau)))


def rank_correlation(first: Sequence[float], second: Sequence[float]) -> float:
    """Spearman's rank correlation, ties at their mean rank; nan for fewer than three pairs or when all are tied."""
    if len(first) < 3:
        return float("nan")
    one, two = (rankdata(values) for values in (first, second))
    if np.ptp(one) == 0.0 or np.ptp(two) == 0.0:
        return float("nan")
    return float(np.corrcoef(one, two)[0, 1])
