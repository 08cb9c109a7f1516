"""Cards of the inspector: of everything there is, exact where they break costs down, honest where nothing has happened."""

import math
import re
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from abm import phases
from abm.corridor.load import load
from abm.corridor.question import Chosen, HandStep, Question
from abm.corridor.scenario import CAST, Scenario
from abm.corridor.tables import Action
from abm.model import CorridorModel
from abm.viz.desk import Desk
from abm.viz.inspector import Card, card_of, find
from abm.viz.inspector_flows import arcs_of_link, recent
from abm.viz.inspector_names import KINDS, names_of
from abm.viz.inspector_routes import Parts, RouteWeight, routes_of
from abm.viz.inspector_status import link_status
from abm.viz.inspector_why import why_first
from abm.viz.twin import TwinModel
from tests.small_worlds import edited, step, toy, toy_with_cast
from tests.viz.made_twins import MEASURE, played, twin

_UNITS = re.compile(
    r"\b(t|h|km|days|times|vehicles|consignments|USD|a day|a year|lot|of tonne-km|base year|of value)\b|USD/t|share|year|day"
)
#: Facts that are words, dates, shares or yes and no.
_BARE = (
    "today",
    "change on",
    "open",
    "publishes",
    "inspects",
    "whose act",
    "began",
    "over",
    "under way",
    "overtime today",
)


@cache
def opened() -> TwinModel:
    """The toy case with its border open since day 0, after 100 days."""
    return played(100, MEASURE)


@cache
def caucasus() -> TwinModel:
    case = load("south-caucasus")
    model = TwinModel(Desk(Question(case, (Chosen("reopen-gyumri-kars"),))))
    for _ in range(40):
        model.step()
    return model


def texts_of(card: Card) -> list[str]:
    """Everything a card says."""
    found = [card.title, card.subtitle, *card.words, *card.notes]
    for fact in card.facts:
        found += [fact.label, fact.without, fact.measure, fact.unit]
    for table in card.tables:
        found += [
            table.title,
            *table.columns,
            table.note,
            table.empty,
            *(cell.text for row in table.rows for cell in row),
        ]
    return found + [text for chart in card.charts for text in (chart.title, chart.unit)]


def fact(card: Card, label: str) -> tuple[str, str]:
    (found,) = [fact for fact in card.facts if fact.label.startswith(label)]
    return found.without, found.measure


def table(card: Card, title: str) -> Any:
    (found,) = [table for table in card.tables if table.title.startswith(title)]
    return found


def assert_sound(model: TwinModel, card: Card, kind: str, name: str) -> None:
    """No number that is none, units throughout, rows as wide as their heads, and links that lead to cards."""
    rows = names_of(model.scene_case).rows
    assert (card.kind, card.id) == (kind, name)
    assert card.title
    for text in texts_of(card):
        assert not re.search(r"\b(nan|inf|None|True|False)\b|np\.|array\(|-0\.0|\bInfinity\b", text), (name, text)
    for one in card.facts:
        assert one.without
        assert one.measure
        assert _UNITS.search(one.unit) or one.label.lower().startswith(_BARE), (name, one)
    for listing in card.tables:
        assert listing.rows or listing.empty, (name, listing.title)
        assert all(len(row) == len(listing.columns) for row in listing.rows), (name, listing.title)
        for cell in (cell for row in listing.rows for cell in row if cell.kind):
            assert cell.id in rows[cell.kind], (name, cell)
    for chart in card.charts:
        assert chart.unit
        assert chart.values.shape == (2, chart.days.size)
    assert card.words or card.facts


@pytest.mark.parametrize("kind", KINDS)
def test_everything_in_a_case_has_a_card(kind: str) -> None:
    model = opened()
    names = names_of(model.scene_case).rows[kind]
    assert names
    for name in names:
        assert_sound(model, card_of(model, kind, name), kind, name)


@pytest.mark.parametrize("kind", KINDS)
def test_everything_has_a_card_on_the_opening_day(kind: str) -> None:
    model = twin(MEASURE)
    model.prepare()
    for name in names_of(model.scene_case).rows[kind]:
        card = card_of(model, kind, name)
        assert_sound(model, card, kind, name)
        assert all(not chart.days.size for chart in card.charts)


