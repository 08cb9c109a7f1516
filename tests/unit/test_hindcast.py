"""Histories played again: the naive rivals and the scores by hand, and worlds whose answer is known."""

import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from abm.corridor.catalogue import HISTORY_FOLDER, find_case, packaged_cases, packaged_histories
from abm.corridor.tables import Case, Target, TargetMetric, Use
from abm.errors import InputError
from abm.network.arcs import Floats
from abm.randomness import Z_95
from abm.rules.naive import fluid_line, fluid_wait_days, moved_shares
from abm.study import calibrate as calibration
from abm.study.calibrate import calibrate_together, most_sets
from abm.study.files import plain
from abm.study.hindcast import half_table, half_widths, hindcast, history_table, play_history, sign, skill, target_table
from abm.study.hindcast_fitted import fit_half, scored_twice
from abm.study.rivals import next_cheapest, no_change
from abm.study.targets import measure_targets, warmed_up
from tests.made_histories import CAPACITY, DAYS_SHUT, LORRY_T, POST, TONNES_A_DAY, shut_pass, target, two_ways
from tests.small_worlds import edited, toy

SHUT = np.inf


# ---------------------------------------------------------------------------------------------------------------- the rules
@pytest.mark.parametrize(
    ("before", "after", "moved"),
    [
        ([10.0, 12.0, 15.0], [10.0, 12.0, 15.0], [0.5, 0.3, 0.2]),  # nothing has changed
        ([10.0, 12.0, 15.0], [SHUT, 12.0, 15.0], [0.0, 0.8, 0.2]),  # the cheapest is shut: its goods go to the next
        ([10.0, 12.0, 15.0], [10.0, 12.0, SHUT], [0.7, 0.3, 0.0]),
        ([10.0, 12.0, 15.0], [13.0, 12.0, 15.0], [0.0, 0.8, 0.2]),  # dearer than another now
        ([10.0, 12.0, 15.0], [11.0, 12.0, 15.0], [0.5, 0.3, 0.2]),  # dearer, and still the cheapest
        ([10.0, 12.0, 15.0], [10.0, 14.0, 15.0], [0.8, 0.0, 0.2]),  # the event touches who went there, and they leave
        ([10.0, 12.0, 15.0], [10.0, 12.0, 9.0], [0.0, 0.0, 1.0]),  # cheaper than all others now: all go there
        ([10.0, 12.0, 15.0], [10.0, 12.0, 11.0], [0.5, 0.3, 0.2]),  # cheaper, but not the cheapest
        ([10.0, 12.0, 15.0], [9.0, 12.0, 15.0], [0.5, 0.3, 0.2]),  # the cheapest as before
        ([10.0, 12.0, SHUT], [10.0, 12.0, 9.0], [0.0, 0.0, 1.0]),  # a new way
        ([10.0, 12.0, SHUT], [10.0, 12.0, 11.0], [0.5, 0.3, 0.2]),
        ([10.0, 12.0, 15.0], [SHUT, SHUT, SHUT], [0.0, 0.0, 0.0]),  # no way left
    ],
)  # fmt: skip
def test_goods_that_are_touched_go_to_the_cheapest_way_left(
    before: list[float], after: list[float], moved: list[float]
) -> None:
    found = moved_shares(np.array([[0.5, 0.3, 0.2]]), np.array([before]), np.array([after]))
    assert found[0].tolist() == pytest.approx(moved)


def test_what_was_the_cheapest_before_draws_nobody_by_becoming_cheaper_still() -> None:
    """Who went another way then had a reason that is no cost; the same new cost on a way that was not the cheapest draws all."""
    share, after = np.array([[0.5, 0.3, 0.2]]), np.array([[5.0, 12.0, 15.0]])
    was_cheapest = moved_shares(share, np.array([[10.0, 12.0, 15.0]]), after)
    was_not = moved_shares(share, np.array([[13.0, 12.0, 15.0]]), after)
    was_shut = moved_shares(share, np.array([[SHUT, 12.0, 15.0]]), after)
    assert was_cheapest.tolist() == share.tolist()
    assert was_not[0].tolist() == was_shut[0].tolist() == pytest.approx([1.0, 0.0, 0.0])


