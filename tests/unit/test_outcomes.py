"""What is recorded of a world against the tables that other studies make of it, and sums by hand."""

import numpy as np
import pytest

from abm.corridor.scenario import Scenario
from abm.model import CorridorModel
from abm.network.arcs import Floats
from abm.network.options import blueprint
from abm.study import measures
from abm.study.carriers import services_table
from abm.study.emissions import co2e_of_world
from abm.study.measures import Relations
from abm.study.outcomes import Catalogue, base_year, catalogue, catalogue_of, links_opened, split_name, striking
from abm.study.oversight import stopped_t
from abm.worlds import WITHOUT, WorldRun, play
from tests.made_plans import plan_of
from tests.small_worlds import edited, toy_with_cast

CASE = edited(toy_with_cast(), warmup_days=60, targets=())
OPENED = ("road-ask-bek", "rail-ask-bek")
YEARS = 2


class Kept:
    """One world of two years, and what was recorded of it."""

    def __init__(self) -> None:
        self.scenario = Scenario(CASE, ("guarded-border",), years=YEARS, seed=2)
        self.model = CorridorModel(self.scenario, register=False, collect=False)
        self.catalogue: Catalogue = catalogue(CASE, YEARS, OPENED)
        self.world: WorldRun = play(self.model, self.catalogue.cuts)
        with np.errstate(all="ignore"):
            outcomes, self.series = self.catalogue.record(self.scenario, self.model.state, self.world)
        self.outcomes = dict(zip(self.catalogue.names, outcomes.tolist(), strict=True))

    def monthly(self, name: str) -> Floats:
        return np.asarray(self.series[:, self.catalogue.series_names.index(name)])


@pytest.fixture(scope="module")
def kept() -> Kept:
    return Kept()


def test_trade_is_what_a_comparison_counts(kept: Kept) -> None:
    relations = Relations.of(CASE)
    names = {"XA, all partners": "XA", "XA-XB": "XA-XB", "XA to XB": "XA>XB", "XB to XA": "XB>XA"}
    seen = 0
    for row in measures.growth_rows(CASE, relations, kept.world, kept.world):
        of = f"cut/{row['name']}" if row["denominator"] == "D3" else names.get(str(row["name"]))
        if of is not None:
            value = kept.outcomes[f"trade_{row['unit']}:{of}:{row['year']}"]
            assert value == pytest.approx(row["with"], rel=1e-12)
            assert value > 0.0
            seen += 1
    assert seen == (4 * 2 + 3) * YEARS  # four groups in two units; west, south and the measure


def test_exports_and_imports_make_the_whole_trade_and_shares_are_of_it(kept: Kept) -> None:
    found = kept.outcomes
    whole = found["trade_usd:XA:2"]
    assert found["trade_usd:XA>all:2"] + found["trade_usd:all>XA:2"] == pytest.approx(whole)
    assert found["trade_share:XA-XB:2"] == pytest.approx(found["trade_usd:XA-XB:2"] / whole)
    assert "trade_share:XB-XC:2" not in found


def test_the_base_year_is_that_of_the_flows() -> None:
    base = base_year(CASE)
    country = {node.node_id: node.country for node in CASE.nodes}
    pair = [flow for flow in CASE.flows if {country[flow.origin], country[flow.destination]} == {"XA", "XB"}]
    assert base["trade_t:XA-XB"] == pytest.approx(sum(flow.tonnes for flow in pair if flow.kind == "trade"))
    assert set(base) == {f"trade_{unit}:{of}" for unit in ("usd", "t") for of in _groups()}


def _groups() -> list[str]:
    pairs = [of for a, b in CASE.info.pairs for of in (f"{a}-{b}", f"{a}>{b}", f"{b}>{a}")]
    return ["XA", "XA>all", "all>XA", *pairs]


def test_months_add_up_to_years(kept: Kept) -> None:
    for of in ("XA", "XA-XB", "cut/west", "cut/measure"):
        by_year = kept.monthly(f"trade_t:{of}").reshape(YEARS, 12).sum(axis=1)
        assert by_year == pytest.approx([kept.outcomes[f"trade_t:{of}:{year}"] for year in (1, 2)])


