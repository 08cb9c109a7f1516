"""Speed of the decisions: tables and kernels against plain Mesa agents, in one run, at 2,000 shippers.

Run by hand: ``pytest tests/benchmarks/test_decision_speed.py -s``. The ratio holds on any machine; milliseconds on a quiet one.
"""

import time
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from abm import phases
from abm.corridor.scenario import Scenario
from abm.model import CorridorModel
from abm.network.consignments import Orders
from abm.state import WorldState
from tests.reference.plain_agents import PlainTrade
from tests.small_worlds import edited, toy

N_SHIPPERS, N_DAYS, LEAST_RATIO = 2_000, 40, 25.0


def busy_model(n_shippers: int) -> CorridorModel:
    """The toy case with its trade split over many firms."""
    per_flow = n_shippers // len(toy().flows)
    rest = n_shippers - per_flow * len(toy().flows)
    flows = tuple(
        row.model_copy(update={"n_shippers": per_flow + (rest if number == 0 else 0)})
        for number, row in enumerate(toy().flows)
    )
    model = CorridorModel(Scenario(edited(toy(), warmup_days=10, flows=flows)), register=False, collect=False)
    model.warm_up()
    phases.mark_reference(model.state)
    return model


def clock[T](action: Callable[[], T]) -> tuple[float, T]:
    """CPU seconds and result."""
    start = time.process_time()
    result = action()
    return time.process_time() - start, result


def decide(model: CorridorModel) -> None:
    """Belief, cost, choice, response and dispatch of one day."""
    price = phases.weigh_routes(model.state, model.belief)
    phases.adjust_trade(model.state, model.trade)
    phases.dispatch(model.state, price, model.month)


def decide_plainly(twin: PlainTrade, state: WorldState) -> int:
    """The same by plain agents; returns the number of lots."""
    twin.weigh_routes(state)
    twin.adjust_trade(state.day)
    return len(twin.dispatch(state.hour))


def days_of(model: CorridorModel, twin: PlainTrade | None, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """CPU seconds a day of decisions, plain decisions, and the rest of the tick: [n_days, 3].

    What the loader does with new lots is no decision: it is counted with the rest.
    """
    state, orders = model.state, list[Orders]()
    load = state.movement.dispatch
    monkeypatch.setattr(state.movement, "dispatch", orders.append)

    def go_on() -> None:
        while orders:
            load(orders.pop(0))
        deliveries = phases.move(state)
        phases.learn(state, deliveries, model.belief)
        if twin is not None:
            twin.learn(deliveries)

    rows = []
    for _ in range(N_DAYS):
        before = int(state.table.dispatched.sum())
        plain = 0.0
        fast, _ = clock(partial(decide, model))
        if twin is not None:
            plain, sent = clock(partial(decide_plainly, twin, state))
            assert sent == int(state.table.dispatched.sum()) - before
        rows.append((fast, plain, clock(go_on)[0]))
        state.day += 1
    return np.array(rows)


def test_decisions_are_at_least_25_times_as_fast_as_plain_agents(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fast side alone, as in use; then both side by side from the same state, to see that they decide the same."""
    model = busy_model(N_SHIPPERS)
    beside = model.fork(model.inputs)
    twin = PlainTrade(beside.state, beside.belief, beside.trade)
    assert len(model.shippers) == len(twin.firms) == N_SHIPPERS
    fast, _, rest = np.median(days_of(model, None, monkeypatch), axis=0)
    plain = float(np.median(days_of(beside, twin, monkeypatch)[:, 1]))
    np.testing.assert_array_equal(model.shippers.quantity_t, beside.shippers.quantity_t)
    np.testing.assert_allclose(model.shippers.quantity_t, [firm.quantity_t for firm in twin.firms], rtol=1e-9)
    print(
        f"\n{N_SHIPPERS} shippers: decisions {1e3 * fast:.2f} ms a day, plain agents {1e3 * plain:.1f} ms, "
        f"ratio {plain / fast:.0f}; whole tick {1e3 * (fast + rest):.2f} ms"
    )
    assert plain / fast >= LEAST_RATIO


@pytest.mark.parametrize("n_shippers", [200, 20_000])
def test_the_whole_tick_of_the_model_is_reported(n_shippers: int) -> None:
    model = busy_model(n_shippers)
    model.step()
    seconds = [clock(model.step)[0] for _ in range(30)]
    print(f"\n{n_shippers} shippers: whole tick {1e3 * float(np.median(seconds)):.2f} ms")
    assert float(np.median(seconds)) < 0.1
