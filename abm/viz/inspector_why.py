"""Why a shipper's likeliest route is the likeliest, in a sentence or two an economist would use."""

from collections.abc import Sequence

from abm.corridor.prose import listed
from abm.viz.inspector_routes import RouteWeight
from abm.viz.words import number, percent

#: A difference below this part of the cheaper route's cost is not worth a word.
_LEAST_SHARE = 0.005
#: A difference in hours below this is none.
_LEAST_HOURS = 0.05


def why_first(routes: Sequence[RouteWeight], vot_usd_th: float) -> str:
    """How the first of the routes (ordered by probability) compares with the next; empty without any route."""
    if not routes:
        return ""
    first = routes[0]
    if len(routes) == 1:
        return f"{first.title} takes everything: no other route is open."
    second = routes[1]
    least = _LEAST_SHARE * min(first.weighed, second.weighed)
    gains = {name: value for name, value in _gains(first, second).items() if abs(value) > least}
    better, worse = (
        _told(first, second, gains, vot_usd_th, is_gain=True),
        _told(first, second, gains, vot_usd_th, is_gain=False),
    )
    lead = (
        f"{first.title} comes first with {percent(first.probability)} of the goods, "
        f"{second.title} second with {percent(second.probability)}"
    )
    gap = second.weighed - first.weighed
    if abs(gap) <= least:
        because = (
            f"{lead}: they cost nearly the same, {number(first.weighed)} and {number(second.weighed)} USD/t all told."
        )
        return f"{because} {_shares(first, second)}".strip()
    if gap < 0.0:
        return f"{lead}, although it would cost {number(-gap)} USD/t less all told. {_shares(first, second)}".strip()
    against = f" Against it: it is {listed(worse)}." if worse else ""
    return f"{lead}. It is {listed(better)}.{against} All told it costs {number(gap)} USD/t less."


def _gains(first: RouteWeight, second: RouteWeight) -> dict[str, float]:
    """What the first route saves against the second, USD/t, part by part; together the difference of what they are weighed by."""
    a, b = first.parts, second.parts
    return {
        "money": b.money + b.duty - a.money - a.duty, "time": b.time - a.time, "spread": b.spread - a.spread,
        "fear": b.fear - a.fear, "mode": second.disliked - first.disliked,
    }  # fmt: skip


def _told(
    first: RouteWeight, second: RouteWeight, gains: dict[str, float], vot_usd_th: float, *, is_gain: bool
) -> list[str]:
    """The advantages (or drawbacks) of the first route, the heaviest first."""
    hours = abs(second.hours - first.hours)
    words = {
        "money": ("cheaper", "dearer"), "time": ("quicker", "slower"), "spread": ("more regular", "less regular"),
        "fear": ("safer", "less safe"), "mode": ("by modes it prefers", "by modes it likes less"),
    }  # fmt: skip
    found = []
    for name, value in sorted(gains.items(), key=lambda item: -abs(item[1])):
        if (value > 0.0) != is_gain:
            continue
        word, worth = words[name][not is_gain], f"{number(abs(value))} USD/t"
        if name == "money":
            found.append(f"{worth} {word} in money")
        elif name == "time" and hours >= _LEAST_HOURS:
            found.append(f"{number(hours)} h {word} (worth {worth} at {number(vot_usd_th)} USD a tonne and hour)")
        else:
            found.append(f"{word} ({worth})")
    return found


def _shares(first: RouteWeight, second: RouteWeight) -> str:
    """Why a route that costs as much or less need not be the likeliest."""
    if first.nest == second.nest:
        return "Both pass the same posts and ports, so that goods change between them easily."
    return (
        "Routes over the same posts and ports share the goods that go there, so that a route of its own may get more."
    )