def test_shippers_move_on_their_own_costs() -> None:
    share = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    found = moved_shares(share, np.full((3, 2), 10.0), np.array([[11.0, 10.0], [11.0, 10.0], [SHUT, 10.0]]))
    assert found.tolist() == [[0.0, 1.0], [0.0, 1.0], [0.0, 0.0]]


def test_a_fluid_line_grows_while_a_gate_is_shut_and_shortens_by_what_is_left_of_its_capacity() -> None:
    capacity = np.repeat([0.0, 150.0], [10, 25])
    line, passed = fluid_line(np.full(35, 100.0), capacity)
    assert (line[10], line[20], line[30], line[35]) == (1000.0, 500.0, 0.0, 0.0)
    assert passed.tolist() == [0.0] * 10 + [150.0] * 20 + [100.0] * 5


def test_the_wait_in_a_fluid_line_is_the_area_between_those_who_came_and_those_who_passed() -> None:
    """3,000 come in thirty days and 15,000 vehicle-days are waited; who comes on the first day waits ten less a third."""
    arrivals = np.full(35, 100.0)
    _, passed = fluid_line(arrivals, np.repeat([0.0, 150.0], [10, 25]))
    assert fluid_wait_days(arrivals, passed, 0, 35) == pytest.approx(15_000.0)
    assert fluid_wait_days(arrivals, passed, 10, 30) == pytest.approx(15_000.0)
    assert fluid_wait_days(arrivals, passed, 30, 35) == pytest.approx(0.0)
    assert fluid_wait_days(arrivals, passed, 0, 10) == 0.0
    # The first 150 pass on day 10, evenly: they came within the first 1.5 days.
    assert fluid_wait_days(arrivals, passed, 10, 11) == pytest.approx(150.0 * (10.5 - 0.75))


# ---------------------------------------------------------------------------------------------------------------- in worlds
def says(*targets: Target, usual: float = 0.0) -> list[float]:
    """What the next-cheapest rival says of targets of one event among those of two ways."""
    case = two_ways(*targets)
    (root,) = warmed_up(case, {}, 1, targets)
    return list(map(float, next_cheapest(root.world, targets, [usual] * len(targets))))


def way(first: int, end: int, event: str, **columns: Any) -> Target:
    return target(f"way{first}-{end}", from_day=first, to_day=end, policies=event, **{"of": "rail-ard-crn", **columns})


RATIO: Mapping[str, Any] = {"metric": TargetMetric.RATIO, "unit": "1", "of": ""}


def test_while_the_road_is_shut_all_go_by_rail_and_afterwards_as_before() -> None:
    before, during, straddling, after, all_at_once = says(
        way(-50, 0, "shut-road"), way(0, 20, "shut-road"), way(10, 30, "shut-road"), way(20, 40, "shut-road"),
        way(0, 20, "shut-road", metric=TargetMetric.TONNES, of=""),
    )  # fmt: skip
    assert 0.0 < before < 0.9
    assert during == 1.0
    assert after == pytest.approx(before)
    assert straddling == pytest.approx((1.0 + before) / 2.0)
    assert all_at_once == pytest.approx(365.0 * TONNES_A_DAY)


def test_the_base_is_what_was_sent_in_the_last_year_of_the_warm_up() -> None:
    (told,) = says(way(-50, 0, "shut-road"))
    case = two_ways(way(-180, 0, ""))
    assert play_of(case, case.targets)[0] == pytest.approx(told)


def play_of(case: Case, targets: tuple[Target, ...]) -> list[float]:
    return list(map(float, measure_targets(case, {}, 1, targets)))


def test_a_toll_that_makes_the_road_dearer_empties_it_from_its_day_on() -> None:
    assert says(way(5, 9, "toll"), way(0, 5, "toll"), way(0, 10, "toll", metric=TargetMetric.HALF_DAYS))[0] == 1.0
    before, half, from_the_start = says(
        way(0, 5, "toll"),
        way(0, 60, "toll", metric=TargetMetric.HALF_DAYS),
        way(5, 65, "toll", metric=TargetMetric.HALF_DAYS),
    )
    assert before < 0.9
    assert (half, from_the_start) == (5.0, 0.0)


