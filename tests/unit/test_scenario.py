import datetime as dt
import math
import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from abm.corridor.assumptions import SHARED_NAMES, domain, friction_name
from abm.corridor.load import load
from abm.corridor.policies import policy_titles, resolve
from abm.corridor.scenario import Scenario, assumption_values, quantile, ranged
from abm.corridor.tables import Action, Case, Shape, Status
from abm.errors import InputError


@pytest.fixture(scope="module")
def toy() -> Case:
    return load("toy")


def rules(caught: pytest.ExceptionInfo[InputError]) -> list[str]:
    return [str(problem) for problem in caught.value.problems]


def test_without_drawing_every_assumption_has_its_central_value(toy: Case) -> None:
    assert assumption_values(Scenario(toy)) == {row.name: row.value for row in toy.assumptions}


def test_a_value_that_is_set_wins_over_centre_and_draw(toy: Case) -> None:
    for draw in (False, True):
        assert assumption_values(Scenario(toy, values={"sigma": 3}, draw=draw))["sigma"] == 3.0


def test_draws_stay_in_their_ranges_and_differ_by_seed(toy: Case) -> None:
    seen = [assumption_values(Scenario(toy, seed=seed, draw=True)) for seed in range(50)]
    for row in toy.assumptions:
        drawn = [values[row.name] for values in seen]
        assert all(row.low <= value <= row.high for value in drawn)
        assert set(drawn) == {row.value} if row.shape is Shape.FIXED else len(set(drawn)) == 50


def test_a_draw_belongs_to_its_name_and_to_nothing_else(toy: Case) -> None:
    """Fewer assumptions, another order, other policies: the draws of the rest stay."""
    whole = assumption_values(Scenario(toy, seed=7, draw=True))
    fewer = replace(toy, assumptions=tuple(reversed(toy.assumptions[1:])), policies=())
    left = assumption_values(Scenario(fewer, seed=7, draw=True))
    assert left == {name: value for name, value in whole.items() if name in left}
    assert len(left) == len(whole) - 1


def test_a_number_with_a_range_is_drawn_by_table_key_and_column(toy: Case) -> None:
    drawing = Scenario(toy, seed=3, draw=True)
    first = ranged(drawing, "borders", "p-1", "dwell_h", 5.0, 2.0, 10.0)
    assert 2.0 < first < 10.0
    assert first == ranged(drawing, "borders", "p-1", "dwell_h", 5.0, 2.0, 10.0)
    others = [("borders", "p-2", "dwell_h"), ("terminals", "p-1", "dwell_h"), ("borders", "p-1", "fee")]
    assert len({first, *(ranged(drawing, *key, 5.0, 2.0, 10.0) for key in others)}) == 4


def test_a_number_without_a_range_or_without_drawing_stands(toy: Case) -> None:
    assert ranged(Scenario(toy, draw=True), "links", "a", "length_km", 5.0, None, None) == 5.0
    assert ranged(Scenario(toy), "links", "a", "length_km", 5.0, 2.0, 10.0) == 5.0


@given(u=st.floats(0.001, 0.999), low=st.floats(0.1, 5), up=st.floats(0.01, 5), more=st.floats(0.01, 5))
def test_every_shape_stays_within_its_range_and_rises(u: float, low: float, up: float, more: float) -> None:
    value, high = low + up, low + up + more
    for shape in Shape:
        here, later = quantile(shape, value, low, high, u), quantile(shape, value, low, high, min(u + 0.0005, 0.9999))
        assert low <= here <= later <= high


@given(u=st.floats(0.001, 0.999))
def test_triangular_and_uniform_quantiles_are_those_of_scipy(u: float) -> None:
    assert quantile(Shape.TRIANGULAR, 3.0, 1.0, 7.0, u) == pytest.approx(stats.triang.ppf(u, 1 / 3, 1, 6), rel=1e-12)
    assert quantile(Shape.UNIFORM, 3.0, 1.0, 7.0, u) == pytest.approx(stats.uniform.ppf(u, 1, 6), rel=1e-12)


def test_the_lognormal_has_its_median_at_the_value_and_is_cut_at_the_range() -> None:
    assert quantile(Shape.LOGNORMAL, 4.0, 2.0, 8.0, 0.5) == pytest.approx(4.0, rel=1e-12)
    sigma = math.log(2) / stats.norm.ppf(0.95)
    for u in (0.01, 0.2, 0.7, 0.99):
        exact = stats.lognorm.ppf(0.05 + 0.9 * u, sigma, scale=4.0)
        assert quantile(Shape.LOGNORMAL, 4.0, 2.0, 8.0, u) == pytest.approx(exact, rel=1e-9)