@pytest.mark.parametrize("kind", KINDS)
def test_everything_has_a_card_where_only_shippers_act_and_nothing_was_played(kind: str) -> None:
    case = edited(toy_with_cast(), warmup_days=0)
    model = TwinModel(Desk(Question(case, still=CAST)))
    model.prepare()
    for name in names_of(case).rows[kind]:
        assert_sound(model, card_of(model, kind, name), kind, name)
    assert "Nothing has passed here yet." in card_of(model, "link", "road-ard-crn").words
    assert "Incidents do not act here." in card_of(model, "incident", "pass-snow").words
    assert any("Carriers do not act" in words for words in card_of(model, "carrier", "xa-rail").words)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("link", "R33"), ("link", "H05"), ("post", "sadakhlo.am.out"), ("node", "YER"), ("carrier", "scr"),
        ("incident", "lars-weather"), ("incident", "armenia-turkiye"), ("shipper", "im-RU-fuel-VOL-YER#3"),
    ],
)  # fmt: skip
def test_cards_of_a_large_case(kind: str, name: str) -> None:
    assert_sound(caucasus(), card_of(caucasus(), kind, name), kind, name)


def test_every_shipper_of_a_large_case_can_tell_why() -> None:
    model = caucasus()
    names = names_of(model.scene_case)
    for row in range(0, len(names.rows["shipper"]), 7):
        for world in model.worlds:
            routes = routes_of(world, names, row)
            assert_exact(routes)
            told = why_first(routes, 1.0)
            assert bool(told) == bool(routes)
            assert len({route.title for route in routes}) == len(routes)


def test_before_the_warm_up_a_card_says_so_and_unknown_things_are_named() -> None:
    model = twin()
    assert card_of(model, "link", "road-ard-crn").words == ("The base year is being played; the card follows.",)
    assert "search" in card_of(model, "", "").words[0]
    assert card_of(model, "link", "<img src=x>").words == ("This is not in the case.",)
    assert card_of(model, "volcano", "x").words == ("This is not in the case.",)


# --------------------------------------------------------------------------------------------------------------------- costs
def assert_exact(routes: tuple[RouteWeight, ...]) -> None:
    """The parts of each route sum to what the model's kernel makes of it; likeliest first."""
    for route in routes:
        assert math.isclose(route.parts.total, route.cost, rel_tol=1e-12, abs_tol=1e-9), route
    chances = [route.probability for route in routes]
    assert chances == sorted(chances, reverse=True)
    assert not routes or math.isclose(sum(chances), 1.0, rel_tol=1e-12)


def test_parts_sum_to_the_cost_that_the_model_uses_the_next_morning() -> None:
    """Posts, incidents and carriers rest, so that the morning changes nothing: tonight's card is what shippers weigh."""
    still = ("carriers", "posts", "incidents", "authorities")
    world = CorridorModel(Scenario(toy_with_cast(), policies=("reopen",), still=still), register=False, collect=False)
    for _ in range(30):
        world.step()
    names = names_of(toy_with_cast())
    tonight = [routes_of(world, names, row) for row in range(len(world.shippers))]
    world.step()
    seen = 0
    for row, routes in enumerate(tonight):
        assert_exact(routes)
        for route in routes:
            assert route.cost == world.shippers.cost[row, route.column]
            assert route.probability == world.shippers.probability[row, route.column]
            assert math.isclose(route.parts.total, world.shippers.cost[row, route.column], rel_tol=1e-12)
            seen += 1
    assert seen > 2 * len(tonight)


def test_parts_sum_to_the_cost_of_the_model_with_the_whole_cast() -> None:
    world = opened().worlds[1]
    copy = world.fork(world.inputs)
    names = names_of(toy_with_cast())
    tonight = [routes_of(world, names, row) for row in range(len(world.shippers))]
    phases.weigh_routes(copy.state, copy.belief)
    for row, routes in enumerate(tonight):
        assert_exact(routes)
        used = copy.state.table.cost[row, [route.column for route in routes]]
        np.testing.assert_array_equal([route.cost for route in routes], used)
    assert any(route.parts.fear != 0.0 for routes in tonight for route in routes)
    assert any(route.parts.standing > 0.0 for routes in tonight for route in routes)
    assert any(route.parts.fees > 0.0 and route.parts.handling > 0.0 for routes in tonight for route in routes)


