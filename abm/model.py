"""The model: one corridor, one world, one day a step."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import mesa
from mesa.datacollection import DataCollector

from abm import carriage, governance, phases, post_watch, security
from abm.accounting import keep_accounts
from abm.agents.authority import Authority
from abm.agents.border_post import BorderPost
from abm.agents.carrier import Carrier
from abm.agents.shipper import Shipper, ShipperTable
from abm.calendar import apply_calendar, assumptions_in_force, first_difference
from abm.corridor.keywords import scenario_of
from abm.corridor.policies import opening_day, resolve
from abm.corridor.scenario import Scenario
from abm.errors import input_error
from abm.observers import day_of_year, is_month_end
from abm.rules.belief import BeliefParameters
from abm.rules.demand import TradeParameters
from abm.start import start_near_rest
from abm.state import WorldState, new_world

_REPORTS: dict[str, Callable[["CorridorModel"], float]] = {
    "day": lambda model: float(model.day),
    "shipped_t": lambda model: float(model.state.ledger.shipped_t.sum()),
    "delivered_t": lambda model: float(model.state.ledger.delivered_t.sum()),
    "in_transit_t": lambda model: float(model.state.movement.in_transit_t),
    "queued_t": lambda model: float(model.state.movement.queued_t),
    "queue_vehicles": lambda model: float(model.state.movement.queue_vehicles.sum()),
    "trade_t_per_year": lambda model: float(model.state.table.quantity_t.sum()),
}

#: Fields of a scenario, beside its case, that a world keeps from its first day on.
_FOR_GOOD = ("values", "years", "seed", "draw", "dates", "replay_from", "still")


class CorridorModel(mesa.Model):
    """An ordinary Mesa model of one freight corridor.

    Without arguments it runs the packaged ``toy`` case. ``scenario`` says which case, policies, values, seed; or keywords do, as
    Mesa's ``batch_run`` gives them: ``case="toy"``, ``policies``, ``years``, names of assumptions, and ``rng``, the seed (see
    :func:`abm.corridor.keywords.scenario_of`; unknown names raise InputError). ``register`` gives
    everybody an agent of their own (leave it off in sweeps: the tables hold them all anyway); ``collect`` keeps daily series in
    ``datacollector``; ``state`` continues a world from a copied state. The warm-up is part of the run: :meth:`warm_up` plays
    it, and the first :meth:`step` does so if nobody has. ``model.inputs`` is the scenario (Mesa's own ``scenario`` is not it);
    :meth:`adopt` gives it another one on the way. ``trade``: the parameters of trade on the last day played.
    """

    def __init__(
        self,
        scenario: Scenario | None = None,
        *,
        register: bool = True,
        collect: bool = True,
        state: WorldState | None = None,
        rng: int | None = None,
        **keywords: Any,
    ) -> None:
        if scenario is not None and (keywords or rng is not None):
            named = ", ".join((*keywords, *(("rng",) if rng is not None else ())))
            raise input_error("model", "must stand in the scenario that is given", value=named)
        inputs = scenario if scenario is not None else scenario_of(rng, keywords)
        super().__init__(rng=inputs.seed)
        self.inputs = inputs
        self.state: WorldState = state if state is not None else start_near_rest(new_world(inputs))
        self.calendar = resolve(inputs)
        governance.convene(self.state, inputs)
        values = self.state.values
        self.belief = BeliefParameters(
            values["learning_rate"],
            values["information_rate"],
            values["revert_half_life_days"],
            values["optimism_high"],
        )
        self._own_trade = TradeParameters(
            sigma=values["sigma"], eta=values["eta"], eps=values["eps"], tau_cost_years=values["tau_cost_years"],
            tau_reconnect_years=values["tau_reconnect_years"], tau_new_years=values["tau_new_years"],
            trend_growth_per_year=values["trend_growth"], price_memory_days=values["price_memory_days"],
        )  # fmt: skip
        self.trade = self._own_trade
        self._first_day_of_year = day_of_year(opening_day(inputs.case))
        if register:
            for row in range(len(self.state.table)):
                Shipper(self, self.state.table, row)
            for row in range(len(self.state.fleets.carrier_ids)):
                Carrier(self, self.state.fleets, row)
            for row in range(len(self.state.posts)):
                BorderPost(self, self.state.posts, row)
            for name in self.state.authorities.held:
                Authority(self, name)
        self.datacollector = DataCollector(model_reporters=dict(_REPORTS)) if collect else None

    # ------------------------------------------------------------------ what users look at
    @property
    def day(self) -> int:
        """Days since the opening day; negative in the warm-up."""
        return self.state.day

    @property
    def shippers(self) -> ShipperTable:
        """The table of all shippers."""
        return self.state.table

    # ------------------------------------------------------------------ running
    def warm_up(self) -> None:
        """Play the warm-up, if it has not been played: base demand, then the base year's costs become the reference."""
        while self.state.day < 0:
            self._play_day()

    def step(self) -> None:
        """Play one day, in the order of the phases."""
        self.warm_up()
        self._play_day()
        if self.datacollector is not None:
            self.datacollector.collect(self)

    def _play_day(self) -> None:
        state = self.state
        if state.day == 0:
            phases.mark_reference(state)
            carriage.mark_base_year(state)
        apply_calendar(state, self.calendar)
        assumed = assumptions_in_force(state)
        self.trade = replace(self._own_trade, **assumed) if assumed else self._own_trade
        security.play_incidents(state)
        governance.decide(state)
        post_watch.review_posts(state)
        carriage.review_fleets(state)
        price = phases.weigh_routes(state, self.belief)
        phases.adjust_trade(state, self.trade)
        keep_accounts(state, price, self.trade)
        phases.dispatch(state, price, self.month)
        deliveries = phases.move(state)
        phases.learn(state, deliveries, self.belief)
        if is_month_end(state.day):
            state.ledger.snapshots.append(phases.snapshot(state))
        elif state.day in state.ledger.asked_days:
            state.ledger.asked.append(phases.snapshot(state))
        state.day += 1

    @property
    def month(self) -> int:
        """Month of the current day, 0-11, in a calendar of 365-day years."""
        return phases.month_of(self._first_day_of_year + self.state.day)

    def adopt(self, scenario: Scenario) -> None:
        """From the next day on this world follows the policies, typed days and steps of another scenario.

        The world is then, bit for bit, the one that the scenario plays from its beginning. Raises ValueError, and changes
        nothing, if it could not be: for another case, seed, horizon or value, a past day on which the calendars differ, or other
        policies under negotiation once authorities have looked at them.
        """
        own = self.inputs
        if scenario.case.digest != own.case.digest or any(
            getattr(scenario, name) != getattr(own, name) for name in _FOR_GOOD
        ):
            raise ValueError("a world can adopt other policies, days and steps, and nothing else")
        calendar = resolve(scenario)
        day = first_difference(self.calendar, calendar, self.state.day)
        if day is not None:
            raise ValueError(f"the past cannot be changed: the calendars differ on day {day}")
        governance.reconvene(self.state, scenario)
        self.inputs, self.calendar = scenario, calendar

    def fork(self, scenario: Scenario, **options: Any) -> "CorridorModel":
        """Another world that starts from this one's present state: same past, same draws, its own policies.

        Only policies and their numbers are the scenario's own; all other values stay as they were drawn for the past. Steps of
        this world's policies that the scenario does not share end today. Raises ValueError for another case or seed.
        """
        if scenario.case.digest != self.inputs.case.digest or scenario.seed != self.inputs.seed:
            raise ValueError("a fork needs the case and the seed of the world it leaves")
        return CorridorModel(scenario, state=self.state.copy(), **{"register": False, "collect": False, **options})
