"""The day's incidents: what breaks out, what ends, what it shuts or slows, what is lost, what is believed of it.

Whatever shuts a link does so at its exact hours in the loader; shippers know of it on the days that begin with the link shut.
What slows a link, or holds goods back, acts on the days that begin while it lasts (on average as long as it lasts).
"""

import math

import numpy as np

from abm.corridor.policies import Step
from abm.corridor.tables import Action
from abm.incidents import Incident, end_of
from abm.network.arcs import Bools, Floats
from abm.network.consignments import Deliveries
from abm.relations import relations
from abm.renewal import renew_links, renew_service, renew_speed
from abm.rules.hazard import HOUR, LOSS, arrivals, background_per_day, day_key, draw, family, stream_of
from abm.state import WorldState
from abm.units import DAYS_PER_YEAR, HOURS_PER_DAY


# ------------------------------------------------------------------------------------------------------------ how often
def revise_hazards(state: WorldState) -> None:
    """Oversight, tension and rates as the policies in force set them.

    Of oversight the strictest holds; tensions and rates multiply. A hazard that is not active has a rate only while a policy
    sets it.
    """
    security, effect = state.security, state.values["oversight_effect"]
    for row in range(security.n_hazards + security.n_regimes):
        p, source = security.draws.parameters[row], security.sources[row]
        names = (source.name, source.region, "*") if row < security.n_hazards else ()
        tension = math.prod(_numbers(state, Action.SET_TENSION, names))
        oversight = max(_numbers(state, Action.SET_OVERSIGHT, names), default=0.0)
        rates = _numbers(state, Action.SET_HAZARD, (source.name,))
        factor = math.prod(rates) if rates or security.draws.is_active[row] else 0.0
        security.per_day[row] = factor * background_per_day(p, tension, oversight, effect)
    security.is_drawn = security.per_day > 0.0
    security.is_due = security.draws.due_days(security.per_day)


def _numbers(state: WorldState, action: Action, names: tuple[str, ...]) -> list[float]:
    steps: tuple[Step, ...] = state.in_force
    return [float(step.number or 0.0) for step in steps if step.action is action and step.target in names]


# ------------------------------------------------------------------------------------------------------------ the morning
def play_incidents(state: WorldState) -> None:
    """Incidents of today begin and end."""
    security = state.security
    if not security.is_acting:
        return
    if state.day == security.draws.first_day:
        revise_hazards(state)
    _fear_less(state)
    if not security.draws.replay:
        _break_out(state)
    if not security.known and not security.is_disturbed:
        return
    end_h = state.hour + HOURS_PER_DAY
    for incident in [one for one in security.known if state.hour <= one.start_h < end_h]:
        if _can_strike(state, incident.source):
            _begin(state, incident)
        else:
            security.known.remove(incident)
    security.today = [one for one in security.known if one.start_h < end_h]
    _hit(state)
    _count(state)


def _break_out(state: WorldState) -> None:
    """Candidates of the day that today's rates let happen, with all the echoes they will have."""
    security, draws = state.security, state.security.draws
    column = state.day - draws.first_day
    if column < security.is_due.size and not security.is_due[column]:
        return
    season = draws.season[:, (draws.year_day + state.day) % int(DAYS_PER_YEAR)]
    mean = security.per_day * season
    gaps = draws.first_of(state.day)
    seed = np.uint64(draws.seed)
    for row in np.flatnonzero(gaps <= mean).tolist():
        if not _can_strike(state, row):
            continue
        keys = arrivals(seed, day_key(security.sources[row].key, state.day), float(mean[row])).tolist()
        p = draws.parameters[row]
        if row >= security.n_hazards:  # while a long closure lasts, none begins
            keys = [] if any(one.source == row for one in security.known) else keys[:1]
        for key in keys:
            moment = state.hour / HOURS_PER_DAY + draw(seed, np.uint64(key), HOUR)
            for each, day in family(draws.seed, np.uint64(key), moment, p.branching_share, p.echo_days):
                start_h = HOURS_PER_DAY * day
                security.known.append(Incident(row, each, start_h, end_of(draws, row, each, start_h)))


def _can_strike(state: WorldState, row: int) -> bool:
    """Nobody blocks, shells or revokes a crossing that policies leave shut; history happens as it happened."""
    security, source = state.security, state.security.sources[row]
    if row >= security.is_drawn.size:
        return True
    return bool(security.is_drawn[row]) and (bool(source.triples) or bool(state.layers.by_policy[source.links].any()))