def test_reading_a_card_changes_nothing() -> None:
    model = played(12, MEASURE)
    before = [world.state.copy() for world in model.worlds]
    for kind in KINDS:
        for name in list(names_of(model.scene_case).rows[kind])[:4]:
            card_of(model, kind, name)
    for world, copy in zip(model.worlds, before, strict=True):
        for name in ("belief_h", "days_since_use", "cost", "probability", "composite", "stock_t"):
            np.testing.assert_array_equal(getattr(world.state.table, name), getattr(copy.table, name))
        np.testing.assert_array_equal(world.state.movement.entered_t, copy.movement.entered_t)
        np.testing.assert_array_equal(world.state.published.hours, copy.published.hours)


def route(title: str, probability: float, **parts: float) -> RouteWeight:
    zero = dict.fromkeys(("freight", "fees", "handling", "standing", "duty", "time", "spread", "fear"), 0.0)
    made = Parts(**{**zero, **{name: value for name, value in parts.items() if name in zero}})
    others = {name: value for name, value in parts.items() if name not in zero}
    return RouteWeight(
        column=0, title=title, arcs=np.zeros(0, dtype=np.int64), hours=others.get("hours", 10.0), spread_h=0.0, wait_h=0.0,
        parts=made, cost=made.total, penalty=others.get("penalty", 0.0), nest=int(others.get("nest", 1)), probability=probability,
    )  # fmt: skip


def test_the_reason_names_what_is_gained_and_what_is_lost() -> None:
    first = route("Road", 0.7, freight=60.0, time=30.0, hours=40.0)
    second = route("Rail", 0.3, freight=40.0, time=80.0, hours=100.0)
    told = why_first((first, second), 0.5)
    assert told.startswith("Road comes first with 70 % of the goods, Rail second with 30 %.")
    assert "60.0 h quicker" not in told
    assert "60 h quicker (worth 50 USD/t at 0.50 USD a tonne and hour)" in told
    assert "Against it: it is 20 USD/t dearer in money." in told
    assert told.endswith("All told it costs 30 USD/t less.")


def test_the_reason_admits_a_route_that_is_dearer_or_alone_or_as_good() -> None:
    cheap, dear = route("Coast", 0.3, freight=90.0), route("Pass", 0.5, freight=100.0, nest=2)
    assert "although it would cost 10 USD/t less" in why_first((dear, cheap), 1.0)
    assert "no other route is open" in why_first((dear,), 1.0)
    even = why_first((route("Coast", 0.5, freight=100.0), route("Pass", 0.5, freight=100.1)), 1.0)
    assert "nearly the same" in even
    assert "Both pass the same posts" in even
    assert why_first((), 1.0) == ""


def test_a_mode_that_is_disliked_is_part_of_the_comparison() -> None:
    told = why_first((route("Road", 0.9, freight=120.0), route("Rail", 0.1, freight=100.0, penalty=math.log(2.0))), 1.0)
    assert "by modes it prefers (100 USD/t)" in told
    assert "20 USD/t dearer in money" in told


# -------------------------------------------------------------------------------------------------------------------- worlds
def test_a_link_tells_both_worlds_apart_and_who_opened_it() -> None:
    card = card_of(opened(), "link", "road-ask-bek")
    assert fact(card, "Today") == ("closed", "open")
    without, measure = fact(card, "Goods, both ways")
    assert without == "0"
    assert float(measure.replace(",", "")) > 50.0
    assert any(
        words.startswith("Without: Closed in the base year") and "needs the consent of" in words for words in card.words
    )
    assert any(
        "Opened on 1 January 2025: The border between Arland and Belmark reopens." in words for words in card.words
    )
    users = table(card, "Who uses it most")
    assert 1 <= len(users.rows) <= 8
    assert all(row[1].text == "0" and row[0].kind == "shipper" for row in users.rows)
    assert len(table(card, "Border posts").rows) == 4


