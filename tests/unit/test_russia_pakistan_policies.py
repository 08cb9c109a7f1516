"""Who acts in russia-pakistan: closures as often as in history, dates as likely as the priors, policies that fit each other."""

import datetime as dt
from functools import cache

import pytest

from abm.corridor.actor_rows import listed
from abm.corridor.calendar_days import event_days
from abm.corridor.check import check
from abm.corridor.load import load
from abm.corridor.openings import start_day
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Action, Case, Status
from abm.rules.hazard import mean_days
from abm.units import DAYS_PER_YEAR

OWN = (
    "policies", "projects", "hazards", "regimes", "events", "authorities", "consents", "openings", "carriers", "services",
    "claims",
)  # fmt: skip
#: From the fall of Kabul to the day before the closure of October 2025, when only short spells shut the crossings.
NORMAL = (dt.date(2021, 8, 1), dt.date(2025, 10, 11))
N_SEEDS = 600


@cache
def case() -> Case:
    return load("russia-pakistan")


def crossings(first: str, second: str) -> set[str]:
    """Links from one country to another, planned ones, too."""
    country = {node.node_id: node.country for node in case().nodes}
    return {
        link.link_id
        for link in case().links
        if {country[link.from_node_id], country[link.to_node_id]} == {first, second}
    }


def targets(policy: str, action: Action) -> set[str]:
    return {row.target for row in case().policies if row.policy_id == policy and row.action is action}


def rows(policy: str) -> set[tuple[Action, str]]:
    return {(row.action, row.target) for row in case().policies if row.policy_id == policy}


def closed_share(name: str) -> float:
    """Mean share of the time that a hazard takes away, were its incidents never to overlap."""
    row = next(row for row in case().hazards if row.hazard_id == name)
    low, high = row.duration_low_days or row.duration_days, row.duration_high_days or row.duration_days
    return row.rate_per_year * mean_days(row.duration_days, low, high) / DAYS_PER_YEAR * (1.0 - row.left_share)


def drawn_days(policy: str) -> list[int | None]:
    """Days on which a policy comes into force, of many worlds."""
    worlds = (Scenario(case(), (policy,), seed=seed, dates="scheduled", years=10) for seed in range(N_SEEDS))
    return [start_day(world, policy) for world in worlds]


# -------------------------------------------------------------------------------------------------------------- sound
def test_the_case_is_sound_and_no_warning_is_about_who_acts() -> None:
    report = check("russia-pakistan")
    assert not report.problems
    assert not [doubt for doubt in report.warnings if doubt.place.startswith(tuple(f"{name}.csv" for name in OWN))]


# -------------------------------------------------------------------------------------------------------------- the shut border
def test_one_regime_shuts_every_crossing_of_the_pair_and_all_are_shut_at_the_start() -> None:
    regime = next(row for row in case().regimes if row.pair == "AF-PK")
    assert set(listed(regime.links)) == crossings("AF", "PK")
    status = {link.link_id: link.status for link in case().links}
    assert {status[link] for link in listed(regime.links)} == {Status.CLOSED, Status.PLANNED}
    assert not regime.starts_closed  # the closure of October 2025 is the state of the links


def test_reopening_and_the_world_of_2024_open_what_is_closed_and_nothing_that_is_planned() -> None:
    closed = {link.link_id for link in case().links if link.status is Status.CLOSED}
    for policy in ("reopen-af-pk", "as-2024-25"):
        assert targets(policy, Action.OPEN_LINK) == closed


def test_the_world_of_2024_lifts_all_friction_where_reopening_lifts_a_share() -> None:
    lifted: dict[str, dict[str, str]] = {"reopen-af-pk": {}, "as-2024-25": {}}
    for row in case().policies:
        if row.policy_id in lifted and row.action is Action.LIFT_FRICTION:
            lifted[row.policy_id][row.target] = row.value
    assert set(lifted["as-2024-25"].values()) == {"1"}
    assert lifted["as-2024-25"].keys() == lifted["reopen-af-pk"].keys()
    shares = {row.name: row for row in case().assumptions}
    for name in set(lifted["reopen-af-pk"].values()):
        assert (shares[name].low, shares[name].value, shares[name].high) == (0.3, 0.6, 0.9)


def test_friction_is_lifted_wherever_the_shut_border_holds_trade_down() -> None:
    """Wheat of Russia alone has a potential for another reason: its tenders."""
    country = {node.node_id: node.country for node in case().nodes}
    held = {
        "-".join(sorted((country[flow.origin], country[flow.destination])))
        for flow in case().flows
        if flow.potential_tonnes is not None and flow.potential_tonnes > flow.tonnes
    }
    assert targets("reopen-af-pk", Action.LIFT_FRICTION) | targets("wheat-tender-2024", Action.LIFT_FRICTION) >= held
    assert not targets("reopen-af-pk", Action.LIFT_FRICTION) & targets("wheat-tender-2024", Action.LIFT_FRICTION)


# -------------------------------------------------------------------------------------------------------------- against history
@pytest.mark.parametrize(("hazard", "link"), [("torkham-closure", "H05"), ("chaman-closure", "H19")])
def test_short_closures_come_as_often_and_last_as_long_as_they_did(hazard: str, link: str) -> None:
    first, last = NORMAL
    years = (last - first).days / DAYS_PER_YEAR
    spells = [
        event_days(event)
        for event in case().events
        if link in listed(event.targets)
        and event.left_share == 0.0
        and event_days(event) >= 1.0
        and first <= dt.date.fromisoformat(event.start) <= last
    ]
    row = next(row for row in case().hazards if row.hazard_id == hazard)
    assert row.rate_per_year == pytest.approx(len(spells) / years, rel=0.1)
    assert closed_share(hazard) == pytest.approx(sum(spells) / (years * DAYS_PER_YEAR), rel=0.25)


