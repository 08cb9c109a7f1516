"""The card of what can strike: a hazard, a long closure, or an event of history."""

import math

from abm.corridor.tables import Case, Event, Hazard, Regime
from abm.incidents import Incident, Source
from abm.state import WorldState
from abm.units import DAYS_PER_YEAR
from abm.viz.inspector_names import Names, incident_rows, source_words
from abm.viz.inspector_parts import (
    Card,
    Cell,
    Fact,
    Table,
    both,
    case_of,
    common,
    plain,
    same_or_both,
    since_words,
    states_of,
)
from abm.viz.inspector_status import day_of_hour, open_or_shut, under_way
from abm.viz.twin import TwinModel
from abm.viz.words import NOTHING, capital, date_words, number, percent, whole

_YES, _NO = "yes", "no"


def incident_card(twin: TwinModel, names: Names, name: str) -> Card:
    """What it is, what it hits, whether it is on, since when and until when, and what it has stopped."""
    case, row = case_of(twin), names.rows["incident"][name]
    origin, states = incident_rows(case)[row], states_of(twin)
    words = [_words(case, state, row) for state in states]
    source = states[0].security.sources[row]
    return Card(
        kind="incident", id=name, title=names.title("incident", name), subtitle=f"{_kind(origin)} ({name})",
        words=(_meaning(source), *same_or_both((words[0], words[1]))),
        facts=(*_of_case(case, origin), *_facts(case, states, row)),
        tables=(_hits(names, case, states, source),),
        notes=(source_words(case, origin.source, origin.grade, origin.note),),
    )  # fmt: skip


def _kind(row: Hazard | Regime | Event) -> str:
    if isinstance(row, Hazard):
        return f"Incident: {row.kind}, region {row.region}"
    return f"Long closure between {row.pair}" if isinstance(row, Regime) else f"Event of history: {row.kind}"


def _meaning(source: Source) -> str:
    """What it does while it lasts."""
    left = (
        f"leaves {percent(source.left_share)} of capacity or trade" if source.left_share > 0.0 else "stops everything"
    )
    lost = (
        f" Its outbreak destroys {percent(source.loss_share, 1)} of the cargo there." if source.loss_share > 0.0 else ""
    )
    return f"While it lasts it {left} on what it hits.{lost}"


def current(state: WorldState, row: int) -> Incident | None:
    """The incident of this source that is under way and lasts longest, if any."""
    on = [one for one in under_way(state) if one.source == row]
    return max(on, key=lambda one: one.end_h) if on else None


def _words(case: Case, state: WorldState, row: int) -> str:
    if not state.security.is_acting:
        return "Incidents do not act here."
    incident = current(state, row)
    if incident is None:
        return "Not under way." if state.security.starts[row] > 0.0 else "Nothing has happened yet."
    start = date_words(case, day_of_hour(state, incident.start_h))
    if math.isinf(incident.end_h):
        return f"Under way since {start}, for good."
    end_day = day_of_hour(state, incident.end_h)
    left = number(end_day - state.day, 1)
    end = date_words(case, end_day)
    return f"Under way since {start}; it will be over on {end}, in {left} days. Nobody in the model knows that."


def _of_case(case: Case, row: Hazard | Regime | Event) -> list[Fact]:
    if isinstance(row, Event):
        facts = [
            common("Began", row.start),
            common("Over", row.end or ("its length is given" if row.duration_days else "not yet")),
        ]
        return [*facts, common("Lasted", number(row.duration_days), "days")] if row.duration_days else facts
    facts = [common("Expected, as the table says", number(row.rate_per_year), "a year")]
    low, high = row.duration_low_days or row.duration_days, row.duration_high_days or row.duration_days
    if low < high:
        facts.append(
            common(
                "Lasts, median (5 to 95 %)", f"{number(row.duration_days)} ({number(low)} to {number(high)})", "days"
            )
        )
    else:
        facts.append(common("Lasts, median", number(row.duration_days), "days"))
    if row.authority_id:
        authority = next(
            (one.name for one in case.authorities if one.authority_id == row.authority_id), row.authority_id
        )
        facts.append(common("Whose act", authority))
    return facts


def _facts(case: Case, states: tuple[WorldState, WorldState], row: int) -> list[Fact]:
    since, securities = since_words(case), [state.security for state in states]
    is_drawn = row < securities[0].is_drawn.size
    facts = [both("Under way", [_YES if current(state, row) else _NO for state in states])]
    if is_drawn:
        facts.append(both("Expected now", [_expected(state, row) for state in states], "a year"))
    facts += [
        both(f"Began {since}", [whole(float(one.starts[row])) for one in securities], "times"),
        both(f"Lasted {since}", [number(float(one.days[row]), 1) for one in securities], "days in all"),
        both("Goods that used to pass there", [_usual(state, row) for state in states], "t a day"),
        both("Goods it stood in the way of", [whole(float(one.at_risk_t[row])) for one in securities], "t"),
        both("Cargo destroyed", [whole(float(one.lost_t[row])) for one in securities], "t"),
    ]
    return facts


def _expected(state: WorldState, row: int) -> str:
    """Incidents a year at the rate that policies leave today, echoes included."""
    security = state.security
    if not security.is_acting:
        return NOTHING
    branching = security.draws.parameters[row].branching_share
    return number(float(security.per_day[row]) * DAYS_PER_YEAR / (1.0 - branching))


def _usual(state: WorldState, row: int) -> str:
    """As of its latest outbreak; unknown before the first."""
    return whole(float(state.security.usual_t[row])) if state.security.starts[row] > 0.0 else NOTHING


def _hits(names: Names, case: Case, states: tuple[WorldState, WorldState], source: Source) -> Table:
    """Links, posts and relations that it hits, and how the links stand."""
    rows = [
        (
            Cell(names.title("link", case.links[int(link)].link_id), "link", case.links[int(link)].link_id),
            *(Cell(open_or_shut(state, int(link))) for state in states),
        )
        for link in source.links
    ]
    arcs = states[0].network.arcs
    posts = sorted({int(arcs.post[arc]) for arc in source.is_hit.nonzero()[0] if arcs.post[arc] >= 0})
    of_links = {int(link) for link in source.links}
    rows += [
        (
            Cell(names.title("post", case.posts[post].post_id), "post", case.posts[post].post_id),
            Cell(NOTHING),
            Cell(NOTHING),
        )
        for post in posts
        if names.rows["link"][case.posts[post].link_id] not in of_links
    ]
    rows += [plain(_relation(names, triple), NOTHING, NOTHING) for triple in source.triples]
    return Table("What it hits", ("Link, post or trade", "Without", "With"), tuple(rows), empty="Nothing.")


def _relation(names: Names, triple: str) -> str:
    """'Fresh fruit from XA into XC' of ``XC/XA/fruit``."""
    into, origin, commodity = triple.split("/")
    goods = names.commodities.get(commodity, "all goods")
    where = "from everywhere" if origin == "*" else f"from {origin}"
    return f"{capital(goods)} {where} into {'everywhere' if into == '*' else into}"
