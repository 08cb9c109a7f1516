"""What a user may get wrong in carriers.csv and services.csv, and the words for what is right."""

import pytest

from abm.corridor.carrier_rules import carrier_doubts
from abm.corridor.check import check
from abm.corridor.circuits import boarding_legs, chain, gates, way_back
from abm.corridor.explain import explain
from abm.corridor.folder import reading_of
from abm.corridor.tables import Carrier, Case, Mode, Service
from abm.errors import Problem
from tests.carrier_worlds import PLAIN_LINE, RAILWAY, carrier, service, with_carriers
from tests.small_worlds import toy, toy_with_cast

LINKS = {link.link_id: link for link in toy().links}
TWO = service("two", "railway", "CPO", "rail-crn-cpo; rail-ard-crn")


def faults(*rows: Carrier | Service) -> list[str]:
    return [f"{fault.field}: {fault.rule}" for fault in problems_of(with_carriers(*rows))]


def problems_of(case: Case) -> list[Problem]:
    """Problems of the tables of carriers; those of other tables, which an edited case may have, are not asked for."""
    return [problem for problem in check(case).problems if problem.place.split()[0] in ("carriers.csv", "services.csv")]


def changed(row: Service, **columns: object) -> Service:
    return row.model_copy(update=columns)


def test_a_chain_runs_from_its_first_node_over_its_links_and_back() -> None:
    out = chain(TWO, LINKS)
    assert [leg.arc for leg in out] == ["rail-crn-cpo:CPO>CRN", "rail-ard-crn:CRN>ARD"]
    assert [leg.arc for leg in way_back(out)] == ["rail-ard-crn:ARD>CRN", "rail-crn-cpo:CRN>CPO"]
    assert [leg.arc for leg in boarding_legs(TWO, out)] == ["rail-crn-cpo:CPO>CRN", "rail-ard-crn:ARD>CRN"]
    named = changed(TWO, boards="rail-ard-crn")
    assert [leg.arc for leg in boarding_legs(named, out)] == ["rail-ard-crn:CRN>ARD", "rail-ard-crn:ARD>CRN"]


def test_gates_are_the_boarding_legs_of_carriers_that_hire_nobody() -> None:
    hired = carrier("hired", is_elastic=True)
    assert gates(with_carriers(RAILWAY, hired, TWO, service("other", "hired", "ARD", "rail-ard-ask"))) == {
        ("rail-crn-cpo", "CPO"), ("rail-ard-crn", "ARD")
    }  # fmt: skip


def test_a_sound_table_has_no_problems() -> None:
    assert faults(RAILWAY, PLAIN_LINE, TWO) == []
    assert not check(toy_with_cast()).problems


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (changed(TWO, carrier_id="railways"), "carrier_id: is not a carrier"),
        (changed(TWO, from_node_id="CPX"), "from_node_id: is not a node"),
        (changed(TWO, links="rail-crn-cpo;rail-crn-crn"), "links: is not a link"),
        (changed(TWO, links=" ; "), "links: must name at least one link"),
        (changed(TWO, links="rail-crn-cpo;rail-crn-cpo"), "links: names rail-crn-cpo twice: the way back is added by itself"),
        (changed(TWO, from_node_id="ARD"), "links: is not a chain from ARD: rail-crn-cpo does not go on from ARD"),
        (changed(TWO, links="rail-crn-cpo;rail-bay-bek"), "links: is not a chain from CPO: rail-bay-bek does not go on from CRN"),
        (changed(TWO, links="road-crn-cpo"), "links: holds road-crn-cpo, which is road: railway runs on rail"),
        (changed(TWO, boards="rail-bay-bek"), "boards: must be a link of the chain, or empty"),
        (
            changed(TWO, from_node_id="ASK", links="rail-ask-bek"),
            "vehicles: must say how many the carrier would send: rail-ask-bek is shut, "
            "so the base year has nothing to size it by",
        ),
    ],
)  # fmt: skip
def test_each_mistake_is_told_once(row: Service, fault: str) -> None:
    assert faults(RAILWAY, row) == [fault]


def test_nothing_comes_back_on_a_directed_link() -> None:
    links = tuple(row.model_copy(update={"directed": row.link_id == "rail-ard-ask"}) for row in toy().links)
    case = with_carriers(RAILWAY, service("one-way", "railway", "ARD", "rail-ard-ask"), links=links)
    rules = [problem.rule for problem in problems_of(case)]
    assert "holds rail-ard-ask, which is directed: nothing comes back on it" in rules


def test_departures_where_one_boards_need_places() -> None:
    links = tuple(
        row.model_copy(update={"places_t": None, "minimum_load_t": None} if row.link_id == "sea-cpo-bay" else {})
        for row in toy().links
    )
    sailing = service("sailing", "ships", "CPO", "sea-cpo-bay")
    case = with_carriers(carrier("ships", Mode.SEA), sailing, links=links)
    assert [problem.rule for problem in problems_of(case)] == [
        "boards on sea-cpo-bay, which has departures: give it places_t"
    ]


def test_a_carrier_without_services_and_boarding_at_a_border_are_doubtful() -> None:
    first = service("first", "railway", "ARD", "rail-ard-crn;rail-crn-cpo")
    case = with_carriers(RAILWAY, carrier("idle"), first)
    warnings = [warning.rule for warning in carrier_doubts(reading_of(case))]
    assert "runs no service" in warnings
    assert "lies between border posts, so cargo waits there for vehicles: name another link of the chain" in warnings


def test_explain_tells_who_carries_where_and_with_what() -> None:
    told = " ".join(explain(toy_with_cast(), width=400).split())
    assert "Carriers: 4 services of 3 carriers" in told
    assert "Railways of Arland (xa-rail): rail, regulated; 25 USD a vehicle-day; profit to XA." in told
    assert "380 km; 58 t a vehicle; vehicles for a load of 70%; boards on rail-crn-cpo" in told
    assert "25 (10 to 60) vehicles; boards on rail-ask-bek; waits until its links open" in told
    assert "Lorries of Arland (xa-lorries): road, priced, hired" in told
    assert "Carriers:" not in explain(toy())
