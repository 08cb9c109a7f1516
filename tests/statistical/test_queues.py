"""One border as a textbook queue: steady states, closures, opening hours, priority, ferries, balking, batches, changing demand.

Each stochastic check states its number of customers and its seed, and holds the difference to the closed form against standard
errors from batch means (of blocks much longer than the queue's memory), 4 of them: one such check in 16,000 fails by chance.
The closed forms are written here; where the folder of reference numbers is at hand they are compared with it too.
"""

import json
import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from abm.network.arcs import Floats
from abm.network.movement import EventMovement
from tests.reference.tiny import tiny_network, tiny_orders, tiny_routes
from tests.validation import validation_folder

CONSTANT, EXPONENTIAL, GAMMA, LOGNORMAL, HYPEREXPONENTIAL = range(5)
N_CUSTOMERS, N_BATCHES, SEED = 400_000, 40, 20_240_601


# -- closed forms ----------------------------------------------------------------------------------------------------------


def erlang_c_wait(arrivals: float, rate: float, servers: int) -> float:
    """Mean wait in M/M/c: ``C(c, a) / (c mu - lam)`` with Erlang's C."""
    load = arrivals / rate
    terms = [load**k / math.factorial(k) for k in range(servers)]
    last = load**servers / math.factorial(servers) * servers / (servers - load)
    return last / (sum(terms) + last) / (servers * rate - arrivals)


def pollaczek_khinchine_wait(load: float, cv: float) -> float:
    """Mean wait in M/G/1 with mean service 1."""
    return load * (1.0 + cv**2) / (2.0 * (1.0 - load))


def mean_left_behind(arrivals: float, places: int, size: int = 600) -> float:
    """Mean number left behind when ``places`` of Poisson arrivals are taken at each step: ``L' = max(L + A - places, 0)``.

    It is the mean queue of M/D/c with c = places and a step of one service time (Crommelin 1932).
    """
    k = np.arange(size + places)
    poisson_law = np.exp(k * math.log(arrivals) - arrivals - np.array([math.lgamma(i + 1.0) for i in k]))
    moves = np.zeros((size, size))
    for left in range(size):
        moves[left, max(left - places, 0) :] = poisson_law[max(places - left, 0) :][: size - max(left - places, 0)]
        moves[left, 0] = poisson_law[: max(places - left, 0) + 1].sum() if left <= places else moves[left, 0]
    balance = moves.T - np.eye(size)
    balance[0] = 1.0
    law = np.linalg.solve(balance, np.eye(size)[0])
    return float(np.arange(size) @ law)


def cobham_waits(first: float, second: float) -> tuple[float, float]:
    """Mean waits of two non-preemptive priority classes in M/M/1 with mean service 1."""
    residual = first + second
    return residual / (1.0 - first), residual / ((1.0 - first) * (1.0 - first - second))


def reference(file: str, **wanted: object) -> dict[str, Any] | None:
    """The row of a reference file with these values; None where the folder is not at hand."""
    folder = validation_folder()
    if folder is None:
        return None
    rows = json.loads((folder / "queue" / file).read_text())
    found = [row for row in rows if all(row.get(name) == value for name, value in wanted.items())]
    assert found, f"{file} has no row {wanted}"
    return dict(found[0])


# -- one border ------------------------------------------------------------------------------------------------------------


def poisson(rate: float, number: int, seed: int = SEED) -> Floats:
    return np.cumsum(np.random.default_rng(seed).exponential(1.0 / rate, number))


def border(*, free_time_h: float = 0.0, **facility: Any) -> EventMovement:
    network = tiny_network([{"facility": 0, "free_time_h": free_time_h}], [{"law": EXPONENTIAL, **facility}])
    return EventMovement(network, tiny_routes([0]), SEED)