def _begin(state: WorldState, incident: Incident) -> None:
    security, source = state.security, state.security.sources[incident.source]
    security.starts[incident.source] += 1.0
    _note_what_passes(state, incident.source)
    if source.loss_share > 0.0:
        links = source.links[state.layers.by_policy[source.links]]
        security.risk[links] += source.loss_share * security.risk_jump


def _fear_less(state: WorldState) -> None:
    """What is believed of open links fades; of what nobody may use nothing new is learnt."""
    security = state.security
    np.multiply(security.risk, security.risk_keep, out=security.risk, where=state.layers.by_policy)


# ------------------------------------------------------------------------------------------------------------ what it does
def _hit(state: WorldState) -> None:
    """Shut, slow, hold back and alert as the incidents of this hour say; where nothing changes, nothing is touched."""
    security, layers = state.security, state.layers
    now = [one for one in security.today if one.start_h <= state.hour < one.end_h]
    _set_shut(state, now)
    renew_links(state)
    capacity, slowness = np.ones_like(layers.capacity_incident), np.ones_like(layers.slowness)
    for source in [security.sources[one.source] for one in now]:
        if source.left_share > 0.0:
            capacity[source.facilities] *= source.left_share
            slowness[source.arcs] /= source.left_share
    if (capacity != layers.capacity_incident).any():
        layers.capacity_incident = capacity
        renew_service(state)
    if (slowness != layers.slowness).any():
        layers.slowness = slowness
        renew_speed(state)
    security.alert[:] = False
    for one in security.today:
        security.alert[security.sources[one.source].area] = True
    security.let_through = _let_through(state, now)
    security.is_disturbed = bool(security.today) or bool(security.held_t.any())


def _set_shut(state: WorldState, now: list[Incident]) -> None:
    """However many incidents shut a link, they count once beside the others who keep it shut."""
    security = state.security
    shut = np.zeros_like(security.shut)
    for one in now:
        if security.sources[one.source].left_share == 0.0:
            shut[security.sources[one.source].links] = 1
    state.layers.n_shut += shut - security.shut
    security.shut = shut


def _let_through(state: WorldState, now: list[Incident]) -> Floats | None:
    security, share = state.security, None
    for source in [security.sources[one.source] for one in now]:
        for triple in source.triples:
            share = np.ones(len(state.table)) if share is None else share
            rows = _rows(state, triple)
            share[rows] = np.minimum(share[rows], source.left_share)
    return share


def _rows(state: WorldState, triple: str) -> Bools:
    found = state.security.rows_of
    if triple not in found:
        found[triple] = relations(state, triple)
    return found[triple]


def hold_back(state: WorldState) -> None:
    """Bans by incident hold goods at dispatch: only the share let through leaves; the rest waits, up to the days that it keeps,
    and is lost sales beyond. What waited leaves when the ban ends.

    Quantities are not cut and relations do not break, as they do under a policy's lasting ban: measured base flows contain such
    short bans, so the year's trade already is what they leave of it.
    """
    security, table = state.security, state.table
    if security.let_through is None and not security.is_disturbed:
        return
    share = np.ones(len(table)) if security.let_through is None else security.let_through
    made = table.quantity_t / DAYS_PER_YEAR
    kept = made * (1.0 - share)
    freed = np.where(share >= 1.0, security.held_t, 0.0)
    held = security.held_t + kept - freed
    most = np.maximum(made * security.hold_days, table.lot_t)  # goods keep by the lot, however little is made
    excess = np.where(share < 1.0, np.maximum(held - most, 0.0), 0.0)
    table.stock_t += freed - kept
    table.lost_sales_t += excess
    security.held_t = held - excess
    security.withheld_t += float(kept.sum())


# ------------------------------------------------------------------------------------------------------------ the day's hours
def run_day(state: WorldState) -> Deliveries:
    """The loader plays the day, with the exact hours at which incidents shut links, end, and destroy cargo."""
    security, movement, end_h = state.security, state.movement, state.hour + HOURS_PER_DAY
    if not security.known:
        return movement.run_until(end_h)
    _schedule_hours(state, end_h)
    parts = []
    for one in sorted((one for one in security.today if one.start_h >= state.hour), key=lambda one: one.start_h):
        if security.sources[one.source].loss_share > 0.0:
            parts.append(movement.run_until(one.start_h))
            _destroy(state, one)
    parts.append(movement.run_until(end_h))
    _end_day(state, end_h)
    return Deliveries.joined(parts)


