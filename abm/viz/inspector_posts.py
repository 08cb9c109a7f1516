"""The card of a border post: one side of a crossing in one direction."""

from abm.corridor.policies import opening_day
from abm.corridor.tables import Case, Post
from abm.network.arcs import Ints
from abm.observers import day_of_year
from abm.phases import month_of
from abm.state import WorldState
from abm.study.names import crossing_name
from abm.units import HOURS_PER_DAY
from abm.viz.inspector_flows import arcs_of_post, recent, users
from abm.viz.inspector_names import Names, source_words
from abm.viz.inspector_parts import (
    Card,
    Cell,
    Fact,
    Table,
    both,
    case_of,
    chart,
    common,
    mean_note,
    plain,
    since_words,
    states_of,
)
from abm.viz.twin import TwinModel
from abm.viz.words import NOTHING, number, percent, whole

_YES, _NO = "yes", "no"


def post_card(twin: TwinModel, names: Names, name: str) -> Card:
    """What a post can do, who stands in line, how it is manned, what it publishes, and whose goods pass it."""
    case, row = case_of(twin), names.rows["post"][name]
    post, states = case.posts[row], states_of(twin)
    arcs = arcs_of_post(states[0], row)
    words = () if arcs.size else ("Its link is one-way and does not pass this post.",)
    if arcs.size and not any(state.movement.passed_vehicles[arcs].any() for state in states):
        words = ("Nothing has passed here yet.",)
    return Card(
        kind="post", id=name, title=names.title("post", name), subtitle=f"Border post of {post.country} ({name})",
        words=words, facts=(*_standing(post), *_today(case, states, row, post), *_traffic(states, arcs)),
        charts=(
            chart(twin, "post", row, "queue", "In line", "vehicles"),
            chart(twin, "post", row, "wait_h", "Wait of those who passed", "h"),
        ),
        tables=(
            users(names, states, arcs, "Whose goods pass it", "Nobody's goods pass it today."),
            _background(case, states[0], post), _crossing(names, case, states, post),
        ),
        notes=(mean_note(recent(states[0]).days), source_words(case, post.source, post.grade, post.note),),
    )  # fmt: skip


def _standing(post: Post) -> list[Fact]:
    """What the case says of it."""
    facts = [
        common("Capacity, the most ever seen", whole(post.capacity_vehicles_per_day), "vehicles a day"),
        common("Papers and inspection without a line", number(post.dwell_h), "h"),
        common("Fee", number(post.fee_usd_per_vehicle), "USD a vehicle"),
    ]
    if post.opens_h > 0.0 or post.closes_h < HOURS_PER_DAY:
        facts.append(common("Open", f"{number(post.opens_h, 0)}:00 to {number(post.closes_h, 0)}:00"))
    if post.queue_max is not None:
        facts.append(common("Places in line", whole(post.queue_max), "consignments"))
    if post.overtime_share > 0.0:
        facts.append(
            common(
                f"Overtime mans {percent(post.overtime_share)} of the capacity", f"from {number(post.overtime_line_h)}",
                "h in line",
            )
        )  # fmt: skip
    if not post.publishes:
        facts.append(common("Publishes its times", _NO))
    return facts


def _today(case: Case, states: tuple[WorldState, WorldState], row: int, post: Post) -> list[Fact]:
    if row not in states[0].posts.traits.built:
        return []
    facility = states[0].posts.traits.facility[row]
    posts = [state.posts for state in states]
    rates = [_per_day(state, row) for state in states]
    facts = [
        both("Works at", [whole(rate) for rate in rates], "vehicles a day"),
        both("In line", [whole(state.movement.queue_vehicles[facility]) for state in states], "vehicles"),
        both("The line takes", [number(float(one.line_h[row])) for one in posts], "h"),
        both("Published time", [number(float(_published(state, row))) for state in states], "h"),
    ]
    if post.overtime_share > 0.0:
        days = [float(one.overtime_days[row]) for one in posts]
        facts.append(both("Overtime today", [_YES if one.is_on_overtime[row] else _NO for one in posts]))
        facts.append(both(f"Overtime {since_words(case)}", [whole(worked) for worked in days], "days"))
    arc = states[0].posts.traits.arc[row]
    dwell = [float(state.numbers.dwell_h[arc]) for state in states]
    facts.append(both("Papers and inspection today", [number(hours) for hours in dwell], "h"))
    if post.alert_dwell_share > 0.0:
        facts.append(both("Inspects more, on alert", [_YES if one.is_on_alert[row] else _NO for one in posts]))
    return facts


def _per_day(state: WorldState, row: int) -> float:
    """Vehicles a day that the post can serve as it is manned today; inf where service takes no time."""
    traits = state.posts.traits
    service_h = float(state.numbers.service_h[traits.facility[row]])
    return float(traits.servers[row] * traits.open_h[row]) / service_h if service_h > 0.0 else float("inf")


def _published(state: WorldState, row: int) -> float:
    """Hours that shippers read this morning; before the first morning, what they will read."""
    arc = state.posts.traits.arc[row]
    return float(state.posts.published_h[row] or state.published.mean_h()[arc])


def _traffic(states: tuple[WorldState, WorldState], arcs: Ints) -> list[Fact]:
    """What passed lately. Vehicles: all, in loaded ones that take as long; goods: those of the case's shippers."""
    if not arcs.size:
        return []
    lately, arc = [recent(state) for state in states], int(arcs[0])
    passed = [float(of_world.per_day("passed_vehicles")[arc]) for of_world in lately]
    goods = [float(of_world.per_day("entered_t")[arc]) for of_world in lately]
    waits = [float(of_world.hours("wait_vehicle_h")[arc]) for of_world in lately]
    return [
        both("Lorries and wagons through", [number(vehicles) for vehicles in passed], "a day"),
        both("Goods of shippers through", [whole(tonnes) for tonnes in goods], "t a day"),
        both("Wait in line", [number(hours) for hours in waits], "h"),
    ]


def _background(case: Case, state: WorldState, post: Post) -> Table:
    """Vehicles that no flow explains, this month."""
    month = month_of(day_of_year(opening_day(case)) + state.day) + 1
    rows = [row for row in case.background if row.post_id == post.post_id]
    own = {row.lane_factor: row for row in rows if row.month == 0} | {
        row.lane_factor: row for row in rows if row.month == month
    }
    return Table(
        "Other traffic this month",
        ("What", "Vehicles a day", "Time at the gate, loaded vehicle = 1"),
        tuple(
            plain(row.note or NOTHING, number(row.vehicles_per_day), number(row.lane_factor)) for row in own.values()
        ),
        rights=2,
        empty="The case has no other traffic here.",
    )


def _crossing(names: Names, case: Case, states: tuple[WorldState, WorldState], post: Post) -> Table:
    """The link, and the other posts of the same crossing."""
    facility = states[0].network.post_facility
    rows: list[tuple[Cell, ...]] = [
        (Cell(names.title("link", post.link_id), "link", post.link_id), Cell(NOTHING), Cell(NOTHING))
    ]
    rows += [
        (
            Cell(names.title("post", other.post_id), "post", other.post_id),
            *(Cell(whole(state.movement.queue_vehicles[facility[other.post_id]])) for state in states),
        )
        for other in case.posts
        if other.bcp_id == post.bcp_id and other.post_id != post.post_id and other.post_id in facility
    ]
    columns = ("Its link and other posts", "In line, without", "In line, with")
    return Table(f"The crossing {crossing_name(post)}", columns, tuple(rows), rights=2)