def test_a_way_that_becomes_the_cheapest_draws_all() -> None:
    share, growth = says(way(0, 9, "cheap-rail"), way(0, 9, "cheap-rail", metric=TargetMetric.PASSED))
    assert share == 1.0
    assert growth == pytest.approx(1.0 / says(way(-50, 0, "cheap-rail"))[0])


def test_what_is_banned_or_has_no_way_is_not_sent() -> None:
    assert says(way(0, 10, "ban", **RATIO), way(0, 20, "ban", **RATIO)) == pytest.approx([0.25, 0.625])
    assert says(way(0, 10, "shut-both", **RATIO), way(0, 20, "shut-both", **RATIO)) == pytest.approx([0.0, 0.5])
    assert says(way(0, 10, "ban", **{**RATIO, "metric": TargetMetric.ARRIVED})) == pytest.approx([0.25])


def test_who_has_no_other_way_waits_at_the_first_gate_that_is_shut() -> None:
    """Those who went by road stand before the outbound post, with 20 t in each lorry; at the inbound one nobody does."""
    by_road = 1.0 - says(way(-50, 0, "shut-both"))[0]
    inbound = POST.replace("xa-out", "xc-in")
    rows = [way(0, 10, "shut-both", metric=TargetMetric.QUEUE, of=post) for post in (POST, inbound)]
    assert says(*rows, usual=3.0) == pytest.approx([3.0 + 10.0 * TONNES_A_DAY * by_road / LORRY_T, 3.0])
    assert says(way(0, 10, "shut-road", metric=TargetMetric.QUEUE, of=POST)) == [0.0]  # they have the railway


def test_hours_are_the_usual_ones_with_what_is_announced() -> None:
    rows = [way(0, 10, "papers", metric=metric, of=POST) for metric in (TargetMetric.HOURS, TargetMetric.WAIT_H)]
    assert says(*rows, usual=2.0) == pytest.approx([8.0, 2.0])


def test_a_growth_of_traffic_is_let_pass_as_usual_where_vehicles_are_counted() -> None:
    row = way(0, 10, "papers", metric=TargetMetric.HOURS, of=POST, traffic=1.5)
    assert says(row, usual=2.0) == [2.0]


def test_of_what_does_not_change_no_half_is_made() -> None:
    assert no_change(way(0, 60, "toll", metric=TargetMetric.HALF_DAYS), 12.0) == 60.0
    assert no_change(way(0, 60, "toll"), 12.0) == 12.0


def test_what_never_moved_does_not_grow_without_the_event() -> None:
    growth = way(0, 60, "toll", metric=TargetMetric.GROWTH, goods="XA/XC/goods")
    assert no_change(growth, np.nan) == 0.0
    assert no_change(growth, 0.2) == 0.2
    assert np.isnan(no_change(way(0, 60, "toll"), np.nan))


def test_a_shut_pass_is_told_by_the_model_and_by_arithmetic_alike() -> None:
    model, usual, rival = play_history(shut_pass(), {}, 1)
    assert model == pytest.approx([1000.0, DAYS_SHUT * 100.0 / CAPACITY, 1.5, 120.0], rel=0.01)
    assert rival == pytest.approx([1000.0, DAYS_SHUT * 100.0 / CAPACITY, 1.5, 120.0], rel=0.01)
    assert usual == pytest.approx([0.0, 0.0, 1.0, 0.0], abs=1.0)


# ---------------------------------------------------------------------------------------------------------------- scores
ROW = target(value=0.5, low=0.4, high=0.8, metric=TargetMetric.RATIO, unit="1")


def test_a_miss_counts_half_widths_on_its_own_side() -> None:
    assert [half_widths(ROW, figure) for figure in (0.5, 0.4, 0.8, 0.3, 1.4)] == pytest.approx(
        [0.0, -1.0, 1.0, -2.0, 3.0]
    )
    assert half_widths(ROW, np.nan) == 10.0


@pytest.mark.parametrize(
    ("figure", "usual", "told"),
    [
        (0.9, 1.0, "right"),
        (1.1, 1.0, "wrong"),
        (1.0, 1.0, "wrong"),  # nothing happened where something did
        (0.1, 0.2, "wrong"),
        (0.3, 0.2, "right"),
        (0.1, 0.69, "none"),  # 0.19 of a tolerance of 0.4: too little to tell
        (0.1, 0.71, "right"),
        (0.1, np.nan, "none"),
    ],
)
def test_a_sign_is_that_of_the_change_from_the_world_without_the_event(figure: float, usual: float, told: str) -> None:
    assert sign(ROW, figure, usual) == told


