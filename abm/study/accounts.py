"""Who gains and who pays: the difference of two worlds, year by year, in accounts that add up.

| account | what is in it |
|---|---|
| users | importers' surplus, the integral under their demand; by the country where the goods arrive |
| transit | what flows save that re-route but do not grow (exogenous ones); by the country where they arrive |
| exporters | surplus over their supply; by country of origin |
| operators | profit of carriers; by their country |
| duty, charges | customs duty; tolls and border fees, diverted ones too; by the country that takes them |
| rest of the world | what buyers outside the case pay more when an exporter's price rises |
| climate | CO2e at its price |

Every account is a level of one world (:mod:`abm.accounting`), so gains are differences and the world is the sum of its countries,
of the rest of the world and of the climate. A transfer stands twice, with both signs, and vanishes in the sum.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from abm.corridor.scenario import Scenario, assumption_values
from abm.corridor.tables import Case
from abm.network.arcs import Floats
from abm.observers import account_countries
from abm.study.emissions import co2e_t
from abm.worlds import WorldRun

#: Accounts of countries, in the order of tables; those of works are an appraisal's own.
USERS, TRANSIT, EXPORTERS, OPERATORS = "users", "transit", "exporters", "operators"
DUTY, CHARGES, WORKS = "duty", "charges", "works"
COUNTRY_ACCOUNTS = (USERS, TRANSIT, EXPORTERS, OPERATORS, DUTY, CHARGES, WORKS)
#: Holders of accounts that are no country of the case.
REST, CLIMATE = "rest of the world", "climate"
#: What stands for holders whose accounts are small, and how small: this share of the largest account.
OTHERS = "other countries"
_SMALL_SHARE = 0.05
#: Accounts with running sums of their own, ``account_<name>`` by country.
_SUMS = (USERS, TRANSIT, EXPORTERS, DUTY, CHARGES)
_SERVICES = ("service_revenue_usd", "service_cost_usd")

#: (holder, account) -> USD by year.
type Accounts = dict[tuple[str, str], Floats]


def gains(scenario: Scenario, base: WorldRun, run: WorldRun) -> Accounts:
    """What ``run`` gives over ``base`` to each holder and account, USD in each year; of the world that ``scenario`` drew."""
    found = _holders_gains(scenario.case, base, run)
    emitted = (co2e_t(scenario, run) - co2e_t(scenario, base)).sum(axis=1)
    found[CLIMATE, CLIMATE] = -emitted * assumption_values(scenario)["carbon_price_usd_t"]
    return found


def _holders_gains(case: Case, base: WorldRun, run: WorldRun) -> Accounts:
    found: Accounts = {}

    def add(holder: str, account: str, usd: Floats) -> None:
        found[holder, account] = found.get((holder, account), 0.0) + usd

    for number, country in enumerate(account_countries(case)):
        for account in _SUMS:
            key = f"account_{account}"
            add(country, account, run.sums[key][:, number] - base.sums[key][:, number])
    for country, profit in _profits(case, base, run).items():
        add(country, OPERATORS, profit)
    key = "account_other_buyers"
    add(REST, USERS, (run.sums[key] - base.sums[key]).sum(axis=1))
    return found


def _profits(case: Case, base: WorldRun, run: WorldRun) -> dict[str, Floats]:
    """Change of carriers' profit by their country, USD a year; nothing where no carrier keeps accounts."""
    change = service_profits(base, run)
    if change is None:
        return {}
    home = {carrier.carrier_id: carrier.country for carrier in case.carriers}
    by_country: dict[str, Floats] = {}
    for number, service in enumerate(case.services):
        country = home[service.carrier_id]
        by_country[country] = by_country.get(country, np.zeros(len(change))) + change[:, number]
    return by_country


def service_profits(base: WorldRun, run: WorldRun) -> Floats | None:
    """Change of each service's profit, USD, (years, n_services); None where services keep no accounts."""
    revenue, cost = _SERVICES
    if not all(name in world.sums for name in _SERVICES for world in (base, run)):
        return None
    change = (run.sums[revenue] - run.sums[cost]) - (base.sums[revenue] - base.sums[cost])
    return np.asarray(change.reshape(*change.shape[:2], -1).sum(axis=2))  # a service may keep them by direction


def world_total(found: Accounts) -> Floats:
    """The sum of all accounts, USD in each year."""
    return np.asarray(sum(found.values()))


def account_order(holders: Iterable[str]) -> list[str]:
    """Countries in alphabetical order, then the rest of the world and the climate."""
    last = {REST: 1, CLIMATE: 2}
    return sorted(dict.fromkeys(holders), key=lambda holder: (last.get(holder, 0), holder))


def main_holders(table: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Holders to tell one by one, and those whose every account is small beside the largest (``holder``, ``pv_mean``)."""
    size = table["pv_mean"].abs().groupby(table["holder"]).max()
    ordered = account_order(table["holder"])
    small = [name for name in ordered if size[name] < _SMALL_SHARE * size.max() and name not in (REST, CLIMATE)]
    return [name for name in ordered if name not in small], small