def test_queues_are_those_of_all_posts_of_a_crossing(kept: Kept) -> None:
    network = kept.model.state.network
    posts = [post.post_id for post in CASE.posts if post.bcp_id == "pass-road"]
    arcs = [arc for arc in np.flatnonzero(network.arcs.post >= 0) if network.post_ids[network.arcs.post[arc]] in posts]
    expected = sum(kept.world.queue[:, network.arcs.facility[arc]] for arc in arcs)
    assert kept.monthly("queue_vehicles:pass-road") == pytest.approx(expected)
    assert kept.monthly("queue_vehicles:pass-road").sum() > 0.0


def test_days_and_money_are_tonne_weighted_means(kept: Kept) -> None:
    mask, world = Relations.of(CASE).of_pair("XA", "XC"), kept.world
    days = world.delivered_t_h[1, mask].sum() / world.delivered_t[1, mask].sum() / 24.0
    assert kept.outcomes["days:XA-XC:2"] == pytest.approx(days)
    money = world.money_usd[0, mask].sum() / world.shipped_t[0, mask].sum()
    assert kept.outcomes["money_usd_t:XA-XC:1"] == pytest.approx(money)


def test_quantiles_of_days_are_right_to_the_hour(kept: Kept) -> None:
    exact = measures.quantile_days(kept.world, Relations.of(CASE).of_country("XA"))
    assert kept.outcomes["days_median:XA:2"] == pytest.approx(exact["median"], abs=0.5 / 24)
    assert kept.outcomes["days_p95:XA:2"] == pytest.approx(exact["p95"], abs=0.5 / 24)


def test_the_fastest_routes_are_those_of_the_table(kept: Kept) -> None:
    table = measures.route_days(CASE, kept.world)
    expected = {f"fastest_days:{row.origin}>{row.destination}/{row.mode}:2": row.days for row in table.itertuples()}
    found = {name: value for name, value in kept.outcomes.items() if name.startswith("fastest_days")}
    assert found
    assert found == pytest.approx({name: expected[name] for name in found})


def test_waits_and_vehicles_are_those_of_the_posts(kept: Kept) -> None:
    arcs, names = blueprint(CASE).network.arcs, blueprint(CASE).network.post_ids
    is_post = arcs.post >= 0
    vehicles, wait, _ = measures.post_waits(kept.world, is_post)
    for post, per_day, hours in zip(arcs.post[is_post], vehicles, wait, strict=True):
        assert kept.outcomes[f"vehicles:{names[post]}:2"] == pytest.approx(per_day * 365.0)
        assert kept.outcomes[f"wait_h:{names[post]}:2"] == pytest.approx(hours, nan_ok=True)


def test_services_and_emissions_are_those_of_their_tables(kept: Kept) -> None:
    services = services_table(CASE, [{WITHOUT: kept.world}]).set_index("service")
    for name, row in services.iterrows():
        assert kept.outcomes[f"profit_usd:{name}:2"] == pytest.approx(row["profit_usd_mean"])
        assert kept.outcomes[f"load_share:{name}:2"] == pytest.approx(1.0 - row["empties"], nan_ok=True)
        assert kept.outcomes[f"fleet_vehicles:{name}:2"] == pytest.approx(row["vehicles"])
    emitted = co2e_of_world(kept.scenario, kept.world)
    for each in emitted.to_dict("records"):
        assert kept.outcomes[f"co2e_t:{each['mode']}:{each['year']}"] == pytest.approx(each["co2e_t"])
    assert kept.outcomes["co2e_t:all:2"] == pytest.approx(emitted[emitted["year"] == 2]["co2e_t"].sum())


def test_shares_of_modes_add_up(kept: Kept) -> None:
    assert sum(kept.outcomes[f"mode_share:{mode}:2"] for mode in ("road", "rail", "sea")) == pytest.approx(1.0)
    assert kept.outcomes["mode_share:road:2"] > 0.0


