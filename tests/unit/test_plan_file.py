"""A plan is read whole, or every problem is told at once with the name that was probably meant."""

from pathlib import Path

import pytest

from abm.corridor.rows import Shape
from abm.errors import InputError
from abm.study.plan import Factor, Friction, Kind, Metric
from abm.study.plan_file import parse_plan, plan_path, read_plan
from tests.made_plans import DESIGN, TEXT, plan_of

EXPERIMENTS = Path(__file__).parent.parent.parent / "experiments"


def problems_of(*edits: tuple[str, str]) -> list[str]:
    with pytest.raises(InputError) as caught:
        plan_of(*edits)
    assert caught.value.exit_code == 2
    return [str(problem) for problem in caught.value.problems]


def test_a_plan_holds_what_its_file_says() -> None:
    plan = plan_of()
    assert (plan.name, plan.years, plan.first_seed, plan.rest, plan.seeds) == ("made", 1, 5, "central", "own")
    assert (plan.design.kind, plan.design.points, plan.design.seed) == (Kind.LHS, 4, 3)
    assert [(arm.name, arm.friction, arm.points) for arm in plan.arms] == [
        ("open", Friction.PRIOR, 0),
        ("transport", Friction.NONE, 2),
    ]
    assert plan.claims[0].metric is Metric.GROWTH_PER_YEAR
    assert plan.claims[0].against == "without"


def test_a_factor_has_the_range_of_its_case_unless_the_plan_gives_another() -> None:
    given = 'name = "sigma"\nshape = "uniform"\nlow = 4.5\nhigh = 5.0'
    sigma, kappa = plan_of(('name = "sigma"', given)).factors
    assert sigma == Factor("sigma", Shape.UNIFORM, 4.5, 4.5, 5.0)
    assert kappa == Factor("kappa", Shape.LOGNORMAL, 4.0, 2.0, 8.0)


def test_choices_have_a_middle_one_where_the_case_s_own_value_is_none_of_them() -> None:
    (sigma, _) = plan_of(('name = "sigma"', 'name = "sigma"\nchoices = [5, 2.5, 3]')).factors
    assert (sigma.shape, sigma.value, sigma.low, sigma.high) == (None, 3.0, 2.5, 5.0)


def test_all_factors_are_those_with_a_range_and_the_named_ones_as_named() -> None:
    every = plan_of(('[[factors]]\nname = "kappa"', '[[factors]]\nname = "all"')).factors
    names = [factor.name for factor in every]
    assert names[0] == "sigma"
    assert names.count("sigma") == 1
    assert {"kappa", "phi_xa_xb", "tau_new_years"} < set(names)
    assert not {"discount_rate", "fleet_migration"} & set(names)
    alone = TEXT.replace("years = 1", 'years = 1\nfactors = "all"', 1).replace('[[factors]]\nname = "sigma"\n', "")
    found = parse_plan(alone.replace('[[factors]]\nname = "kappa"\n', ""), Path("made"), plan_of().case).factors
    assert set(found) == set(every)


