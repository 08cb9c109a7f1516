"""The decisions of a day as plain Mesa agents: one Python object a shipper, lists and dictionaries, the ``math`` module.

The same equations and the same addressed draws as the tables and kernels of the model, written as one would tell them. The twin
is given what shippers see (what is published, prices, which arcs are open, what policies say, their deliveries) and decides.
"""

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import mesa

from abm.agents.markets import BROKEN_DAYS, MENDED_SHARE
from abm.network.arcs import ArcKind
from abm.network.consignments import Deliveries
from abm.randomness import Process
from abm.rules.belief import BeliefParameters
from abm.rules.demand import TradeParameters
from abm.state import WorldState
from tests.reference.slow_choice import choose_nested_slowly, mix_slowly, race_slowly

_NUMBERS = (
    "base_t", "potential_t", "quantity_t", "fob_usd_t", "lot_t", "stock_t", "lost_sales_t", "allowed", "duty", "vot", "vor",
    "kappa", "lam", "composite", "mean_cost", "composite_0", "mean_cost_0", "price_mean", "price_0", "days_blocked",
)  # fmt: skip
_WHOLE = ("key", "group", "cargo_class", "market", "supply", "pair", "dispatched")
_FLAGS = ("is_exogenous", "is_new", "awaits", "was_broken")


def uniform_at(seed: int, process: Process, *keys: int) -> float:
    """The uniform of an address."""
    state = mix_slowly(seed, int(process))
    for key in keys:
        state = mix_slowly(state, key)
    return ((state >> 12) + 0.5) * 2.0**-52


@dataclass
class Level:
    """One option today: published hours and their spread, money in USD/t (inf: shut), risk beyond its mean. Before closures that
    are young: the hours to stand there, and the money with them (inf: shut for longer)."""

    hours: float
    money: float
    spread_h: float
    risk: float
    wait_h: float
    money_waiting: float


@dataclass
class PlainRoute:
    """One route that a shipper may choose."""

    column: int
    option: int
    nest: int
    key: int
    delta: float
    belief_h: float
    days_since_use: float
    cost: float = math.inf
    probability: float = 0.0


@dataclass
class PlainLot:
    """One lot that leaves: whose, its how-manieth, its key, its hour, the column of its route."""

    shipper: int
    number: int
    key: int
    time_h: float
    column: int


