"""Rules for targets.csv: what is measured, where, of which goods, in which days, and how sure the figure is."""

from collections.abc import Iterator

from abm.corridor.actor_rows import listed
from abm.corridor.folder import Reading
from abm.corridor.policy_rules import triple_problems
from abm.corridor.references import unknown
from abm.corridor.tables import Link, PolicyStep, Post, Target, TargetMetric
from abm.corridor.wording import as_written
from abm.errors import Problem, nearest
from abm.units import YEAR_DAYS

#: Unit of each metric.
_UNITS: dict[TargetMetric, str] = {
    TargetMetric.TONNES: "t/year",
    TargetMetric.SHARE: "share",
    TargetMetric.RATIO: "1",
    TargetMetric.ARRIVED: "1",
    TargetMetric.GROWTH: "1",
    TargetMetric.PASSED: "1",
    TargetMetric.PASSED_SHARE: "share",
    TargetMetric.QUEUE: "vehicles",
    TargetMetric.CLEAR_DAYS: "days",
    TargetMetric.HALF_DAYS: "days",
    TargetMetric.WAIT_H: "h",
    TargetMetric.HOURS: "h",
    TargetMetric.HOURS_CHANGE: "1",
}
#: A half-life is of the change from the mean of so many days before its window to that of the last so many in it; a week more
#: and there is something between the two.
HALF_LIFE_MEAN_DAYS = 28
_LEAST_HALF_LIFE_DAYS = HALF_LIFE_MEAN_DAYS + 7
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
    unit, metric = _UNITS[target.metric], target.metric.value
    if target.unit != unit:
        yield Problem(
            place, f"must be {unit} for {metric}", "unit", as_written(target.unit), nearest(target.unit, [unit])
        )
    if not target.low < target.value < target.high:
        rule = "must lie below value, and high above it: a calibration weighs a target by them"
        yield Problem(place, rule, "low", f"{target.low:g}")
    least = -1.0 if target.metric.is_change else 0.0
    for column in ("value", "low", "high"):
        if getattr(target, column) < least:
            yield Problem(place, f"must be >= {least:g} for {metric}", column, f"{getattr(target, column):g}")
    if unit == "share" and target.high > 1.0:
        yield Problem(place, "must be <= 1 for a share", "high", f"{target.high:g}")
    if not _LEAST_TRAFFIC <= target.traffic <= _MOST_TRAFFIC:
        yield Problem(place, f"must be from {_LEAST_TRAFFIC:g} to {_MOST_TRAFFIC:g}", "traffic", f"{target.traffic:g}")


# ---------------------------------------------------------------------------------------------------------------- where
def _where(place: str, target: Target, reading: Reading) -> Iterator[Problem]:
    """Links for goods, posts for hours, either for vehicles, and nothing that the metric does not read."""
    metric = target.metric
    if metric.is_of_posts:
        what, known = "a border post", reading.keys(Post)
    elif metric.is_of_vehicles and metric is not TargetMetric.PASSED_SHARE:
        what, known = "a link or border post", reading.keys(Link) | reading.keys(Post)
    else:
        what, known = "a link", reading.keys(Link)
    for name in listed(target.of):
        if name not in known:
            yield Problem(place, f"is not {what}", "of", as_written(name), nearest(name, known))
    if metric.is_of_vehicles and not listed(target.of):
        several = what.removeprefix("a ").replace(" or ", "s or ")
        yield Problem(place, f"must name {several}s for {metric.value}", "of")
    for name in listed(target.among):
        yield from unknown(place, "among", name, "a link", reading.keys(Link))
    for column in _unread(metric):
        if written := getattr(target, column):
            yield Problem(place, f"must be empty for {metric.value}", column, as_written(written))
    if metric.is_of_share and not (target.of or target.mode):
        yield Problem(place, "must name links, or a mode: a share of all is 1", "of")
    if metric is TargetMetric.PASSED_SHARE:
        yield from _share_of_vehicles(place, target)
    if metric in (TargetMetric.QUEUE, TargetMetric.CLEAR_DAYS):
        yield from _lines(place, target, reading)