def test_every_problem_is_told_at_once() -> None:
    told = problems_of(
        ("years = 1", "years = 1\nyeers = 2"), ('["reopen"]', '["reopn"]'), ('name = "kappa"', 'name = "kapa"'),
        ("points = 4", "points = 0\nlevels = 3"), ('source = "invented"', 'source = "S1"'),
    )  # fmt: skip
    text = "\n".join(told)
    for part in (
        "column yeers: is not a name that is known here; did you mean 'years'?",
        "column arms.open.policies: 'reopn' is not one of",
        "did you mean 'reopen'?",
        "column factors: 'kapa' is not an assumption of this case; did you mean 'kappa'?",
        "column design.points: 0 must be at least 1",
        "column design.levels: 3 is not read by a design of kind lhs",
    ):
        assert part in text
    assert "S1" in "\n".join(problems_of(('source = "invented"', 'source = "S1"')))


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("years = 1", 'years = "1"', "years: 1 must be a whole number"),
        ("years = 1", "years = true", "years: True must be a whole number"),
        ("years = 1", "years = 31", "years: 31 must be <= 30"),
        ("low = 0.02", "low = nan", "claims growth low: 'nan, 0.04' must be at most high"),
        ("low = 0.02\nhigh = 0.04", "low = -inf\nhigh = inf", "claims growth low: '-inf, inf' must be finite where high is not"),
        ('name = "sigma"', 'name = "sigma"\nhigh = inf', "factors[0].high: inf must be a finite number"),
        ("low = 0.02", "low = 0.05", "claims growth low: '0.05, 0.04' must be at most high"),
        ('metric = "growth_per_year"', 'metric = "growth"', "claims[0].metric: 'growth' must be one of growth_per_year"),
        ("[arms.open]", "[arms.without]", "arms.without: is the arm that every plan has"),
        ('friction = "none"\n', "", "arms.transport: does the same as arm 'open'"),
        ("points = 2", "points = 5", "arms.transport.points: 5 must be at most the 4 of the design"),
        ("policies", "polices", "arms.open.polices: is not a name that is known here; did you mean 'policies'?"),
        ('["reopen"]', "[]", "arms.open.policies: [] must have 1 entries"),
        ("years = 1", 'years = 1\nbase = ["reopen"]', "arms.open.policies: 'reopen' is in force in every arm (base)"),
        ("years = 1", 'years = 1\ndates = "schedule"', "dates: 'schedule' is not one of given, scheduled, negotiated"),
        ("years = 1", 'years = 1\nstill = ["carrier"]', "still: 'carrier' is not one of carriers"),
        ("window_years = [1]", "window_years = [2]", "claims growth window_years: 2 must be at most the 1 years"),
        ('["XA", "XA-XB"]', '["XB"]', "claims growth of: 'trade_usd:XB:1' is not an outcome of this plan"),
        ('outcome = "trade_usd"', 'outcome = "trade_us"', "'trade_us' is not an outcome; did you mean 'trade_usd'?"),
        ('["trade_usd:XA:1"]', '["trade_usd:XA:2"]', "'trade_usd:XA:2' is not an outcome of this plan; did you mean"),
        ("low = 0.02", 'low = 0.02\nagainst = "opne"', "claims growth against: 'opne' is not an arm; did you mean 'open'?"),
        ("low = 0.02", 'low = 0.02\narms = ["open"]\nagainst = "open"', "is the arm that it is compared with"),
        ("years = 1", "years = 1\nrepeated_points = 5", "repeated_points: 5 must be at most the 4 of the design"),
        (DESIGN, 'kind = "sobol"\npoints = 6\n', "design.points: 6 must be a power of 2"),
        (DESIGN, 'kind = "sobol"\npoints = 8\n', 'seeds: \'own\' must be "common"'),
        (DESIGN, 'kind = "morris"\ntrajectories = 4\nlevels = 3\n', "design.levels: 3 must be an even number"),
        (DESIGN, 'kind = "grid"\n', "design.levels: 0 must be at least 2"),
        (DESIGN, 'kind = "grid"\nlevels = 1000\n', None),
        (DESIGN, 'kind = "grid"\nlevels = 1000\npoints = 3\n', "design.points: 3 is not read by a design of kind grid"),
        ('name = "sigma"', 'name = "sigma"\nlow = 4.5', "factors sigma: '4.5, 4, 6' must hold low <= value <= high"),
        ('name = "sigma"', 'name = "sigma"\nlow = 0.5', "factors sigma: 0.5 must be > 1"),
        ('name = "sigma"', 'name = "sigma"\nlow = 6', "factors sigma: '6, 6' must have low < high"),
        ('name = "sigma"', 'name = "discount_rate"', "factors discount_rate: is fixed in the case"),
        ('name = "sigma"', 'name = "kappa"', "factors: 'kappa' is named more than once"),
        ('name = "sigma"', 'name = "sigma"\nchoices = [2, 2]', "factors sigma: '2, 2' must have at least two choices"),
        ('name = "sigma"', 'name = "sigma"\nchoices = [2, 3]\nlow = 2', "has choices, and so no shape, low or high"),
        ("[[claims]]", '[stop]\narm = "opne"\noutcome = "trade_t:XA:1"\nhalf_width = 0.1\n[[claims]]', "stop.arm: 'opne'"),
    ],
)  # fmt: skip
def test_a_wrong_plan_is_told_in_words(old: str, new: str, rule: str | None) -> None:
    if rule is None:
        assert plan_of((old, new)).design.levels == 1000
    else:
        assert any(rule in line for line in problems_of((old, new))), problems_of((old, new))


def test_a_stop_rule_must_be_able_to_stop_something() -> None:
    stop = '[stop]\narm = "open"\noutcome = "trade_t:XA:1"\nhalf_width = 0.1\nat_least = 3\n[[claims]]'
    assert "stop.at_least: 3 must be below the replications (3)" in "\n".join(
        problems_of(("years = 1", "years = 1\nreplications = 3"), ("[[claims]]", stop))
    )
    plan = plan_of(("years = 1", "years = 1\nreplications = 4"), ("[[claims]]", stop))
    assert plan.stop is not None
    assert (plan.stop.arm, plan.stop.metric, plan.stop.half_width) == ("open", Metric.LEVEL, 0.1)


def test_a_file_that_is_no_toml_is_told_with_its_line() -> None:
    with pytest.raises(InputError, match=r"plan.toml:2: is not well-formed TOML"):
        parse_plan("title = 1\nyears =\n", Path("made"))


def test_a_plan_is_found_by_its_folder_or_its_file(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text("title = 1", encoding="utf-8")
    assert plan_path(tmp_path) == plan_path(tmp_path / "plan.toml") == tmp_path / "plan.toml"
    for wrong in (tmp_path / "none", tmp_path.parent, "a\0b"):
        with pytest.raises(InputError, match=r"is neither a plan nor a folder|cannot be opened"):
            plan_path(wrong)


def test_a_case_beside_the_plan_comes_before_a_packaged_one(tmp_path: Path) -> None:
    (tmp_path / "toy").mkdir()
    with pytest.raises(InputError, match=r"case.toml"):
        parse_plan(TEXT, tmp_path)


def test_an_unknown_case_is_told_with_the_name_that_was_meant(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="did you mean 'toy'") as caught:
        parse_plan(TEXT.replace('case = "toy"', 'case = "tooy"\nseedz = 1'), tmp_path)
    assert "seedz" in str(caught.value)


@pytest.mark.parametrize("name", ["toy-reopening", "armenia-reopening"])
def test_the_shipped_plans_are_right(name: str) -> None:
    plan = read_plan(EXPERIMENTS / name)
    assert plan.name == name
    assert plan.claims