def in_slices(movement: EventMovement, time_h: Floats, **columns: Any) -> Floats:
    """Send customers through in slices of 5,000; their time from arrival to delivery, in the order of arrival."""
    order, total = [], []
    for first in range(0, time_h.size, 5000):
        part = slice(first, first + 5000)
        here = {name: value[part] if isinstance(value, np.ndarray) else value for name, value in columns.items()}
        movement.dispatch(tiny_orders(time_h[part], first=first, **here))
        done = movement.run_until(float(time_h[min(first + 5000, time_h.size) - 1]))
        order.append(done.dispatched_h)
        total.append(done.delivered_h - done.dispatched_h)
    done = movement.run_until(movement.now_h + 1e6)
    order.append(done.dispatched_h)
    total.append(done.delivered_h - done.dispatched_h)
    return np.concatenate(total)[np.argsort(np.concatenate(order), kind="stable")]


def mean_and_error(values: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Mean and its standard error from batch means; the first batch, which starts empty, is left out."""
    size = values.size // N_BATCHES
    batches = values[: size * N_BATCHES].reshape(N_BATCHES, size).mean(axis=1)[1:]
    return float(batches.mean()), float(batches.std(ddof=1) / math.sqrt(batches.size))


def assert_mean(values: npt.NDArray[np.float64], expected: float, largest_error: float) -> None:
    """Within 4 standard errors, and the standard error itself small enough for the check to mean something."""
    mean, error = mean_and_error(values)
    assert error < largest_error * expected
    assert mean == pytest.approx(expected, abs=4.0 * error)


@pytest.mark.parametrize(
    ("arrivals", "rate", "servers"),
    [(0.8, 1.0, 1), (1.6, 1.0, 2), (4.0, 1.0, 5), (40.0, 12.0, 4), (0.2, 0.1, 3), (5.0, 8.0, 1)],
)
def test_a_border_with_c_lanes_waits_as_erlang_says(arrivals: float, rate: float, servers: int) -> None:
    """Q01, Q02: M/M/c, 400,000 customers."""
    expected = erlang_c_wait(arrivals, rate, servers)
    known = reference("steady_state.json", model=f"M/M/{servers}", lam=arrivals, mu=rate)
    assert known is None or known["Wq"] == pytest.approx(expected)
    total = in_slices(border(servers=servers, service_h=1.0 / rate), poisson(arrivals, N_CUSTOMERS))
    assert_mean(total, expected + 1.0 / rate, 0.03)


@pytest.mark.parametrize(
    ("law", "cv"),
    [(CONSTANT, 0.0), (GAMMA, math.sqrt(0.5)), (EXPONENTIAL, 1.0), (LOGNORMAL, 1.4), (HYPEREXPONENTIAL, 2.0)],
)
def test_one_lane_of_any_service_law_waits_as_pollaczek_and_khinchine_say(law: int, cv: float) -> None:
    """Q03: M/D/1, M/E2/1 and further laws at load 0.8, 400,000 customers."""
    expected = pollaczek_khinchine_wait(0.8, cv)
    total = in_slices(border(law=law, cv=cv), poisson(0.8, N_CUSTOMERS))
    assert_mean(total, expected + 1.0, 0.04)


def test_two_lanes_of_constant_service_wait_as_crommelin_says() -> None:
    """Q04: M/D/2 at load 0.8, 400,000 customers."""
    expected = mean_left_behind(1.6, 2) / 1.6
    assert expected == pytest.approx(0.903284, abs=1e-6)
    total = in_slices(border(law=CONSTANT, servers=2), poisson(1.6, N_CUSTOMERS))
    assert_mean(total, expected + 1.0, 0.02)


@pytest.mark.parametrize(("places", "load"), [(1, 0.8), (1, 0.9), (1, 0.95), (10, 0.8), (10, 0.9), (10, 0.95)])
def test_a_capacity_per_tick_leaves_as_many_behind_as_constant_service(places: int, load: float) -> None:
    """Q05: departures every hour with ``places`` places; the number left behind is the queue of M/D/places."""
    expected = mean_left_behind(load * places, places)
    known = reference("tick_queue.json", b=places, rho=load)
    assert known is None or known["E_Q_after_service"] == pytest.approx(expected, rel=1e-5)
    movement = border(headway_h=1.0, places_t=float(places))
    total = in_slices(movement, poisson(load * places, N_CUSTOMERS))
    left_behind = (total - 0.5) * load * places
    mean, error = mean_and_error(left_behind)
    assert error < 0.08 * expected + 0.02 * places
    assert mean == pytest.approx(expected, abs=4.0 * error)


@pytest.mark.parametrize(("arrivals", "rate", "days"), [(100.0, 150.0, 10.0), (500.0, 600.0, 4.0)])
def test_a_closed_border_queues_and_clears_as_the_arithmetic_says(arrivals: float, rate: float, days: float) -> None:
    """Q06, and a mountain pass shut four days: queue lam T, cleared after lam T / (mu - lam), within one tick."""
    gap, close_h = 24.0 / arrivals, 240.0
    time_h = np.arange(0.25 * gap, 24.0 * 60.0, gap)
    movement = border(law=CONSTANT, service_h=24.0 / rate)
    movement.dispatch(tiny_orders(time_h))
    movement.schedule_open(0, close_h, False)
    movement.schedule_open(0, close_h + 24.0 * days, True)
    done = [movement.run_until(close_h + 24.0 * days)]
    assert movement.queue_vehicles[0] == pytest.approx(arrivals * days, abs=1.0)
    done.append(movement.run_until(24.0 * 60.0))
    dispatched, delivered = (
        np.concatenate([getattr(part, name) for part in done]) for name in ("dispatched_h", "delivered_h")
    )
    delay_h = delivered - dispatched - 24.0 / rate
    is_late = delay_h > 1e-6
    clear_days = arrivals * days / (rate - arrivals)
    assert (delivered[is_late].max() - close_h) / 24.0 - days == pytest.approx(clear_days, abs=1.0)
    assert is_late.sum() == pytest.approx(arrivals * (days + clear_days), abs=arrivals)
    assert delay_h[is_late].mean() / 24.0 == pytest.approx(days / 2.0, rel=0.02)
    assert delay_h.sum() / 24.0 == pytest.approx(arrivals * (days + clear_days) * days / 2.0, rel=0.02)


def test_a_pass_shut_four_days_in_winter_holds_two_thousand_trucks() -> None:
    """H06: 500 trucks a day at random hours, shut four days."""
    movement = border(service_h=24.0 / 600.0)
    movement.dispatch(tiny_orders(poisson(500.0 / 24.0, 10_000)))
    movement.run_until(240.0)
    movement.set_open(0, False)
    movement.run_until(240.0 + 96.0)
    assert 1_500 <= movement.queue_vehicles[0] <= 2_500


def test_opening_hours_make_the_night_wait_for_the_morning() -> None:
    """Q07: 4 an hour all day, 10 an hour from 8 to 20 h: mean wait 5 h, longest queue 48, cleared 8 h after opening."""
    movement = border(law=CONSTANT, service_h=0.1, opens_h=8.0, closes_h=20.0)
    time_h = np.arange(24.0 * 3 + 20.0 + 0.125, 24.0 * 13 + 20.0, 0.25)
    movement.dispatch(tiny_orders(time_h))
    movement.run_until(24.0 * 8 + 8.0)
    assert movement.queue_consignments[0] == pytest.approx(48, abs=1)
    movement.run_until(24.0 * 8 + 15.7)
    assert movement.queue_consignments[0] > 0
    movement.run_until(24.0 * 8 + 16.3)
    assert movement.queue_consignments[0] == 0
    movement.run_until(24.0 * 20)
    assert movement.wait_vehicle_h[0] / movement.passed_vehicles[0] == pytest.approx(5.0, rel=0.02)


def test_a_priority_lane_waits_as_cobham_says() -> None:
    """Q08: classes 0.2 and 0.6 on one lane of rate 1, 400,000 customers."""
    first, second = cobham_waits(0.2, 0.6)
    assert [first, second] == pytest.approx([1.0, 5.0])
    is_second = np.random.default_rng(7).random(N_CUSTOMERS) < 0.75
    total = in_slices(border(), poisson(0.8, N_CUSTOMERS), priority=is_second.astype(np.int8))
    assert_mean(total[~is_second], first + 1.0, 0.02)
    assert_mean(total[is_second], second + 1.0, 0.04)


@pytest.mark.parametrize("rate", [10.0, 12.0])
def test_a_weekly_ferry_leaves_behind_what_the_chain_says(rate: float) -> None:
    """Q09: a ferry every 7 days with 100 places, 200,000 customers (times in days are played as hours)."""
    left = mean_left_behind(7.0 * rate, 100)
    expected = left / rate + 3.5
    known = reference("steady_state.json", lam=rate, T=7, b=100)
    assert known is None or (known["W"], known["left_behind"]) == (
        pytest.approx(expected),
        pytest.approx(left, abs=1e-6),
    )
    total = in_slices(border(headway_h=7.0, places_t=100.0), poisson(rate, 200_000))
    assert_mean(total, expected, 0.01)


def test_the_number_in_service_lags_behind_daily_demand() -> None:
    """Q10: Mt/M/inf: 10 (1 + 0.5 sin) an hour, mean service 4 h; 1,600 days counted after 4 of run-up, within 2 %."""
    gamma, rate = 2.0 * math.pi / 24.0, 0.25
    n_days = 1_604
    random = np.random.default_rng(SEED)
    time_h = np.sort(random.uniform(0.0, 24.0 * n_days, random.poisson(15.0 * 24.0 * n_days)))
    time_h = time_h[random.random(time_h.size) * 15.0 < 10.0 * (1.0 + 0.5 * np.sin(gamma * time_h))]
    total = in_slices(border(servers=2**30, service_h=4.0), time_h)
    ends_h = np.sort(time_h + total)
    hours = 24.0 * np.arange(4, n_days)
    lag = math.atan(gamma / rate)
    for hour in (0.0, 3.0, 6.0, 9.0, 12.0, 15.0, 18.0, 21.0):
        expected = 40.0 + 20.0 * math.cos(lag) * math.sin(gamma * hour - lag)
        counted = np.searchsorted(time_h, hours + hour) - np.searchsorted(ends_h, hours + hour)
        assert counted.mean() == pytest.approx(expected, rel=0.02)
    assert lag / gamma == pytest.approx(3.09, abs=0.01)


def test_a_full_car_park_turns_away_as_many_as_the_closed_form_says() -> None:
    """Q11: M/M/1/10 at load 0.9 (9 may wait), 400,000 customers: 5.08 % are turned away; L by Little's law."""
    weights = 0.9 ** np.arange(11)
    blocked, inside = float(weights[-1] / weights.sum()), float(np.arange(11) @ weights / weights.sum())
    assert [blocked, inside] == pytest.approx([0.050814, 3.96944], abs=1e-5)
    movement = border(queue_max=9)
    total = in_slices(movement, poisson(0.9, N_CUSTOMERS))
    assert movement.lost_t / movement.dispatched_t == pytest.approx(blocked, rel=0.05)
    assert_mean(total, inside / (0.9 * (1.0 - blocked)), 0.01)


def test_trains_of_ten_wagons_wait_far_longer_than_wagons_one_by_one() -> None:
    """Q12: 0.08 trains an hour of 10 wagons, 1 wagon an hour, 400,000 wagons: 26.5 h, against 4.0 unbatched."""
    trains = poisson(0.08, N_CUSTOMERS // 10)
    movement = border()
    total = in_slices(movement, np.repeat(trains, 10) + np.tile(np.arange(10) * 1e-9, trains.size))
    assert_mean(total, 26.5 + 1.0, 0.05)


def test_a_lot_of_ten_vehicles_is_one_erlang_service() -> None:
    """A consignment of 10 vehicles holds the lane for the sum of 10 exponential times: M/E10/1, 400,000 lots."""
    network = tiny_network([{"facility": 0, "payload_t": 2.0}], [{"law": EXPONENTIAL, "service_h": 0.1}])
    movement = EventMovement(network, tiny_routes([0]), SEED)
    total = in_slices(movement, poisson(0.8, N_CUSTOMERS), tonnes=20.0)
    assert_mean(total, pollaczek_khinchine_wait(0.8, math.sqrt(0.1)) + 1.0, 0.03)
