"""Comparisons of the toy case whose worlds are made up, so that every figure can be worked out by hand."""

from collections.abc import Mapping, Sequence

import numpy as np

from abm.corridor.scenario import Scenario
from abm.network.arcs import Bools, Floats
from abm.network.options import blueprint
from abm.study.compare import Comparison, sum_up
from abm.study.measures import Relations
from abm.worlds import MEASURE, PRIOR, TRANSPORT, WITHOUT, WorldRun
from tests.small_worlds import toy

RELATIONS = Relations.of(toy())
N = len(RELATIONS.frame)
#: Arc of each post of toy, and the posts in the order of those arcs.
_ARCS = blueprint(toy()).network.arcs
POSTS = [blueprint(toy()).network.post_ids[post] for post in _ARCS.post[_ARCS.post >= 0]]


def made_world(
    sent_t: Floats,
    *,
    delivered: Floats | None = None,
    days: float | Floats = 2.0,
    crosses: Bools | None = None,
    vehicles: Mapping[str, float] | None = None,
) -> WorldRun:
    """A world that sent ``sent_t`` (years, n), all on one route; what is delivered (n; default: all) takes ``days``.

    ``crosses`` (n): who passes the links of the measure. ``vehicles``: a day, by post; each is an hour in line, three in all.
    """
    years, n = sent_t.shape
    got = sent_t.copy()
    got[-1] = sent_t[-1] if delivered is None else delivered
    hours = np.broadcast_to(24.0 * np.asarray(days), n)
    passed = np.zeros((years, len(_ARCS)))
    passed[:, _ARCS.post >= 0] = [365.0 * (vehicles or {}).get(post, 0.0) for post in POSTS]
    there = np.flatnonzero(got[-1] > 0.0).astype(np.int32)
    options = len(blueprint(toy()).options)
    return WorldRun(
        shipped_t=sent_t[:, :, None].copy(), option=np.zeros((n, 1), dtype=np.int32), delivered_t=got,
        delivered_t_h=got * hours, money_usd=sent_t * 30.0, lost_sales_t=np.zeros((years, n)), passed=passed,
        wait_h=passed, time_h=3.0 * passed, entered_t=np.zeros((years, len(_ARCS))),
        month_t=np.repeat(sent_t / 12.0, 12, axis=0), queue=np.zeros((12 * years, 1)),
        log=(there, got[-1][there], hours[there].copy()),
        crossed={MEASURE: (np.zeros(n, dtype=np.bool_) if crosses is None else crosses)[:, None]},
        option_h=np.full(options, 24.0), option_usd_t=np.full(options, 30.0),
    )  # fmt: skip


def steady(years: int, factor: float = 1.0) -> Floats:
    """Everybody sends ``factor`` times the base year's tonnes."""
    return np.tile(factor * RELATIONS.base_t, (years, 1))


def made_comparison(
    runs: Sequence[Mapping[str, WorldRun]], policies: tuple[str, ...] = ("reopen",), **scenario: object
) -> Comparison:
    """The comparison of these worlds, one mapping of arms a seed."""
    years = runs[0][WITHOUT].shipped_t.shape[0]
    columns = {"case": toy(), "policies": policies, "years": years, "draw": True, **scenario}
    return sum_up(Scenario(**columns), range(1, len(runs) + 1), runs)


def grown(factors: Sequence[float], years: int = 3, prior: float = 1.1) -> Comparison:
    """One seed per factor by which transport alone multiplies all trade; friction multiplies it by ``prior`` more."""
    runs = [
        {
            WITHOUT: made_world(steady(years)),
            TRANSPORT: made_world(steady(years, factor)),
            PRIOR: made_world(steady(years, factor * prior)),
        }
        for factor in factors
    ]
    return made_comparison(runs)