def test_a_half_life_has_no_sign() -> None:
    assert sign(way(0, 60, "toll", metric=TargetMetric.HALF_DAYS, value=20, low=19, high=21), 20.0, 60.0) == "none"


def named(name: str, *rows: Target) -> Case:
    case = edited(toy(), targets=rows)
    return edited(case, info=case.info.model_copy(update={"name": name, "title": name}))


FIT: dict[str, Any] = {"use": Use.FIT}
HELD: dict[str, Any] = {"use": Use.HELD}


def test_tables_hold_the_scores_that_the_figures_make() -> None:
    """Two histories: one of two targets, of which the model meets one and has both signs, and beats both rivals (misses 1 against
    4.5 and 1.5); one of one target, where a rival is better."""
    rows = [target(name, value=0.5, low=0.4, high=0.6, **FIT) for name in ("a", "b")]
    one, other = named("one", *rows), named("other", target(value=0.5, low=0.4, high=0.6, **HELD))
    worlds = np.array([[[0.50, 0.70], [0.95, 0.95], [0.5, 0.8]], [[0.50, 0.70], [0.95, 0.95], [0.5, 0.8]]])
    worlds[:, 0, 1] += [-0.02, 0.02]  # seeds differ
    single = np.array([[[0.65], [0.70], [0.5]]])
    targets = pd.concat([target_table(one, worlds), target_table(other, single)], ignore_index=True)
    assert targets["miss_model"].tolist() == pytest.approx([0.0, 2.0, 1.5])
    assert targets["error"].tolist()[:2] == pytest.approx([0.0, 0.02])
    assert np.isnan(targets["error"].iloc[2])
    assert targets["is_within"].tolist() == [True, False, False]
    assert targets["within_no_change"].tolist() == [False, False, False]
    assert targets["within_next_cheapest"].tolist() == [True, False, True]
    assert targets["sign"].tolist() == ["right", "right", "right"]
    histories = history_table([one, other], targets)
    assert histories["miss_model"].tolist() == pytest.approx([1.0, 1.5])
    assert histories["miss_no_change"].tolist() == pytest.approx([4.5, 2.0])
    assert histories["miss_next_cheapest"].tolist() == pytest.approx([1.5, 0.0])
    assert histories["beats_both"].tolist() == [True, False]
    assert histories["skill_no_change"].tolist() == pytest.approx([1.0 - 1.0 / 4.5, 0.25])
    assert histories["skill_next_cheapest"].tolist() == pytest.approx([1.0 / 3.0, -np.inf])
    fit, held = half_table(histories, targets).to_dict("records")
    assert (fit["use"], fit["n_targets"], fit["within_share"], fit["all_within_share"]) == ("fit", 2, 0.5, 0.0)
    assert (fit["within_no_change_share"], fit["within_next_cheapest_share"]) == (0.0, 0.5)
    assert (held["within_no_change_share"], held["within_next_cheapest_share"]) == (0.0, 1.0)
    assert (fit["most_within_share"], fit["right_share"], fit["beats_both_share"]) == (0.0, 1.0, 1.0)
    assert (held["within_share"], held["beats_no_change_share"], held["beats_both_share"]) == (0.0, 1.0, 0.0)


def test_skill_is_one_without_a_miss_and_zero_at_the_rivals() -> None:
    assert (skill(0.0, 2.0), skill(2.0, 2.0), skill(4.0, 2.0)) == (1.0, 0.0, -1.0)
    assert np.isnan(skill(0.0, 0.0))


def test_a_hindcast_holds_its_tables_and_what_is_needed_to_play_it_again() -> None:
    told: list[int] = []
    result = hindcast(shut_pass(), seeds=2, first_seed=5, values={"kappa": 5.0}, workers=1, progress=told.append)
    assert sum(told) == 2
    assert result.seeds == (5, 6)
    assert result.histories["n_within"].tolist() == [4]
    assert result.targets[["history", "target_id"]].to_numpy().tolist()[0] == [shut_pass().info.name, "line"]
    settings = plain(result.provenance)["histories"][0]
    assert (settings["case_digest"], settings["seeds"]) == (shut_pass().digest, [5, 6])
    assert settings["values"] == {"kappa": 5.0}