def test_a_skewed_lognormal_reaches_both_ends() -> None:
    ends = [quantile(Shape.LOGNORMAL, 5.0, 2.0, 20.0, u) for u in (1e-12, 1 - 1e-12)]
    assert ends == [pytest.approx(2.0, rel=1e-6), pytest.approx(20.0, rel=1e-6)]


def test_a_range_without_width_is_its_value() -> None:
    assert all(quantile(shape, 2.0, 2.0, 2.0, 0.3) == 2.0 for shape in Shape)
    assert quantile(Shape.FIXED, 2.0, 1.0, 3.0, 0.9) == 2.0


@pytest.mark.parametrize(("shape", "value", "low", "high"), [(Shape.UNIFORM, 5, 1, 4), (Shape.LOGNORMAL, 1, 0, 4)])
def test_a_range_that_cannot_be_is_refused(shape: Shape, value: float, low: float, high: float) -> None:
    with pytest.raises(InputError):
        quantile(shape, value, low, high, 0.5)


def test_all_faults_of_a_scenario_are_told_at_once(toy: Case) -> None:
    with pytest.raises(InputError) as caught:
        Scenario(toy, ("reopn",), {"sigm": 1.0, "lam": 0.0, "eta": math.nan}, years=31, seed=-1)
    told = rules(caught)
    assert len(told) == 6
    assert told[0].startswith("policy: 'reopn' is not one of reopen, reopen-rail, placebo")
    assert told[0].endswith("did you mean 'reopen'?")
    assert told[1] == "value: 'sigm' is not an assumption of this case; did you mean 'sigma'?"
    assert told[2:] == [
        "value lam: 0 must be > 0",
        "value eta: nan must be a finite number",
        "years: 31 must be a whole number from 1 to 30",
        "seed: -1 must be a whole number from 0 to 2^63 - 1",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [("sigma", 1.0), ("lam", 1.01), ("phi_xa_xb", 1.2), ("tau_new_years", 0.0), ("eta", math.inf), ("sigma", True)],
)
def test_values_without_a_meaning_are_refused(toy: Case, name: str, value: float) -> None:
    with pytest.raises(InputError):
        Scenario(toy, values={name: value})


@pytest.mark.parametrize("years", [0, 2.5, True, "5"])
def test_years_are_whole_and_at_least_one(toy: Case, years: object) -> None:
    with pytest.raises(InputError, match="years"):
        Scenario(toy, years=years)  # type: ignore[arg-type]


def test_numbers_of_numpy_are_numbers(toy: Case) -> None:
    made = Scenario(toy, values={"sigma": np.float64(3.0)}, seed=int(np.int64(4)))
    assert assumption_values(made)["sigma"] == 3.0


def test_one_policy_may_be_named_without_a_tuple_and_none_twice(toy: Case) -> None:
    assert Scenario(toy, "reopen").policies == ("reopen",)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="'reopen' is chosen twice"):
        Scenario(toy, ("reopen", "reopen"))


def test_a_scenario_survives_pickling_and_does_not_share_the_callers_values(toy: Case) -> None:
    values = {"sigma": 3.0}
    made = Scenario(toy, ("reopen",), values, 7, 11, True)
    values["sigma"] = 5.0
    assert made.values == {"sigma": 3.0}
    assert pickle.loads(pickle.dumps(made)) == made  # noqa: S301


def test_steps_come_in_order_of_days_relative_to_the_opening_day(toy: Case) -> None:
    steps = resolve(Scenario(toy, ("ban-fruit", "close-road", "cut-tariff", "reopen")))
    assert [(step.action, step.start_day, step.end_day) for step in steps] == [
        (Action.OPEN_LINK, 0, None),
        (Action.OPEN_LINK, 0, None),
        (Action.LIFT_FRICTION, 0, None),
        (Action.CLOSE_LINK, 59, 90),
        (Action.BAN, 90, 270),
        (Action.SET_TARIFF, 365, None),
    ]


def test_a_step_takes_its_number_from_the_table_or_from_the_assumption(toy: Case) -> None:
    chosen = ("reopen", "faster-border", "cut-tariff")
    numbers = {step.action: step.number for step in resolve(Scenario(toy, chosen, {"phi_xa_xb": 0.75}))}
    assert numbers == {
        Action.OPEN_LINK: None,
        Action.LIFT_FRICTION: 0.75,
        Action.SCALE_CAPACITY: 2.0,
        Action.SCALE_DWELL: 0.5,
        Action.SET_TARIFF: 0.0,
    }