def test_rates_of_each_world_count_from_its_own_past() -> None:
    """Of the last weeks, and not of what one world has had and the other not since the opening day."""
    model = opened()
    row = names_of(model.scene_case).rows["link"]["road-ask-bek"]
    _, values = model.histories.history("link", row, "t_day")
    arcs = arcs_of_link(model.worlds[1].state, row)
    lately = recent(model.worlds[1].state)
    if lately.since is not None:
        weeks = int(lately.days // 7) + 1
        assert lately.per_day("entered_t")[arcs].sum() <= 1.5 * float(values[1, -weeks:].max())
    assert recent(model.worlds[0].state).by_arc("entered_t")[arcs].sum() == 0.0


def test_a_link_that_waits_for_its_day_says_when_and_by_whom() -> None:
    model = played(5, "reopen-rail")
    names = names_of(model.scene_case)
    told = link_status(model.worlds[1], names, names.rows["link"]["rail-ask-bek"])
    assert told.word == "closed"
    assert "Opens on 30 June 2025: Only the railway to Belmark reopens." in told.why


def test_a_link_shut_by_hand_says_so() -> None:
    question = Question(toy_with_cast(), steps=(HandStep(Action.CLOSE_LINK, "road-cpo-bay", 2),))
    model = TwinModel(Desk(question))
    for _ in range(6):
        model.step()
    card = card_of(model, "link", "road-cpo-bay")
    assert fact(card, "Today") == ("open", "closed")
    assert any("Closed on 3 January 2025: changed by hand." in words for words in card.words)


def test_a_link_shut_by_an_incident_names_it_and_its_end_and_so_does_its_card() -> None:
    model = opened_until_snow()
    card = card_of(model, "link", "road-ard-crn")
    assert fact(card, "Today") == ("shut by an incident", "shut by an incident")
    assert any("Shut by an incident: Snow shuts the mountain road (since " in words for words in card.words)
    snow = card_of(model, "incident", "pass-snow")
    assert fact(snow, "Under way") == ("yes", "yes")
    assert any(
        re.search(r"Under way since \d+ \w+ \d{4}; it will be over on \d+ \w+ \d{4}", words) for words in snow.words
    )
    assert [cell.text for cell in table(snow, "What it hits").rows[0][1:]] == ["shut", "shut"]


@cache
def opened_until_snow() -> TwinModel:
    """The toy case on the evening of a day with the pass shut."""
    model = twin()
    model.prepare()
    names = names_of(model.scene_case)
    for _ in range(120):
        model.step()
        if link_status(model.worlds[0], names, names.rows["link"]["road-ard-crn"]).word == "shut by an incident":
            return model
    raise AssertionError("it has not snowed for 120 days")


def test_talks_that_have_not_ended_are_named() -> None:
    model = TwinModel(Desk(Question(toy_with_cast(), (Chosen(MEASURE),), dates="negotiated")))
    for _ in range(3):
        model.step()
    names = names_of(model.scene_case)
    told = link_status(model.worlds[1], names, names.rows["link"]["road-ask-bek"])
    assert told.word == "closed"
    assert "Not agreed by " in told.why
    assert "No chosen policy opens it." not in told.why


def test_a_post_tells_its_line_and_what_it_serves() -> None:
    card = card_of(opened(), "post", "p-road-ard-crn-xa-out")
    assert fact(card, "Capacity") == ("58", "58")
    assert float(fact(card, "Works at")[0]) in (52.0, 58.0)
    assert [row[1].text for row in table(card, "Other traffic").rows] == ["14", "20"]
    state = opened().worlds[0].state
    facility = state.network.post_facility["p-road-ard-crn-xa-out"]
    assert fact(card, "In line")[0] == f"{state.movement.queue_vehicles[facility]:,.0f}"


def test_a_place_adds_up_its_own_shippers() -> None:
    model = opened()
    card = card_of(model, "node", "ARD")
    case, state = model.scene_case, model.worlds[1].state
    leaves = np.array([flow.origin == "ARD" for flow in case.flows])[state.table.flow]
    assert fact(card, "Sent from here")[1] == f"{state.table.quantity_t[leaves].sum():,.0f}"
    assert {row[0].text for row in table(card, "What comes and goes").rows} == {"Road", "Rail"}


def test_a_carrier_shows_where_its_fleet_is() -> None:
    card = card_of(opened(), "carrier", "xa-rail")
    services = table(card, "Services")
    assert len(services.rows) == 2
    assert services.rows[1][1].text == "does not run"
    assert float(services.rows[1][2].text) > 0.0
    assert "Its rates move by policy alone." in card.words[0]


def test_a_shipper_leads_to_its_posts_and_a_ban_is_told() -> None:
    model = played(120, "ban-fruit")
    card = card_of(model, "shipper", "f07#1")
    assert any(words.startswith("With: A ban stops its trade.") for words in card.words)
    posts = table(card, "Border posts on its way")
    assert {cell.kind for row in posts.rows for cell in row[:1]} == {"post"}
    assert float(fact(card, "Trade now")[1].replace(",", "")) < float(fact(card, "Trade now")[0].replace(",", ""))


# -------------------------------------------------------------------------------------------------------------------- search
def test_the_search_finds_by_identifier_name_and_words_in_any_order() -> None:
    case = toy_with_cast()
    assert find(case, "xa-rail")[0] == ("carrier", "xa-rail", "Railways of Arland")
    assert find(case, "F04#2")[0][:2] == ("shipper", "f04#2")
    assert find(case, "corin")[0][:2] == ("node", "CRN")
    found = find(case, "fruit bekra")
    assert {kind for kind, *_ in found} == {"shipper"}
    assert find(case, "bekra fruit") == found
    assert find(case, "snow")[0][:2] == ("incident", "pass-snow")
    assert find(case, "no such thing") == []
    assert len(find(case, "a")) == 12
    assert {kind for kind, *_ in find(case, "")} == set(KINDS)
    assert find(case, "(*[") == []


def test_names_follow_the_rows_of_the_tables() -> None:
    for model in (opened(), caucasus()):
        state, rows = model.worlds[0].state, names_of(model.scene_case).rows
        assert tuple(rows["shipper"]) == state.table.names
        assert tuple(rows["link"]) == state.network.link_ids
        assert tuple(rows["post"]) == state.network.post_ids
        assert tuple(rows["carrier"]) == state.fleets.carrier_ids
        assert tuple(rows["incident"]) == tuple(source.name for source in state.security.sources)


def test_another_case_has_other_names() -> None:
    case = toy_with_cast()
    nodes = (replace_name(case.nodes[0]), *case.nodes[1:])
    assert names_of(edited(case, nodes=nodes)).title("node", "ARD") == "<b>Ardel</b>"
    assert names_of(case).title("node", "ARD") == "Ardel"


def replace_name(node: Any) -> Any:
    return node.model_copy(update={"name": "<b>Ardel</b>"})


def test_a_card_may_hold_markup_as_text() -> None:
    case = toy_with_cast()
    strange = edited(replace(case), nodes=(replace_name(case.nodes[0]), *case.nodes[1:]))
    model = TwinModel(Desk(Question(strange)))
    model.prepare()
    assert card_of(model, "node", "ARD").title == "<b>Ardel</b>"


def test_what_the_inspector_says_of_a_young_closure_is_what_the_next_lots_do() -> None:
    """On the evening of each day the shares that it tells are those by which lots choose on the morning after."""
    from_day, days = 5, 12
    rows = (step("shut", Action.CLOSE_LINK, "road-ard-crn", from_day),)
    case = edited(toy(), warmup_days=30, policies=rows)
    model = CorridorModel(Scenario(case, ("shut",), {"backlog_days": 4.0}, still=CAST), register=False, collect=False)
    model.warm_up()
    names = names_of(model.inputs.case)
    waits = set()
    for _ in range(from_day + 1):
        model.step()
    for _ in range(days - from_day):
        told = {row: routes_of(model, names, row) for row in range(len(model.shippers))}
        model.step()
        for row, routes in told.items():
            shares = {route.column: route.probability for route in routes}
            found = model.shippers.probability[row]
            assert {k: shares.get(k, 0.0) for k in range(found.size)} == pytest.approx(dict(enumerate(found)), abs=1e-9)
            waits |= {route.wait_h for route in routes}
    assert waits == {0.0, 48.0, 72.0, 96.0}