def test_the_way_through_iran_to_pakistan_is_there_for_as_much_of_the_year_as_believed() -> None:
    hits = [row.hazard_id for row in case().hazards if "R72" in listed(row.targets)]
    assert 1.0 - sum(map(closed_share, hits)) == pytest.approx(0.85, abs=0.04)


def test_history_is_whole_and_in_order() -> None:
    starts = [event.start for event in case().events]
    assert len(starts) == 44
    assert starts == sorted(starts)
    still_on = {event.event_id for event in case().events if not event.end and event.duration_days is None}
    assert still_on == {"E42", "E44"}


# -------------------------------------------------------------------------------------------------------------- dates
@pytest.mark.parametrize(
    ("policy", "central", "low", "high"),
    [("build-uap", 0.15, 0.03, 0.40), ("build-western-route", 0.12, 0.02, 0.35)],
)
def test_both_afghan_railways_are_in_service_by_2035_with_the_probability_believed(
    policy: str, central: float, low: float, high: float
) -> None:
    opening = dt.date.fromisoformat(case().info.start)
    end = (dt.date(2036, 1, 1) - opening).days
    row = next(row for row in case().openings if row.policy_id == policy)
    assert row.never_low_share is not None
    assert row.never_high_share is not None
    days = drawn_days(policy)
    come = [day for day in days if day is not None]
    in_time = sum(day < end for day in come) / len(come)  # of those that come at all
    assert in_time * (1.0 - row.never_share) == pytest.approx(central, abs=0.02)
    assert in_time * (1.0 - row.never_high_share) == pytest.approx(low, abs=0.015)
    assert in_time * (1.0 - row.never_low_share) == pytest.approx(high, abs=0.04)


def test_the_border_reopens_about_when_it_is_believed_to() -> None:
    """Median 180 days (30-900) after 1 March 2026; a triangle is less skew than that, so its middle may be half as late again."""
    days = [
        start_day(Scenario(case(), ("reopen-af-pk",), seed=seed, dates="scheduled"), "reopen-af-pk")
        for seed in range(N_SEEDS)
    ]
    ranked = sorted(3650 if day is None else day for day in days)
    assert 120 <= ranked[N_SEEDS // 2] <= 280
    assert 15 <= ranked[N_SEEDS // 20] <= 90
    assert ranked[N_SEEDS - N_SEEDS // 20] >= 600


# -------------------------------------------------------------------------------------------------------------- policies
def test_every_line_that_is_planned_can_be_opened() -> None:
    """But two ideas that no question needs: Mazar - Herat, and standard gauge to Taftan, which the repair has overtaken."""
    opened = {row.target for row in case().policies if row.action is Action.OPEN_LINK}
    assert {link.link_id for link in case().links if link.status is not Status.OPEN} - opened == {"P10", "P15"}


def test_the_whole_corridor_is_all_of_its_parts() -> None:
    parts = (
        "reopen-af-pk", "build-uap", "build-western-route", "upgrade-ml1", "build-ml3", "upgrade-quetta-taftan",
        "upgrade-instc-east", "build-cku", "khaf-herat", "chabahar-zahedan",
    )  # fmt: skip
    assert rows("whole-corridor") == set[tuple[Action, str]]().union(*map(rows, parts))
    assert rows("near-term-corridor") < rows("whole-corridor")


def test_a_rebuilt_line_takes_the_place_of_the_old_one() -> None:
    """No policy leaves two tracks where there is one: what it closes joins the same places as what it opens."""
    ends = {link.link_id: {link.from_node_id, link.to_node_id} for link in case().links}
    for policy in ("build-ml3", "upgrade-quetta-taftan"):
        closed = [ends[link] for link in sorted(targets(policy, Action.CLOSE_LINK))]
        assert closed
        assert closed == [ends[link] for link in sorted(targets(policy, Action.OPEN_LINK))]


def test_both_sides_of_every_border_must_consent() -> None:
    country = {node.node_id: node.country for node in case().nodes}
    of = {authority.authority_id: authority.country for authority in case().authorities}
    held: dict[str, set[str]] = {}
    for consent in case().consents:
        held.setdefault(consent.link_id, set()).add(of[consent.authority_id])
    for link in case().links:
        sides = {country[link.from_node_id], country[link.to_node_id]}
        if len(sides) == 2 and link.mode.value != "sea":
            assert sides <= held.get(link.link_id, set()), link.link_id


def test_every_project_has_elicited_dates_and_the_money_that_was_published() -> None:
    asked = {row.policy_id for row in case().openings}
    assert {project.policy_id for project in case().projects} <= asked
    cost = {project.project_id: project for project in case().projects}
    assert (cost["uap"].cost_low_usd_m, cost["uap"].cost_usd_m, cost["uap"].cost_high_usd_m) == (
        4600.0,
        8000.0,
        16000.0,
    )
    assert (cost["western-route"].cost_low_usd_m, cost["western-route"].cost_high_usd_m) == (6000.0, 14000.0)