def test_targets_that_name_no_event_are_not_scored() -> None:
    rows = (way(0, 20, "shut-road"), way(-50, 0, ""))
    assert hindcast(two_ways(*rows), seeds=1, workers=1).targets["target_id"].tolist() == ["way0-20"]


def test_everything_wrong_with_what_is_asked_is_told_at_once() -> None:
    uses = {"a": FIT, "b": HELD, "c": FIT}
    mixed = named("mixed", *(target(name, policies="reopen", **use) for name, use in uses.items()))
    still = named("still", *(target(f"t{n}", policies="", **HELD) for n in range(8)))
    empty = named("empty")
    with pytest.raises(InputError) as caught:
        hindcast([mixed, mixed, still, empty], seeds=0, workers=0, values={"kapa": 1.0, "lam": 7.0})
    two_uses = "column use: must have one use for all rows of a history, but fit stands in a, c; held stands in b"
    how = "section 17 of a case's README tells how (caravan new writes one)"
    assert [str(problem) for problem in caught.value.problems] == [
        "seeds: 0 must be a whole number from 1 to 100000",
        "workers: 0 must be at least 1",
        "history: 'mixed' is named twice",
        f"mixed: targets.csv {two_uses}",
        f"mixed: targets.csv {two_uses}",
        "still: targets.csv: holds nothing to score: what came of an event names its policies, or another traffic, and t0, t1, "
        f"t2, t3, t4, t5 and 2 more do neither; {how}",
        f"empty: targets.csv: holds no row: what came of an event is a row that names its policies; {how}",
        "value: 'kapa' is not an assumption of these histories; did you mean 'kappa'?",
        "value lam: 7 must be <= 1",
    ]


# ---------------------------------------------------------------------------------------------------------------- calibration
def straight_worlds(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, float]]]:
    """Every world measures 10 + 10 ln(kappa / 4) / ln 2; what was asked of them is noted."""
    asked: list[tuple[str, dict[str, float]]] = []

    def measure(case: Case, values: Mapping[str, float], seed: int, rows: tuple[Target, ...]) -> Floats:
        asked.append((case.info.name, dict(values)))
        return np.full(len(rows), 10.0 + 10.0 * np.log2(values.get("kappa", 4.0) / 4.0))

    monkeypatch.setattr(calibration, "measure_targets", measure)
    return asked


def wants(name: str, value: float, **columns: Any) -> Case:
    """A case with a target that is met where kappa's place in its range is a tenth of ``value`` less ten."""
    ends: dict[str, Any] = {"low": value - Z_95, "high": value + Z_95}
    return named(name, target(metric=TargetMetric.RATIO, unit="1", value=value, **ends, **FIT, **columns))


def test_cases_that_are_fitted_together_share_one_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """Targets at 12 and 14 pull at one u: (10 u - 2)^2 + (10 u - 4)^2 + (1.645 u)^2 is least at u = 60 / (200 + 1.645^2)."""
    straight_worlds(monkeypatch)
    found = calibrate_together([wants("one", 12.0), wants("two", 14.0)], fit=("kappa",), seeds=1, workers=1)
    u = 60.0 / (200.0 + Z_95**2)
    assert found.found["kappa"] == pytest.approx(4.0 * 2.0**u, rel=0.001)
    assert found.fit["target_id"].tolist() == ["one/t", "two/t"]
    assert found.fit["measured_after"].tolist() == pytest.approx([10.0 + 10.0 * u] * 2, abs=0.02)


def test_a_case_with_a_value_of_its_own_keeps_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = straight_worlds(monkeypatch)
    own = wants("own", 12.0)
    rows = tuple(row.model_copy(update={"value": 3.0}) if row.name == "kappa" else row for row in own.assumptions)
    cases = [wants("one", 12.0), wants("two", 12.0), edited(own, assumptions=rows)]
    found = calibrate_together(cases, fit=("kappa",), seeds=1, workers=1)
    assert found.found["kappa"] > 4.0
    assert {name: values for name, values in asked if "kappa" not in values} == {"own": {}}
    assert [bool(found.found_of(case)) for case in cases] == [True, True, False]


