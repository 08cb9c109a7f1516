"""Names that assumptions may have, and the values that make sense for them whatever their range says.

A misspelt name would be a number that nobody reads. So a name is one of the shared ones, a friction share ``phi_<a>_<b>`` of a
pair of countries, a mode penalty ``delta_<mode>_<class>``, or it is named in the value column of a policy.
"""

import math
import re
from dataclasses import dataclass

from abm.corridor.tables import CargoClass, Mode
from abm.errors import nearest

_FRICTION = re.compile(r"phi_([a-z]{2})_([a-z]{2})")
_PENALTY = re.compile(r"delta_([a-z]+)_([a-z]+)")


@dataclass(frozen=True, slots=True)
class Domain:
    """Values that have a meaning: from ``minimum`` to ``maximum``; ``is_open`` leaves the minimum itself out."""

    minimum: float = -math.inf
    maximum: float = math.inf
    is_open: bool = False

    def rule(self, value: float) -> str:
        """What must hold and does not, or an empty string. NaN and infinities never hold."""
        if not math.isfinite(value):
            return "must be a finite number"
        if value < self.minimum or (self.is_open and value == self.minimum):
            return f"must be {'>' if self.is_open else '>='} {self.minimum:g}"
        if value > self.maximum:
            return f"must be <= {self.maximum:g}"
        return ""


_POSITIVE = Domain(0.0, 1e6, is_open=True)
_NON_NEGATIVE = Domain(0.0, 1e6)
_WEIGHT = Domain(0.0, 1.0)
_GROWTH = Domain(-0.5, 0.5)

#: Shared name -> (unit it must have, values that make sense).
SHARED_NAMES: dict[str, tuple[str, Domain]] = {
    "time_cost_bulk": ("1/day", _WEIGHT),
    "time_cost_general": ("1/day", _WEIGHT),
    "time_cost_manufactures": ("1/day", _WEIGHT),
    "time_cost_perishable": ("1/day", _WEIGHT),
    "reliability_ratio": ("1", _NON_NEGATIVE),
    "sigma": ("1", Domain(1.0, 50.0, is_open=True)),
    "eta": ("1", Domain(0.0, 50.0, is_open=True)),
    "eps": ("1", _POSITIVE),
    "tau_cost_years": ("years", _POSITIVE),
    "tau_reconnect_years": ("years", _POSITIVE),
    "tau_new_years": ("years", _POSITIVE),
    "kappa": ("1", Domain(0.0, 100.0, is_open=True)),
    "lam": ("1", Domain(0.0, 1.0, is_open=True)),
    "learning_rate": ("1", _WEIGHT),
    "information_rate": ("1", _WEIGHT),
    "revert_half_life_days": ("days", _POSITIVE),
    "optimism_high": ("1", Domain(1.0, 10.0)),
    "price_memory_days": ("days", Domain(1.0, 3650.0)),
    "backlog_days": ("days", Domain(0.0, 3650.0)),
    "backlog_perishable_days": ("days", Domain(0.0, 3650.0)),
    "oversight_effect": ("share", Domain(-1.0, 1.0)),
    "risk_jump": ("1", _NON_NEGATIVE),
    "risk_half_life_days": ("days", _POSITIVE),
    "overtime_end_share": ("share", _WEIGHT),
    "trend_growth": ("1/year", _GROWTH),
    "carrier_choice": ("1", _NON_NEGATIVE),
    "price_response": ("1/year", _NON_NEGATIVE),
    "price_decay": ("1/year", _POSITIVE),
    "price_floor_share": ("share", Domain(0.0, 1.0, is_open=True)),
    "carrier_margin": ("share", Domain(0.0, 0.9)),
    "redeploy_share": ("share", _WEIGHT),
    "deploy_response": ("1", Domain(0.0, 100.0)),
    "spare_fleet_share": ("share", _WEIGHT),
    "fleet_growth": ("1/year", Domain(0.0, 10.0)),
    "elastic_share": ("1", _WEIGHT),
    "fleet_migration": ("1", _WEIGHT),
    "rate_scale_road": ("1", _POSITIVE),
    "rate_scale_rail": ("1", _POSITIVE),
    "rate_scale_sea": ("1", _POSITIVE),
    "discount_rate": ("1/year", Domain(0.0, 1.0)),
    "appraisal_years": ("years", Domain(1.0, 100.0)),
    "carbon_price_usd_t": ("usd/t", Domain(0.0, 10_000.0)),
    "will_memory_years": ("years", Domain(0.0, 100.0, is_open=True)),
    "will_gap": ("1", Domain(0.0, 10.0)),
    "will_dwell_days": ("days", Domain(0.0, 3650.0)),
    "will_gain_weight": ("1", Domain(0.0, 1000.0)),
    "will_incident_weight": ("1", Domain(0.0, 100.0)),
}

#: ``time_class`` of a commodity -> the assumption that says what a day of delay costs.
TIME_CLASSES = tuple(name.removeprefix("time_cost_") for name in SHARED_NAMES if name.startswith("time_cost_"))


def friction_name(first: str, second: str) -> str:
    """Name of the friction share of a pair of countries, in alphabetical order: ``phi_xa_xb``."""
    low, high = sorted((first.lower(), second.lower()))
    return f"phi_{low}_{high}"


def domain(name: str) -> Domain:
    """Values that make sense for an assumption; anything finite when its name is a case's own."""
    if name in SHARED_NAMES:
        return SHARED_NAMES[name][1]
    if _FRICTION.fullmatch(name):
        return _WEIGHT
    if _PENALTY.fullmatch(name):
        return Domain(-10.0, 10.0)
    return Domain()


def expected_unit(name: str) -> str:
    """Unit that an assumption of this name must have, or an empty string for a case's own."""
    if name in SHARED_NAMES:
        return SHARED_NAMES[name][0]
    if _FRICTION.fullmatch(name):
        return "share"
    return "1" if _PENALTY.fullmatch(name) else ""


def name_rule(name: str, countries: frozenset[str], named_by_policies: frozenset[str]) -> tuple[str, str]:
    """(why nothing reads an assumption of this name, nearest name that is read); empty when it is read."""
    if name in SHARED_NAMES or name in named_by_policies:
        return "", ""
    friction, penalty = _FRICTION.fullmatch(name), _PENALTY.fullmatch(name)
    if friction:
        pair = [code.upper() for code in friction.groups()]
        unknown = [code for code in pair if code not in countries]
        if unknown:
            return f"names a country without a node: {', '.join(unknown)}", ""
        right = friction_name(*pair)
        return ("", "") if name == right else ("must name its countries in alphabetical order", right)
    if penalty:
        mode, cargo = penalty.groups()
        if mode in {m.value for m in Mode} and cargo in {c.value for c in CargoClass}:
            return "", ""
        choices = [f"delta_{m.value}_{c.value}" for m in Mode for c in CargoClass]
        return "must be delta_<mode>_<cargo class>", nearest(name, choices)
    return "is not an assumption that anything reads", nearest(name, [*SHARED_NAMES, *named_by_policies])
