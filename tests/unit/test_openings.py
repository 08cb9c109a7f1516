"""Opening dates: the distribution by hand, what moves with a date and what does not, what compare says of it."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.corridor.openings import Dates, dates_of, mean_dates, start_day
from abm.corridor.policies import resolve
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Action, Case, Opening
from abm.study.openings import ALL, opening_days
from abm.units import DAYS_PER_YEAR
from abm.worlds import TRANSPORT, WITHOUT, arms_of, lifts_friction, opened_links
from tests.made_comparisons import made_comparison, made_world, steady
from tests.small_worlds import edited, step, toy


def opening(policy: str, earliest: str, likely: str, latest: str, never: float, **columns: Any) -> Opening:
    return Opening(
        policy_id=policy, earliest=earliest, likely=likely, latest=latest, never_share=never, source="invented", grade="C",
        **columns,
    )  # fmt: skip


def asked(*rows: Opening, **tables: Any) -> Case:
    return edited(toy(), openings=rows, **tables)


#: From day 0 of toy (1 January 2025): 0, 365 and 1461 days.
REOPEN = opening("reopen", "2025-01-01", "2026-01-01", "2029-01-01", 0.4)


def test_probabilities_by_hand() -> None:
    dates = Dates(100, 200, 500, 0.25)
    # F(150) = 50^2 / (400 * 100); F(200) = 100 / 400; F(350) = 1 - 150^2 / (400 * 300).
    assert dates.probability_by(99) == 0.0
    assert dates.probability_by(150) == pytest.approx(0.75 * 0.0625)
    assert dates.probability_by(200) == pytest.approx(0.75 * 0.25)
    assert dates.probability_by(350) == pytest.approx(0.75 * 0.8125)
    assert dates.probability_by(500) == dates.probability_by(9999) == 0.75


def test_what_would_have_come_before_the_opening_day_comes_on_it() -> None:
    dates = Dates(-100, 0, 100, 0.0)
    assert dates.probability_by(-1) == 0.0
    assert dates.probability_by(0) == 0.5


@given(st.integers(-500, 500), st.integers(0, 500), st.integers(0, 500), st.floats(0.0, 1.0), st.floats(0.0, 2000.0))
def test_a_probability_grows_with_time_up_to_what_is_not_never(
    a: int, b: int, c: int, never: float, day: float
) -> None:
    dates = Dates(a, a + b, a + b + c, never)
    assert 0.0 <= dates.probability_by(day) <= dates.probability_by(day + 10.0) <= 1.0 - never
    assert dates.probability_by(max(0, a + b + c)) == 1.0 - never


def test_given_dates_are_those_of_the_rows() -> None:
    case = asked(REOPEN)
    assert start_day(Scenario(case, ("reopen",)), "reopen") == 0
    assert resolve(Scenario(case, ("reopen",))) == resolve(Scenario(toy(), ("reopen",)))


def test_a_policy_that_nobody_was_asked_about_starts_when_its_rows_say() -> None:
    scenario = Scenario(asked(REOPEN), ("cut-tariff",), dates="scheduled")
    assert start_day(scenario, "cut-tariff") == 365
    assert resolve(scenario) == resolve(replace(scenario, dates="given"))


def test_a_policy_moves_as_a_whole_and_keeps_its_length() -> None:
    rows = (
        step("p", Action.CLOSE_LINK, "road-ard-crn", 30, 60),
        step("p", Action.SET_TOLL, "rail-ard-crn", 40, None, "1"),
    )
    case = asked(opening("p", "2026-01-01", "2026-01-01", "2026-01-01", 0.0), policies=rows)
    moved = resolve(Scenario(case, ("p",), dates="scheduled"))
    assert [(one.start_day, one.end_day) for one in moved] == [(365, 395), (375, None)]


def test_a_policy_that_never_comes_has_no_step_and_yet_its_worlds_have_the_same_arms() -> None:
    scenario = Scenario(asked(REOPEN.model_copy(update={"never_share": 1.0})), ("reopen",), dates="scheduled")
    assert start_day(scenario, "reopen") is None
    assert resolve(scenario) == ()
    assert lifts_friction(scenario)
    assert set(opened_links(scenario)) == {"road-ask-bek", "rail-ask-bek"}


def test_all_arms_of_a_seed_share_the_date_and_so_do_other_shares_of_never() -> None:
    for seed in range(1, 30):
        scenario = Scenario(asked(REOPEN), ("reopen",), seed=seed, dates="scheduled")
        arms = arms_of(scenario)
        days = {name: start_day(arm, "reopen") for name, arm in arms.items()}
        assert len(set(days.values())) == 1
        sure = replace(scenario, case=asked(REOPEN.model_copy(update={"never_share": 0.0})))
        assert days[TRANSPORT] in (None, start_day(sure, "reopen"))


def test_the_share_of_never_is_drawn_from_its_range_and_averaged_for_tables() -> None:
    row = opening("reopen", "2025-01-01", "2026-01-01", "2029-01-01", 0.3, never_low_share=0.0, never_high_share=0.9)
    scenario = Scenario(asked(row), ("reopen",), draw=True)
    drawn = [dates_of(replace(scenario, seed=seed), "reopen") for seed in range(1, 50)]
    shares = {dates.never_share for dates in drawn if dates is not None}
    assert len(shares) == 49
    assert all(0.0 <= share <= 0.9 for share in shares)
    mean = mean_dates(scenario, "reopen")
    assert mean is not None
    assert mean.never_share == pytest.approx(0.4)
    central = mean_dates(replace(scenario, draw=False), "reopen")
    assert central is not None
    assert central.never_share == 0.3


def told(dates: str, *rows: Opening, policies: tuple[str, ...] = ("reopen",)) -> dict[tuple[str, int], Any]:
    """Rows of the table of openings of two made-up seeds, in which the measure makes a tenth more of all trade."""
    runs = [{WITHOUT: made_world(steady(5)), TRANSPORT: made_world(steady(5, 1.1))} for _ in range(2)]
    result = made_comparison(runs, policies, dates=dates, case=asked(*rows))
    return {(row["policy"], row["window_years"]): row for row in result.openings.to_dict("records")}


def test_probability_effect_and_product_stand_apart() -> None:
    row = told("given", REOPEN)[ALL, 3]
    # Day 1095 of 0, 365, 1461: 1 - 366^2 / (1461 * 1096) of 60 per cent.
    chance = 0.6 * (1.0 - 366.0**2 / (1461.0 * 1096.0))
    assert row["probability"] == pytest.approx(chance)
    assert row["level_given"] == pytest.approx(0.1)
    assert row["level_expected"] == pytest.approx(0.1 * chance)


def test_policies_come_together_with_the_product_of_their_probabilities() -> None:
    other = opening("reopen-rail", "2025-01-01", "2025-01-01", "2027-01-01", 0.5)
    rows = told("given", REOPEN, other, policies=("reopen", "reopen-rail"))
    both = rows[ALL, 3]["probability"]
    assert both == pytest.approx(rows["reopen", 3]["probability"] * rows["reopen-rail", 3]["probability"])


def test_scheduled_worlds_are_counted_and_no_product_is_made() -> None:
    row = told("scheduled", REOPEN)["reopen", 5]
    scenario = Scenario(asked(REOPEN), ("reopen",), dates="scheduled")
    days = opening_days(scenario, [1, 2], [{}, {}])["reopen"]
    within = days[days < 5 * DAYS_PER_YEAR]
    assert row["worlds_opened"] == within.size
    assert row["worlds"] == 2
    assert row["level_expected"] != row["level_expected"]  # nan


def test_nothing_is_told_where_nobody_was_asked() -> None:
    assert told("given") == {}