def test_a_name_that_one_of_the_cases_lacks_cannot_be_fitted_to_all() -> None:
    fewer = tuple(row for row in toy().assumptions if row.name != "kappa")
    cases = [wants("one", 12.0), edited(wants("two", 12.0), assumptions=fewer)]
    with pytest.raises(InputError, match="'kappa' is not an assumption of all of these cases"):
        calibrate_together(cases, fit=("kappa",))


def test_the_half_that_is_held_back_is_scored_but_never_fitted_to(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = straight_worlds(monkeypatch)
    fit = edited(shut_pass(), targets=tuple(row.model_copy(update=FIT) for row in shut_pass().targets))
    held = edited(shut_pass(), info=shut_pass().info.model_copy(update={"name": "held"}))
    sets: list[int] = []
    pairs: list[int] = []
    cases = [fit, held]
    found = fit_half(cases, fit=("kappa",), seeds=1, evaluations=4, workers=1, progress=sets.append)
    result = scored_twice(cases, found, workers=1, progress=pairs.append)
    assert sum(sets) == result.calibration.evaluations <= most_sets(1, 4)
    assert sum(pairs) == 4  # both histories, before and after
    assert {name for name, _ in asked} == {fit.info.name}
    for told in (result.before, result.after):
        assert told.halves["use"].tolist() == ["fit", "held"]
    settings = plain(result.after.provenance)["histories"]
    assert [one["values"] for one in settings] == [result.calibration.found] * 2


@pytest.mark.parametrize(("n_names", "evaluations"), [(1, 1), (1, 60), (2, 7), (2, 60)])
def test_a_calibration_plays_no_more_sets_of_values_than_are_told_beforehand(
    monkeypatch: pytest.MonkeyPatch, n_names: int, evaluations: int
) -> None:
    straight_worlds(monkeypatch)
    told: list[int] = []
    names = ("kappa", "lam")[:n_names]
    cases = [wants("one", 12.0), wants("two", 14.0)]
    calibrate_together(cases, fit=names, seeds=1, workers=1, evaluations=evaluations, progress=told.append)
    assert sum(told) <= most_sets(n_names, evaluations)


def test_everything_wrong_with_a_calibration_is_told_at_once() -> None:
    held = named("held", target("a", policies="reopen", **HELD))
    with pytest.raises(InputError) as caught:
        fit_half([held], fit=("kapa",), seeds=0, evaluations=0, workers=0)
    assert [str(problem) for problem in caught.value.problems] == [
        "seeds: 0 must be a whole number from 1 to 100000",
        "workers: 0 must be at least 1",
        "history: must be one of the half that is fitted to: a target's use is fit",
        "evaluations: 0 must be at least 1",
        "fit: 'kapa' is not an assumption of this case; did you mean 'kappa'?",
    ]
    with pytest.raises(InputError) as caught:
        fit_half([named("still"), held], fit=("kapa", "lamm"))
    assert [problem.place for problem in caught.value.problems] == ["still: targets.csv", "history", "fit", "fit"]


# ---------------------------------------------------------------------------------------------------------------- the package
def test_a_packaged_history_is_found_by_its_name_and_is_no_ordinary_case() -> None:
    for name, folder in packaged_histories().items():
        assert find_case(name) == folder
        assert folder.parent == HISTORY_FOLDER
        assert name not in packaged_cases()
        assert "_" not in name
    assert "history" not in packaged_cases()


def test_who_misspells_a_history_is_told_where_they_are_listed() -> None:
    with pytest.raises(InputError, match=r"histories \(caravan cases lists them\); did you mean 'suez-2021'\?"):
        find_case("suez")


def test_a_wheel_holds_the_histories(tmp_path: Path) -> None:
    root = HISTORY_FOLDER.parents[2]
    build = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", build, str(tmp_path)], cwd=root, capture_output=True, text=True, check=True, timeout=120
    )
    wheel = tmp_path / done.stdout.splitlines()[-1]
    held = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("abm/cases/history/")}
    folders = packaged_histories().values()
    files = {path for folder in folders for path in folder.rglob("*") if path.suffix in (".csv", ".toml", ".md")}
    assert {path.relative_to(root).as_posix() for path in files} <= held
    assert not {name for name in held if name.endswith(".py")}