def _destroy(state: WorldState, incident: Incident) -> None:
    """An outbreak destroys its share of the cargo that is on what it hits, or waits before it, at this hour."""
    security, source = state.security, state.security.sources[incident.source]
    stream = stream_of(np.uint64(security.draws.seed), np.uint64(incident.key), LOSS)
    security.lost_t[incident.source] += state.movement.lose(source.is_hit, source.loss_share, int(stream))


def _schedule_hours(state: WorldState, end_h: float) -> None:
    """Switch the gates of links that policies and authorities leave open, at the ends of what incidents shut together."""
    security, network = state.security, state.network
    others = state.layers.n_shut - security.shut
    for link, spans in _shut_spans(state, end_h).items():
        if not state.layers.by_policy[link] or others[link] > 0:
            continue
        for start_h, stop_h in spans:
            for gate in network.link_facilities.get(network.link_ids[link], ()):
                if start_h > state.hour:
                    state.movement.schedule_open(gate, start_h, False)
                if stop_h < end_h:
                    state.movement.schedule_open(gate, stop_h, True)


def _shut_spans(state: WorldState, end_h: float) -> dict[int, list[tuple[float, float]]]:
    """Hours of the day for which incidents shut each link, overlaps merged."""
    security = state.security
    found: dict[int, list[tuple[float, float]]] = {}
    for one in security.today:
        if security.sources[one.source].left_share == 0.0:
            for link in security.sources[one.source].links.tolist():
                found.setdefault(link, []).append((max(one.start_h, state.hour), min(one.end_h, end_h)))
    return {link: merged(spans) for link, spans in found.items()}


def merged(spans: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Spans as a union of disjoint ones, in order; spans that touch are one, empty ones none."""
    union: list[tuple[float, float]] = []
    for start, stop in sorted(spans):
        if stop <= start:
            continue
        if union and start <= union[-1][1]:
            union[-1] = union[-1][0], max(union[-1][1], stop)
        else:
            union.append((start, stop))
    return union


def _end_day(state: WorldState, end_h: float) -> None:
    """Tomorrow begins as today ends: whoever opens links in the morning finds shut what incidents keep shut then."""
    security = state.security
    security.known = [one for one in security.known if one.end_h > end_h]
    _set_shut(state, [one for one in security.known if one.start_h <= end_h])


# ------------------------------------------------------------------------------------------------------------ what is counted
def _count(state: WorldState) -> None:
    security, end_h = state.security, state.hour + HOURS_PER_DAY
    spans: dict[int, list[tuple[float, float]]] = {}
    for one in security.today:
        spans.setdefault(one.source, []).append((max(one.start_h, state.hour), min(one.end_h, end_h)))
    for source, hours in spans.items():
        days = _length(hours) / HOURS_PER_DAY
        security.days[source] += days
        security.at_risk_t[source] += days * security.usual_t[source]
    for link, hours in _shut_spans(state, end_h).items():
        if state.layers.by_policy[link]:
            security.shut_days[link] += _length(hours) / HOURS_PER_DAY


def _length(spans: list[tuple[float, float]]) -> float:
    return math.fsum(stop - start for start, stop in merged(spans))


def _note_what_passes(state: WorldState, row: int) -> None:
    """Tonnes a day that a source hits, by the routes chosen before its outbreak; kept while another incident distorts them."""
    security, source, table = state.security, state.security.sources[row], state.table
    is_distorted = bool(security.shut[source.links].any()) or any(
        one.source == row and one.start_h < state.hour for one in security.known
    )
    if is_distorted and security.usual_t[row] > 0.0:
        return
    share = _share_that_passes(state, source.is_hit) if source.is_hit.any() else np.zeros(len(table))
    for triple in source.triples:
        share[_rows(state, triple)] = 1.0
    security.usual_t[row] = float(share @ table.quantity_t) / DAYS_PER_YEAR


def _share_that_passes(state: WorldState, is_hit: Bools) -> Floats:
    """Share of each shipper's goods that goes over at least one of these arcs, as routes were last chosen."""
    routes, table = state.movement.routes, state.table
    n = len(routes)
    hits = np.concatenate([[0], np.cumsum(is_hit[routes.arcs[: routes.starts[n]]])])
    passes = np.append((hits[routes.starts[1 : n + 1]] > hits[routes.starts[:n]])[state.options.route], False)
    return np.asarray(np.where(passes[table.option], table.probability, 0.0).sum(axis=1))