def test_a_ban_lets_nothing_through_unless_it_says_a_share(toy: Case) -> None:
    quota = tuple(
        step.model_copy(update={"value": "0.25"}) if step.action is Action.BAN else step for step in toy.policies
    )
    bans = [resolve(Scenario(case, ("ban-fruit",))) for case in (toy, replace(toy, policies=quota))]
    assert [step.number for steps in bans for step in steps] == [0.0, 0.25]


def test_targets_split_into_links_pairs_and_triples(toy: Case) -> None:
    parts = {step.action: step.parts for step in resolve(Scenario(toy, ("reopen", "cut-tariff")))}
    assert parts[Action.SET_TARIFF] == ("XA", "XB", "*")
    assert parts[Action.LIFT_FRICTION] == ("XA", "XB")
    assert parts[Action.OPEN_LINK] == ("rail-ask-bek",)


def test_no_policy_makes_no_steps(toy: Case) -> None:
    assert resolve(Scenario(toy)) == ()


def test_a_policy_row_that_skipped_the_check_is_still_refused(toy: Case) -> None:
    odd = toy.policies[0].model_copy(update={"start": "soon"})
    worse = toy.policies[2].model_copy(update={"value": "phi_xa_xd"})
    with pytest.raises(InputError) as caught:
        resolve(Scenario(replace(toy, policies=(odd, worse)), ("reopen",)))
    assert len(rules(caught)) == 2


def test_titles_are_those_of_the_first_rows(toy: Case) -> None:
    assert policy_titles(toy)["placebo"] == "Nothing changes: an open road is opened"


def test_every_shared_assumption_is_known_with_its_unit_and_fits_its_domain(toy: Case) -> None:
    shared = {row.name: row for row in toy.assumptions if row.name in SHARED_NAMES}
    assert set(shared) == set(SHARED_NAMES)
    for name, row in shared.items():
        assert row.unit == SHARED_NAMES[name][0]
        assert not any(domain(name).rule(value) for value in (row.low, row.value, row.high))


def test_a_pair_has_one_friction_name() -> None:
    assert friction_name("XB", "XA") == friction_name("XA", "XB") == "phi_xa_xb"


def test_talks_need_those_who_talk_and_dates_for_every_policy_under_consent(toy: Case) -> None:
    unasked = replace(toy, openings=toy.openings[1:])
    with pytest.raises(InputError) as caught:
        Scenario(unasked, ("reopen", "reopen-rail", "cut-tariff"), dates="negotiated", still=("authorities",))
    assert rules(caught) == [
        "still: 'authorities' must not name them while dates are negotiated",
        "policy: 'reopen' opens links under consent but has no row in openings.csv, so that its dates cannot be negotiated",
    ]
    assert Scenario(unasked, ("reopen",)).policies == ("reopen",)
    is_open = tuple(link.model_copy(update={"status": Status.OPEN}) for link in toy.links)
    assert Scenario(replace(unasked, links=is_open), ("reopen",), dates="negotiated").policies == ("reopen",)
    assert Scenario(replace(unasked, consents=()), ("reopen",), dates="negotiated").dates == "negotiated"


def test_a_replay_needs_incidents_that_act_and_an_event_within_its_years(toy: Case) -> None:
    with pytest.raises(InputError) as caught:
        Scenario(toy, replay_from="2020-01-01", still=("incidents",))
    assert rules(caught) == ["still: 'incidents' must not name them while history is replayed"]
    warmup = toy.info.warmup_days
    last = dt.date(2021, 2, 12)  # end of the last event of the case
    for date, years in ((last + dt.timedelta(days=warmup), 2), (dt.date(2017, 12, 20), 2), (dt.date(1990, 1, 1), 5)):
        with pytest.raises(InputError) as caught:
            Scenario(toy, years=years, replay_from=date.isoformat())
        assert rules(caught) == [
            f"replay: {date.isoformat()!r} leaves no event of events.csv within {warmup} days of warm-up and {365 * years} "
            "days after"
        ]
    assert Scenario(toy, replay_from=(last + dt.timedelta(days=warmup - 1)).isoformat()).replay_from
    assert Scenario(toy, years=2, replay_from="2017-12-21").replay_from