def test_risk_is_told_a_year_from_the_opening_on(kept: Kept) -> None:
    sums, ids = kept.world.sums, [row.hazard_id for row in CASE.hazards]
    shooting, shocks = ids.index("border-shooting"), ids.index("operator-shocks")
    days = sums["incident_days"][:, [shooting, shocks]].sum(axis=1) + sums["regime_days"].sum(axis=1)
    assert days.sum() > 0.0
    assert kept.outcomes["incident_days:measure:1"] == pytest.approx(days[0])
    assert kept.outcomes["incident_days:measure:2"] == pytest.approx(days.mean())
    assert kept.outcomes["incident_days:operator-shocks:2"] == pytest.approx(sums["incident_days"][:, shocks].mean())
    snow = ids.index("pass-snow")
    assert kept.outcomes["stopped_t:pass-snow:2"] == pytest.approx(stopped_t(CASE, kept.world)[snow])
    assert kept.outcomes["destroyed_t:all:2"] == pytest.approx(sums["incident_lost_t"].sum() / YEARS)
    assert kept.outcomes["inspection_h:all:2"] == pytest.approx(sums["inspection_h"].sum() / YEARS)
    assert kept.outcomes["inspection_h:all:2"] > 0.0


def test_hazards_that_strike_a_link_are_found_by_it_and_by_its_posts() -> None:
    hazards, regimes = striking(CASE, OPENED)
    hit = {row.hazard_id for row, is_hit in zip(CASE.hazards, hazards, strict=True) if is_hit}
    assert hit == {"border-shooting", "operator-shocks"}
    assert regimes.tolist() == [True]
    at_post = CASE.hazards[0].model_copy(update={"targets": "p-rail-ask-bek-xa-in"})
    case = edited(CASE, hazards=(at_post, *CASE.hazards[1:]))
    assert striking(case, OPENED)[0][0]
    assert not striking(case, ("road-ard-crn",))[0][0]


def test_accounts_are_those_of_the_last_year(kept: Kept) -> None:
    assert kept.outcomes["charges_usd:XC:2"] == pytest.approx(kept.world.sums["account_charges"][-1][2])
    assert kept.outcomes["users_usd:XA:2"] == pytest.approx(kept.world.sums["account_users"][-1][0])


def test_names_are_told_once_and_nothing_is_infinite(kept: Kept) -> None:
    names = kept.catalogue.names
    assert len(set(names)) == len(names)
    assert all(1 <= int(split_name(name)[2]) <= YEARS for name in names)
    assert not np.isinf([*kept.outcomes.values()]).any()
    assert np.isfinite(kept.series).all()


def test_a_case_in_which_only_shippers_act_has_no_figures_of_the_others() -> None:
    still = ("carriers", "posts", "incidents", "authorities")
    scenario = Scenario(CASE, (), years=1, seed=2, still=still)
    model = CorridorModel(scenario, register=False, collect=False)
    kept = catalogue(CASE, 1, OPENED)
    with np.errstate(all="ignore"):
        outcomes, _ = kept.record(scenario, model.state, play(model, kept.cuts))
    found = dict(zip(kept.names, outcomes.tolist(), strict=True))
    assert np.isnan(found["profit_usd:lorries-crn:1"])
    assert found["trade_usd:XA:1"] > 0.0
    assert found["trade_t:cut/measure:1"] == found["incident_days:measure:1"] == found["inspection_h:all:1"] == 0.0


def test_the_links_of_the_measure_are_those_that_any_arm_opens_and_the_base_does_not() -> None:
    assert links_opened(plan_of()) == OPENED
    both = plan_of(('["reopen"]\n\n', '["reopen-rail"]\n\n'))
    assert links_opened(both) == OPENED
    rail = plan_of(('["reopen"]', '["reopen-rail"]'))
    assert links_opened(rail) == ("rail-ask-bek",)
    assert catalogue_of(rail) is catalogue(rail.case, rail.years, ("rail-ask-bek",))
    nothing = plan_of(('["reopen"]', '["quota-fruit"]'), ('friction = "none"', ""), ('\n[arms.transport]', '\n[arms.other]'),
                      ('title = "The border reopens, friction stays"\npolicies = ["quota-fruit"]',
                       'title = "x"\npolicies = ["cut-tariff"]'))  # fmt: skip
    assert links_opened(nothing) == ()
    assert not any("measure" in name and "cut/" in name for name in catalogue_of(nothing).names)