def _unread(metric: TargetMetric) -> Iterator[str]:
    """Columns that say nothing of a metric."""
    if metric.is_of_vehicles or metric is TargetMetric.ARRIVED:
        yield "mode"
    if metric.is_of_vehicles:
        yield "goods"
    if metric is TargetMetric.ARRIVED:
        yield "of"
    if not metric.is_of_share and metric is not TargetMetric.PASSED_SHARE:
        yield "among"


def _share_of_vehicles(place: str, target: Target) -> Iterator[Problem]:
    among = listed(target.among)
    if not among:
        yield Problem(place, "must name the links that the share is of", "among")
    elif left_out := [name for name in listed(target.of) if name not in among]:
        yield Problem(place, f"must hold {', '.join(left_out)}, which of names, too", "among", as_written(target.among))
    elif set(among) == set(listed(target.of)):
        yield Problem(place, "must hold more than of: a share of all is 1", "among", as_written(target.among))


def _lines(place: str, target: Target, reading: Reading) -> Iterator[Problem]:
    """A link has a line only if it can be full, or shut without posts that hold its traffic back."""
    with_posts = {post.link_id for _, post in reading.located(Post)}
    shut = {step.target for _, step in reading.located(PolicyStep)} - with_posts
    queues = {
        link.link_id
        for _, link in reading.located(Link)
        if link.capacity_t_per_day is not None or link.headway_h is not None or link.places_t is not None
    }
    for name in listed(target.of):
        if name in reading.keys(Link) and name not in queues | shut:
            rule = "has no line of its own: name its posts, or give it capacity_t_per_day or headway_h"
            yield Problem(place, rule, "of", as_written(name))


# ---------------------------------------------------------------------------------------------------------------- when
def _window(place: str, target: Target, reading: Reading) -> Iterator[Problem]:
    months, days = (target.from_month, target.to_month), (target.from_day, target.to_day)
    in_days = any(day is not None for day in days)
    if in_days and any(month is not None for month in months):
        column = "from_day" if target.from_day is not None else "to_day"
        rule = "must be empty beside months: a window is in days or in months"
        yield Problem(place, rule, column, str(getattr(target, column)))
        return
    names = ("from_day", "to_day") if in_days else ("from_month", "to_month")
    first, last = days if in_days else months
    if first is None or last is None:
        missing = names[0] if first is None else names[1]
        rule = "must have a value: a window is from_month to to_month, or from_day to to_day"
        yield Problem(place, rule, missing)
        return
    if last <= first:
        yield Problem(place, f"must be after {names[0]}", names[1], str(last))
        return
    if target.policies and last <= 0:
        yield Problem(place, "must be above 0: policies begin on the opening day", names[1], str(last))
    yield from _reach_back(place, target, names, reading)


def _reach_back(place: str, target: Target, names: tuple[str, str], reading: Reading) -> Iterator[Problem]:
    """What is asked of the warm-up must lie within it."""
    first, end = target.window
    metric, column = target.metric, names[0]
    written = str(getattr(target, column))
    if metric is TargetMetric.HALF_DAYS and end - first < _LEAST_HALF_LIFE_DAYS:
        rule = f"must be at least {_LEAST_HALF_LIFE_DAYS} days after {column} for {metric.value}"
        yield Problem(place, rule, names[1], str(getattr(target, names[1])))
    if reading.info is None:
        return
    warm_up = reading.info.warmup_days
    if metric.is_against_warm_up and warm_up == 0:
        yield Problem(
            place, f"needs a warm-up to compare with: {metric.value} is relative to it", "metric", metric.value
        )
    before = {TargetMetric.GROWTH: YEAR_DAYS, TargetMetric.HALF_DAYS: HALF_LIFE_MEAN_DAYS}.get(metric, 0)
    if first - before >= -warm_up:
        return
    rule = f"must lie within the {warm_up} days of warm-up: it begins {before - first} days before the opening day"
    if before:
        rule = f"must be at least {before} days after the warm-up of {warm_up} days begins: {metric.value} looks back so far"
    yield Problem(place, rule, column, written)
