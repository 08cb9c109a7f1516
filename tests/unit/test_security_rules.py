"""What a check says of hazards, regimes and events, and what explain tells of them."""

from typing import Any

import pytest

from abm.corridor.check import check
from abm.corridor.explain import explain
from abm.corridor.tables import Case
from tests.small_worlds import edited, toy_with_cast


def changed(table: str, **columns: Any) -> Case:
    """The packaged case with other cells in the first row of one table."""
    case = toy_with_cast()
    first, *others = getattr(case, table)
    tables: dict[str, Any] = {table: (first.model_copy(update=columns), *others)}
    return edited(case, **tables)


def complaints(case: Case) -> list[str]:
    return [str(problem) for problem in check(case).problems]


def test_the_packaged_tables_are_sound() -> None:
    assert complaints(toy_with_cast()) == []


@pytest.mark.parametrize(
    ("table", "columns", "says"),
    [
        (
            "hazards",
            {"targets": "road-ard-crm"},
            ("hazards.csv pass-snow", "targets", "must be a link", "road-ard-crn"),
        ),
        ("hazards", {"targets": "p-road-ard-crn-xa-out"}, ("must be a link or DESTINATION/ORIGIN/COMMODITY",)),
        ("hazards", {"targets": "XC/XA"}, ("DESTINATION/ORIGIN/COMMODITY with *",)),
        ("hazards", {"targets": "XC/XQ/fruit"}, ("XQ", "country of any node")),
        ("hazards", {"targets": "XC/XA/frit"}, ("frit", "a commodity", "fruit")),
        ("hazards", {"rate_low_per_year": 11.0}, ("rate_per_year", "both ends of its range")),
        ("hazards", {"duration_high_days": None}, ("duration_days", "both ends of its range")),
        ("hazards", {"season_share": None}, ("season_share", "or none of them")),
        ("hazards", {"season_from_month": 5, "season_to_month": 4}, ("season_to_month", "leave a month outside")),
        ("hazards", {"targets": ";"}, ("hazards.csv pass-snow", "targets", "at least one of a link")),
        ("regimes", {"links": ";"}, ("regimes.csv arland-belmark", "links", "at least one link")),
        ("regimes", {"pair": "XA-XA"}, ("pair", "XA-XA", "two different countries")),
        ("services", {"vehicles_low": 130.0}, ("services.csv lorries-crn", "vehicles", "must lie between")),
        ("services", {"vehicles_high": None}, ("services.csv lorries-crn", "vehicles_high", "both ends or none")),
        ("hazards", {"branching_low_share": 0.0, "branching_high_share": 1.0}, ("branching_high_share", "must be < 1")),
        ("hazards", {"authority_id": "corsya"}, ("authority_id", "corsya", "corsia")),
        ("hazards", {"targets": "XC/XA/fruit", "loss_share": 0.1}, ("loss_share", "needs a link")),
        ("regimes", {"links": "road-ask-bek;road-ask"}, ("regimes.csv arland-belmark", "links", "a link")),
        ("regimes", {"pair": "XA-XQ"}, ("pair", "XQ")),
        ("regimes", {"regime_id": "pass-snow"}, ("name of a hazard",)),
        ("regimes", {"authority_id": "nobody"}, ("authority_id",)),
        ("events", {"start": "2019-13-20"}, ("events.csv old-snow", "start", "must be a date")),
        ("events", {"end": "2019-12-01"}, ("end", "must not be before start")),
        ("events", {"targets": "nowhere"}, ("targets", "a link, a post or")),
    ],
)
def test_a_row_that_does_not_fit_is_told_with_its_place(
    table: str, columns: dict[str, Any], says: tuple[str, ...]
) -> None:
    found = complaints(changed(table, **columns))
    assert any(all(text in line for text in says) for line in found), found


def test_history_may_name_a_post() -> None:
    assert complaints(changed("events", targets="p-road-ard-crn-xa-out")) == []


def test_explain_tells_rates_lengths_and_shares_of_time() -> None:
    text = " ".join(explain(toy_with_cast(), width=200).split())
    assert (
        "pass-snow 10 1.6 15.8 0% Snow shuts the mountain road (road-ard-crn, 90% in months 11-4)" in text
    )  # 10 a year of 1.58 days on average
    assert "arland-belmark 0.1 417.3 10%" in text  # 41.7 / (365 + 41.7)
    assert "operator-shocks" in text.split("only under a policy")[1]
    assert "4 events from 2019-12-20 to 2021-02-10" in text
    nobody = edited(toy_with_cast(), hazards=(), regimes=(), events=(), policies=())
    assert "Incidents" not in explain(nobody)
