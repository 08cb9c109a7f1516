"""Plans for tests: the text of one on the toy case, and small ones read from it."""

from pathlib import Path

from abm.corridor.tables import Case
from abm.study.plan import Plan
from abm.study.plan_file import parse_plan
from tests.small_worlds import toy_with_cast

TEXT = """\
title = "A made plan"
question = "How much does trade grow?"
case = "toy"
years = 1
rest = "central"
first_seed = 5
outcomes = ["trade_usd:XA:1"]

[design]
kind = "lhs"
points = 4
seed = 3

[arms.open]
title = "The border reopens"
policies = ["reopen"]

[arms.transport]
title = "The border reopens, friction stays"
policies = ["reopen"]
friction = "none"
points = 2

[[factors]]
name = "sigma"

[[factors]]
name = "kappa"

[[claims]]
id = "growth"
title = "Trade grows by two to four per cent a year"
source = "invented"
outcome = "trade_usd"
metric = "growth_per_year"
of = ["XA", "XA-XB"]
window_years = [1]
low = 0.02
high = 0.04
"""
DESIGN = 'kind = "lhs"\npoints = 4\nseed = 3\n'


def plan_of(*edits: tuple[str, str], case: Case | None = None) -> Plan:
    """The made plan with parts of its text replaced; each part must be there."""
    text = TEXT
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new)
    return parse_plan(text, Path("made"), case if case is not None else toy_with_cast())