class PlainShipper(mesa.Agent):  # type: ignore[misc]
    """One firm's trade in one relation."""

    model: "PlainTrade"

    def __init__(self, model: "PlainTrade", state: WorldState, row: int) -> None:
        super().__init__(model)
        self.row = row
        table: Any = state.table
        self.quantity_t = self.price_mean = self.composite = self.days_blocked = self.stock_t = self.awaiting_t = 0.0
        self.was_broken = self.awaits = False
        for names, kind in ((_NUMBERS, float), (_WHOLE, int), (_FLAGS, bool)):
            for name in names:
                setattr(self, name, kind(getattr(table, name)[row]))
        self.routes = [
            PlainRoute(
                column, int(table.option[row, column]), int(table.nest[row, column]), int(table.route_key[row, column]),
                float(table.delta[row, column]), float(table.belief_h[row, column]), float(table.days_since_use[row, column]),
            )
            for column in range(table.option.shape[1])
            if table.option[row, column] >= 0
        ]  # fmt: skip
        self.price = self.target_t = 0.0

    # ---------------------------------------------------------------- beliefs and routes
    def trust_new(self, newly: set[int]) -> None:
        """Believe a new route at its announced time times 1 to ``optimism_high``."""
        for route in self.routes:
            if route.option in newly:
                u = uniform_at(self.model.seed_of_draws, Process.OPTIMISM, self.key, route.key)
                trust = 1.0 + u * (self.model.belief.optimism_high - 1.0)
                route.belief_h = self.model.levels[route.option].hours * trust

    def read_news(self) -> None:
        """Follow what is published: quickly for routes in use, slowly for others."""
        parameters = self.model.belief
        slow = 1.0 - 0.5 ** (1.0 / parameters.revert_half_life_days)
        for route in self.routes:
            level = self.model.levels[route.option]
            if math.isfinite(level.money):
                in_use = route.days_since_use <= parameters.revert_half_life_days
                rate = parameters.information_rate if in_use else slow
                route.belief_h += rate * (level.hours - route.belief_h)
                route.days_since_use += 1.0

    def choose(self) -> None:
        """Generalised cost, shares and composite cost of the routes."""
        for route in self.routes:
            level = self.model.levels[route.option]
            hours = route.belief_h + level.wait_h
            route.cost = level.money_waiting * (1.0 + self.duty) + self.vot * hours + self.vor * level.spread_h
            if level.risk != 0.0 and math.isfinite(route.cost):
                route.cost = max(route.cost + level.risk * self.fob_usd_t, 0.5 * route.cost)
        shares, self.composite = choose_nested_slowly(
            [route.cost for route in self.routes], [route.delta for route in self.routes],
            [route.nest for route in self.routes], self.kappa, self.lam,
        )  # fmt: skip
        has_way = any(math.isfinite(self.model.levels[route.option].money) for route in self.routes)
        self.awaits = math.isfinite(self.composite) and not has_way
        self.awaiting_t = 0.0 if has_way else self.awaiting_t
        self.mean_cost = 0.0
        for route, share in zip(self.routes, shares, strict=True):
            route.probability = share
            if share > 0.0:
                self.mean_cost += share * route.cost

    # ---------------------------------------------------------------- trade
    def pay(self) -> None:
        """Today's delivered price, and its long mean."""
        is_blocked = not math.isfinite(self.composite)
        self.days_blocked = self.days_blocked + 1.0 if is_blocked or self.awaits else 0.0
        if not is_blocked and not self.awaits:
            freight = self.mean_cost_0 * self.composite / self.composite_0
        else:
            freight = self.mean_cost_0 + self.vot * 24.0 * self.days_blocked
        b, phi = self.model.friction[self.row], self.model.lifted[self.pair]
        barrier = (1.0 + (1.0 - phi) * b) / (1.0 + b)
        self.price = (self.fob_usd_t * self.model.fob_ratio[self.supply] * (1.0 + self.duty) + freight) * barrier
        weight = 1.0 - math.exp(-2.0 / self.model.trade.price_memory_days)
        self.price_mean += weight * (self.price - self.price_mean)

    def respond(self) -> None:
        """Move a day towards the quantity that the price calls for."""
        trade = self.model.trade
        if self.is_exogenous:
            self.target_t = self.base_t * self.allowed
        else:
            size = self.potential_t * self.model.lifted[self.pair] if self.is_new else self.base_t
            self.target_t = (
                size * self.allowed * self.model.growth * (self.price_mean / self.price_0) ** -trade.sigma
                * self.model.index[self.market] ** (trade.sigma - trade.eta)
            )  # fmt: skip
        self.was_broken = self.was_broken or (
            not self.is_new and (self.days_blocked > BROKEN_DAYS or self.allowed < 1.0)
        )
        lifts = self.model.friction[self.row] > 0.0 and self.model.lifted[self.pair] > 0.0
        if self.was_broken:
            tau = trade.tau_reconnect_years
        else:
            tau = trade.tau_new_years if self.is_new or lifts else trade.tau_cost_years
        self.quantity_t += (self.target_t - self.quantity_t) * (1.0 - math.exp(-1.0 / (365.0 * tau)))
        is_back = abs(self.quantity_t - self.target_t) <= MENDED_SHARE * self.target_t
        if is_back and self.days_blocked == 0.0 and self.allowed == 1.0:
            self.was_broken = False

    # ---------------------------------------------------------------- dispatch and experience
    def dispatch(self) -> None:
        """Goods made today join the stock; full lots leave."""
        self.stock_t += self.quantity_t / 365.0
        if not math.isfinite(self.composite):
            limit = max(self.model.backlog_days * self.base_t / 365.0 - self.awaiting_t, self.lot_t)
            excess = max(self.stock_t - limit, 0.0)
            self.stock_t -= excess
            self.lost_sales_t += excess
            return
        n_lots = int(self.stock_t // self.lot_t) if self.allowed > 0.0 else 0
        self.stock_t -= n_lots * self.lot_t
        seed = self.model.seed_of_draws
        for _ in range(n_lots):
            number = self.dispatched
            hour = self.model.hour + 24.0 * uniform_at(seed, Process.HOUR, self.key, number)
            place = race_slowly(
                [route.probability for route in self.routes], seed, int(Process.ROUTE), self.key, number,
                [route.key for route in self.routes],
            )  # fmt: skip
            self.model.lots.append(
                PlainLot(self.row, number, mix_slowly(self.key, number), hour, self.routes[place].column)
            )
            self.dispatched += 1
            self.awaiting_t += self.lot_t if self.awaits else 0.0

    def learn(self, route_number: int, hours: float) -> None:
        """Learn from one delivery."""
        for route in self.routes:
            if self.model.route_of_option[route.option] == route_number:
                route.belief_h += self.model.belief.learning_rate * (hours - route.belief_h)
                route.days_since_use = 0.0
                return


class PlainTrade(mesa.Model):  # type: ignore[misc]
    """All shippers, and the markets where their prices meet."""

    def __init__(self, state: WorldState, belief: BeliefParameters, trade: TradeParameters) -> None:
        super().__init__(rng=state.movement.seed)
        self.seed_of_draws, self.belief, self.trade = state.movement.seed, belief, trade
        self.firms = [PlainShipper(self, state, row) for row in range(len(state.table))]
        markets = state.markets
        self.weight, self.friction = markets.weight.tolist(), markets.friction.tolist()
        self.covered_supply, self.sold_0 = markets.covered_supply.tolist(), markets.sold_0.tolist()
        self.lifted, self.fob_ratio = markets.lifted.tolist(), markets.fob_ratio.tolist()
        self.backlog_days = state.values["backlog_days"]
        self.paths = [state.movement.routes.path(int(route)) for route in state.options.route]
        self.route_of_option = state.options.route.tolist()
        self.class_of_option = state.options.cargo_class.tolist()
        arcs = state.network.arcs
        self.hour_usd_t = arcs.hour_usd_t.tolist()
        self.holding = {int(arcs.link[a]) for a in range(len(arcs)) if arcs.facility[a] >= 0 and arcs.link[a] >= 0}
        self.link_of_arc, self.is_line = arcs.link.tolist(), [kind == ArcKind.LINEHAUL for kind in arcs.kind.tolist()]
        self.was_open = set(state.option_was_open.nonzero()[0].tolist())
        self.levels: list[Level] = []
        self.lots: list[PlainLot] = []
        self.index: dict[int, float] = {}
        self.growth, self.hour = 1.0, 0.0

    def see_policies(self, state: WorldState) -> None:
        """Take over what policies say today: duties, bans (which cut trade at once), friction."""
        self.lifted = state.markets.lifted.tolist()
        duty, allowed = state.table.duty.tolist(), state.table.allowed.tolist()
        for firm in self.firms:
            firm.duty = duty[firm.row]
            if allowed[firm.row] < firm.allowed:
                firm.quantity_t *= allowed[firm.row] / firm.allowed
            firm.allowed = allowed[firm.row]

    def weigh_routes(self, state: WorldState) -> None:
        """Beliefs and choice, from what is published."""
        mean_h, variance_h2 = state.published.mean_h().tolist(), state.published.variance_h2().tolist()
        price, is_open = state.numbers.price_usd_t.tolist(), state.link_is_open.tolist()
        free_h = state.numbers.free_time_h.tolist()
        days_shut = state.days_shut.tolist()
        fear = (state.security.risk - state.security.risk_0).tolist()
        self.levels = []
        for option, path in enumerate(self.paths):
            column = self.class_of_option[option]
            money = hours = variance = wait = standing = 0.0
            shut = {self.link_of_arc[a] for a in path if self.link_of_arc[a] >= 0 and not is_open[self.link_of_arc[a]]}
            is_young = all(link in self.holding and 0.0 < days_shut[link] <= self.backlog_days for link in shut)
            for a in path:
                if self.link_of_arc[a] in shut and is_young:
                    stands = 24.0 * days_shut[self.link_of_arc[a]]
                    wait, standing = max(wait, stands), max(standing, stands * self.hour_usd_t[a][column])
                money += price[a][column] + self.hour_usd_t[a][column] * max(mean_h[a] - free_h[a], 0.0)
                hours += mean_h[a]
                variance += variance_h2[a]
            fears = (fear[self.link_of_arc[a]] for a in path if self.is_line[a])
            open_money, waiting_money = math.inf if shut else money, money + standing if is_young else math.inf
            self.levels.append(Level(hours, open_money, math.sqrt(variance), math.fsum(fears), wait, waiting_money))
        newly = {o for o, level in enumerate(self.levels) if math.isfinite(level.money)} - self.was_open
        self.was_open |= newly
        for firm in self.firms:
            firm.trust_new(newly)
            firm.read_news()
            firm.choose()

    def adjust_trade(self, day: int) -> None:
        """Prices, market indices, quantities, suppliers' prices."""
        sigma = self.trade.sigma
        base: dict[int, float] = defaultdict(float)
        moved: dict[int, float] = defaultdict(float)
        for firm in self.firms:
            firm.pay()
            weight = self.weight[firm.row]
            presence = (self.lifted[firm.pair] if firm.is_new else 1.0) * firm.allowed
            base[firm.market] += 0.0 if firm.is_new else weight
            moved[firm.market] += presence * weight * (firm.price_mean / firm.price_0) ** (1.0 - sigma)
        self.index = {market: (1.0 - base[market] + moved[market]) ** (1.0 / (1.0 - sigma)) for market in base}
        self.growth = (1.0 + self.trade.trend_growth_per_year) ** (day / 365.0)
        sold = [0.0] * len(self.sold_0)
        for firm in self.firms:
            firm.respond()
            sold[firm.supply] += 0.0 if firm.is_exogenous else firm.quantity_t
        for supply, sold_0 in enumerate(self.sold_0):
            ratio = sold[supply] / (sold_0 * self.growth) if sold_0 > 0.0 else 1.0
            self.fob_ratio[supply] = (1.0 + self.covered_supply[supply] * (ratio - 1.0)) ** (1.0 / self.trade.eps)

    def dispatch(self, hour: float) -> list[PlainLot]:
        """The lots that leave today."""
        self.hour, self.lots = hour, []
        for firm in self.firms:
            firm.dispatch()
        return self.lots

    def learn(self, deliveries: Deliveries) -> None:
        """Deliveries change beliefs."""
        hours = deliveries.delivered_h - deliveries.dispatched_h
        for shipper, route, taken in zip(
            deliveries.shipper.tolist(), deliveries.route.tolist(), hours.tolist(), strict=True
        ):
            self.firms[shipper].learn(route, taken)
