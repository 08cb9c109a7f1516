"""Rules for targets.csv: what is measured, where, of which goods, in which months, and how sure the figure is."""

from collections.abc import Iterator

from abm.corridor.actor_rows import listed
from abm.corridor.folder import Reading
from abm.corridor.policy_rules import triple_problems
from abm.corridor.references import unknown
from abm.corridor.tables import Link, PolicyStep, Post, Target, TargetMetric
from abm.corridor.wording import as_written
from abm.errors import Problem, nearest

#: Unit of each metric.
_UNITS: dict[TargetMetric, str] = {
    TargetMetric.TONNES: "t/year",
    TargetMetric.SHARE: "share",
    TargetMetric.RATIO: "1",
    TargetMetric.WAIT_H: "h",
    TargetMetric.HOURS: "h",
}
#: First days of the months of a year of 365 days, and days of that year.
_FIRST_DAYS = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)
_YEAR_DAYS = 365
#: Traffic beyond these is a slip of the keyboard.
_LEAST_TRAFFIC, _MOST_TRAFFIC = 0.1, 10.0


def target_problems(reading: Reading) -> Iterator[Problem]:
    """Every target can be measured in a world of its case."""
    known = frozenset(step.policy_id for _, step in reading.located(PolicyStep))
    for place, target in reading.located(Target):
        yield from _figure(place, target)
        yield from _where(place, target, reading)
        yield from _window(place, target, reading)
        for name in listed(target.policies):
            yield from unknown(place, "policies", name, "a policy", known)
            if not known:
                yield Problem(place, "is not a policy: the case has none", "policies", as_written(name))
        if target.goods:
            yield from triple_problems(place, "goods", target.goods, reading, any_destination=True)


def _figure(place: str, target: Target) -> Iterator[Problem]:
    unit = _UNITS[target.metric]
    if target.unit != unit:
        rule = f"must be {unit} for {target.metric.value}"
        yield Problem(place, rule, "unit", as_written(target.unit), nearest(target.unit, [unit]))
    if not target.low < target.value < target.high:
        rule = "must lie below value, and high above it: a calibration weighs a target by them"
        yield Problem(place, rule, "low", f"{target.low:g}")
    if target.metric is TargetMetric.SHARE and target.high > 1.0:
        yield Problem(place, "must be <= 1 for a share", "high", f"{target.high:g}")
    if not _LEAST_TRAFFIC <= target.traffic <= _MOST_TRAFFIC:
        yield Problem(place, f"must be from {_LEAST_TRAFFIC:g} to {_MOST_TRAFFIC:g}", "traffic", f"{target.traffic:g}")


def _where(place: str, target: Target, reading: Reading) -> Iterator[Problem]:
    """Links for goods, posts for hours, and nothing that the metric does not read."""
    of_posts = target.metric.is_of_posts
    what, known = ("a border post", reading.keys(Post)) if of_posts else ("a link", reading.keys(Link))
    for name in listed(target.of):
        if name not in known:
            yield Problem(place, f"is not {what}", "of", as_written(name), nearest(name, known))
    if of_posts and not listed(target.of):
        yield Problem(place, f"must name border posts for {target.metric.value}", "of")
    for name in listed(target.among):
        yield from unknown(place, "among", name, "a link", reading.keys(Link))
    if target.among and target.metric is not TargetMetric.SHARE:
        yield Problem(place, f"must be empty for {target.metric.value}", "among", as_written(target.among))
    unread = [column for column in ("goods", "mode") if of_posts and getattr(target, column)]
    for column in unread:
        yield Problem(place, f"must be empty for {target.metric.value}", column, as_written(getattr(target, column)))
    if target.metric is TargetMetric.SHARE and not (target.of or target.mode):
        yield Problem(place, "must name links, or a mode: a share of all is 1", "of")


def _window(place: str, target: Target, reading: Reading) -> Iterator[Problem]:
    if target.to_month <= target.from_month:
        yield Problem(place, "must be after from_month", "to_month", str(target.to_month))
    if target.policies and target.to_month <= 0:
        rule = "must be above 0: policies begin on the opening day"
        yield Problem(place, rule, "to_month", str(target.to_month))
    if reading.info is None or target.from_month >= 0:
        return
    years, months = divmod(target.from_month, 12)
    first = _YEAR_DAYS * years + _FIRST_DAYS[months]
    if first < -reading.info.warmup_days:
        rule = f"must lie within the {reading.info.warmup_days} days of warm-up: it begins {-first} days before the opening day"
        yield Problem(place, rule, "from_month", str(target.from_month))
