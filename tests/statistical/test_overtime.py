"""A border post that works overtime by the morning's line, against its Markov chain.

The chain has (vehicles at the post, on overtime or not) for states. Within a day it is a birth-death process of one of two
rates, so that a day's transitions are the exponential of its generator (scipy); at midnight the rule picks the rate of the
next day. Its stationary law gives the mean line and the share of days on overtime, without any simulation.
"""

import math

import numpy as np
import pytest
from scipy.linalg import expm

from abm.corridor.scenario import Scenario
from abm.network.arcs import Floats
from abm.phases import move
from abm.post_watch import review_posts
from abm.state import WorldState, new_world
from tests.reference.tiny import tiny_orders
from tests.small_worlds import edited, toy

POST = "p-road-ard-crn-xa-out"
#: A day's arrivals lie above the regular rate and below that of overtime: without overtime the line would never end.
ARRIVALS, CAPACITY, OVERTIME_SHARE, BEGIN_H, END_SHARE = 17.0, 20.0, 0.2, 12.0, 0.25
N_STATES, N_DAYS, N_BATCHES, SEED = 240, 12_000, 30, 20_251_122


def generator(rate: float) -> Floats:
    """M/M/1 a day, cut off at N_STATES vehicles."""
    up, down = np.full(N_STATES - 1, ARRIVALS), np.full(N_STATES - 1, rate)
    moves = np.diag(up, 1) + np.diag(down, -1)
    return np.asarray(moves - np.diag(moves.sum(axis=1)))


def chain(begin_h: float, end_share: float) -> tuple[float, float]:
    """Mean hours in line and share of days on overtime, from the stationary law at the mornings."""
    regular = CAPACITY * (1.0 - OVERTIME_SHARE)
    line = np.maximum(np.arange(N_STATES) - 1, 0)
    line_h = line * 24.0 / regular
    begins, goes_on = line_h > begin_h, line_h > end_share * begin_h
    days = [expm(generator(rate)) for rate in (regular, CAPACITY)]
    moves = np.zeros((2 * N_STATES, 2 * N_STATES))
    for mode, next_on in enumerate((begins, goes_on)):
        rows = slice(mode * N_STATES, (mode + 1) * N_STATES)
        moves[rows, :N_STATES] = days[mode] * ~next_on
        moves[rows, N_STATES:] = days[mode] * next_on
    balance = moves.T - np.eye(2 * N_STATES)
    balance[0] = 1.0
    law = np.linalg.solve(balance, np.eye(2 * N_STATES)[0])
    steps = 96
    mean_line = 0.0
    for mode, rate in enumerate((regular, CAPACITY)):
        part = law[mode * N_STATES : (mode + 1) * N_STATES]
        short = expm(generator(rate) / steps)
        for _ in range(steps):
            after = part @ short
            mean_line += float((part + after) @ line) / 2.0 / steps
            part = after
    return 24.0 * mean_line / ARRIVALS, float(law[N_STATES:].sum())


def world() -> WorldState:
    posts = tuple(
        post.model_copy(
            update={"capacity_vehicles_per_day": CAPACITY, "servers": 1, "overtime_share": OVERTIME_SHARE,
                    "overtime_line_h": BEGIN_H, "dwell_h": 0.0}
        )
        if post.post_id == POST
        else post
        for post in toy().posts
    )  # fmt: skip
    return new_world(Scenario(edited(toy(), posts=posts, background=()), values={"overtime_end_share": END_SHARE}))


def test_the_line_of_a_post_on_overtime_and_its_days_are_those_of_the_chain() -> None:
    """12,000 days, some 204,000 vehicles, one by one. Both within 4 standard errors of batch means (batches of 400 days; the
    line forgets within a month), and the errors below 4 % of the expected values."""
    wait_h, on_share = chain(BEGIN_H, END_SHARE)
    state = world()
    row = state.posts.traits.names.index(POST)
    arc = int(state.posts.traits.arc[row])
    route = state.movement.routes.intern([arc])
    random = np.random.default_rng(SEED)
    arrivals = np.sort(random.uniform(0.0, 24.0 * N_DAYS, random.poisson(ARRIVALS * N_DAYS)))
    of_day = np.searchsorted(arrivals, 24.0 * np.arange(N_DAYS + 1))
    state.day = -state.warmup_days
    shots = []
    for day in range(N_DAYS):
        review_posts(state)
        part = arrivals[of_day[day] : of_day[day + 1]]
        vehicles = {"tonnes": 0.0, "vehicles": 1.0, "shipper": -1, "route": route}
        state.movement.dispatch(tiny_orders(part, first=int(of_day[day]), **vehicles))
        move(state)
        state.day += 1
        if (day + 1) % (N_DAYS // N_BATCHES) == 0:
            movement, posts = state.movement, state.posts
            shots.append((movement.wait_vehicle_h[arc], movement.entered_n[arc], posts.overtime_days[row]))
    waits, entered, days = np.diff(np.array(shots), axis=0).T
    for measured, expected in ((waits / entered, wait_h), (days / (N_DAYS / N_BATCHES), on_share)):
        error = float(measured.std(ddof=1)) / math.sqrt(measured.size)
        assert error < 0.04 * expected
        assert float(measured.mean()) == pytest.approx(expected, abs=4.0 * error)


def test_overtime_for_ever_is_the_single_queue_at_full_capacity_and_a_mark_out_of_reach_means_none() -> None:
    """The chain itself, at its two ends: M/M/1 with 17 of 20 a day waits rho / (mu - lam)."""
    wait_h, on_share = chain(-1.0, 1.0)
    assert on_share == pytest.approx(1.0)
    assert wait_h == pytest.approx(24.0 * (ARRIVALS / CAPACITY) / (CAPACITY - ARRIVALS), rel=0.001)
    assert chain(1e9, 0.0)[1] == pytest.approx(0.0, abs=1e-9)
