"""What a terminal and the figures show of a result: whole numbers, fitting lines, words that an economist can trust."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from rich.console import Console

from abm.commands import report, report_run
from abm.commands.tables import show, spread, titled
from abm.corridor.scenario import Scenario
from abm.figures.picture import png
from abm.figures.report import FIGURES, comparison_figures, run_figures
from abm.study.compare import Comparison
from abm.study.single import Run, run
from abm.worlds import PRIOR, TRANSPORT, WITHOUT
from tests.made_comparisons import POSTS, RELATIONS, grown, made_comparison, made_world, steady
from tests.small_worlds import edited, toy, toy_with_cast

WIDTHS = (60, 80, 100)
#: What a result must never say: sums that count twice, chances without conditions, the best case without the mean.
NEVER = re.compile(r"\bGDP\b|\bjobs?\b|probab|likel|up to \d|\bwill\b|oversight|surplus|guarantee", re.IGNORECASE)


def printed(monkeypatch: pytest.MonkeyPatch, what: Callable[[], None], width: int = 100) -> str:
    """Everything that is shown, on a screen of this width."""
    screen = Console(
        width=width, highlight=False, markup=False, emoji=False, color_system=None, record=True, quiet=False
    )
    screen.file = open("/dev/null", "w", encoding="utf-8")  # noqa: PTH123, SIM115
    for module in (report, report_run):
        monkeypatch.setattr(module, "console", lambda screen=screen: screen)
    with screen.file:
        what()
    return screen.export_text()


def busy(factors: tuple[float, ...] = (1.02, 1.05)) -> Comparison:
    """Trade grows, goods get faster, an old post gets fuller and a new one opens; a tenth of trade over the new links."""
    crosses = np.asarray(RELATIONS.of_pair("XA", "XB"))
    old, new = POSTS[-1], "p-road-ask-bek-xb-out"
    runs = []
    for factor in factors:
        without = made_world(steady(3), days=6.0, vehicles={old: 20.0})
        vehicles = {old: 1234.0 * factor, new: 9.0}
        transport = made_world(steady(3, factor), days=5.0 / factor, crosses=crosses, vehicles=vehicles)
        prior = made_world(steady(3, 1.2 * factor), days=5.0, crosses=crosses, vehicles=vehicles)
        runs.append({WITHOUT: without, TRANSPORT: transport, PRIOR: prior})
    return made_comparison(runs)


@pytest.fixture(scope="module")
def result() -> Comparison:
    return busy()


@pytest.fixture(scope="module")
def world() -> Run:
    return run(Scenario(edited(toy(), warmup_days=60), ("reopen",), years=1))


# ---------------------------------------------------------------- numbers
@pytest.mark.parametrize(
    ("numbers", "options", "text"),
    [
        ((0.032, 0.011, 0.056, 0.004), {}, "+3.2 (1.1 to 5.6, ±0.4)"),
        ((-0.032, -0.056, 0.011, 0.004), {}, "-3.2 (-5.6 to 1.1, ±0.4)"),
        ((1234.4, 1000.0, 1500.0, 9.6), {"scale": 1.0, "digits": 0}, "+1234 (1000 to 1500, ±10)"),
        ((-0.0001, -0.0001, 0.0002, 0.0), {}, "+0.0 (0.0 to 0.0, ±0.0)"),
        ((0.5, 0.5, 0.5, float("nan")), {}, "+50.0"),
        ((float("nan"), 0.0, 0.0, 0.0), {}, "-"),
        ((0.05, 0.01, 0.09, 0.01), {"error": False}, "+5.0 (1.0 to 9.0)"),
    ],
)
def test_a_figure_carries_its_range_and_error(numbers: tuple[float, ...], options: dict[str, float], text: str) -> None:
    row = dict(zip(("mean", "p5", "p95", "error"), numbers, strict=True))
    assert spread(row, **options) == text  # type: ignore[arg-type]


# ---------------------------------------------------------------- lines
@pytest.mark.parametrize("width", WIDTHS)
def test_a_table_cuts_no_number_and_no_name_on_any_screen(width: int) -> None:
    screen = Console(width=width, color_system=None, highlight=False, markup=False, record=True, quiet=False)
    table = titled("Title", ("", "a long heading over numbers", "change, %", "change again, %"))
    numbers = ("+1234.5 (999.9 to 2345.6, ±12.3)", "-0.1 (-0.2 to 0.0, ±0.1)")
    table.table.add_row("A place with a long name to another place", "12,345", *numbers)
    with screen.capture() as captured:
        show(screen, table)
    text = captured.get()
    assert "…" not in text
    for number in ("12,345", *numbers):
        assert number in text
    assert {"place", "with", "long", "name", "another"} <= set(text.split())


def test_an_empty_table_is_not_shown() -> None:
    screen = Console(width=80, record=True)
    with screen.capture() as captured:
        show(screen, titled("Nothing", ("", "x")))
    assert captured.get() == ""


@pytest.mark.parametrize("width", [80, 100])
def test_a_comparison_fits_the_screen_and_cuts_nothing(
    monkeypatch: pytest.MonkeyPatch, result: Comparison, width: int
) -> None:
    text = printed(monkeypatch, lambda: report.show_comparison(result), width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    assert "nan" not in text


@pytest.mark.parametrize("width", [80, 100])
def test_a_world_fits_the_screen_and_cuts_nothing(monkeypatch: pytest.MonkeyPatch, world: Run, width: int) -> None:
    text = printed(monkeypatch, lambda: report_run.show_run(world), width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    assert "nan" not in text
    assert "with no policy" not in text


# ---------------------------------------------------------------- words
def test_a_comparison_says_what_its_figures_rest_on(monkeypatch: pytest.MonkeyPatch, result: Comparison) -> None:
    """Denominator, window, phi, trend, given opening, paired worlds, error, limits: none is missing."""
    text = " ".join(printed(monkeypatch, lambda: report.show_comparison(result)).split())
    for words in (
        "transport only (phi = 0)", "friction lifted (phi from its prior)", "given opening on 2025-01-01",
        "2 pairs of worlds", "Monte Carlo error of the mean", "D1 XA, all partners, kt 3", "D2 XA-XB", "D3 links that open",
        "assumed trend of trade", "without the measure", "net creation (the change of D1)", "diverted from its other trade",
        "taken from other suppliers", "re-routed from other ways", "Tonne-weighted", "What this cannot say",
    ):  # fmt: skip
        assert words in text
    for limit in result.case.info.limits:
        assert limit in text


def test_no_table_and_no_figure_says_what_must_not_be_said(
    monkeypatch: pytest.MonkeyPatch, result: Comparison, world: Run
) -> None:
    text = printed(monkeypatch, lambda: report.show_comparison(result)).split("What this cannot say")[0]
    text += printed(monkeypatch, lambda: report_run.show_run(world))
    text += " ".join(words(figure) for figure in (*comparison_figures(result).values(), *run_figures(world).values()))
    assert NEVER.findall(text) == []


def test_the_pattern_knows_what_must_not_be_said() -> None:
    for claim in ("adds 2 % to GDP", "the probability that the claim is true", "up to 30 % faster", "5,000 jobs"):
        assert NEVER.search(claim)


def test_small_bases_tell_tonnes_and_no_percentage(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trade of XA with XB at a fortieth: 2 kt."""
    scale = np.where(RELATIONS.of_pair("XA", "XB"), 0.025, 1.0)
    runs = [{WITHOUT: made_world(steady(3) * scale), TRANSPORT: made_world(steady(3) * scale * f)} for f in (2.0, 3.0)]
    text = printed(monkeypatch, lambda: report.show_comparison(made_comparison(runs)))
    rows = [line for line in text.splitlines() if line.startswith("D2 XA-XB")]
    assert len(rows) == 1
    assert "kt" in rows[0].split("(")[0]
    assert "kt" in rows[0].split(")")[1]


def test_phi_is_called_a_prior_only_where_it_is_drawn() -> None:
    runs = grown([1.1])
    assert report.arm_titles(runs)[PRIOR] == "friction lifted (phi from its prior)"
    fixed = Comparison(**{**vars(runs), "scenario": Scenario(toy(), ("reopen",), {"phi_xa_xb": 0.5}, years=3)})
    assert report.arm_titles(fixed)[PRIOR] == "friction lifted (phi as set)"


def test_values_that_were_set_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = [{WITHOUT: made_world(steady(1)), TRANSPORT: made_world(steady(1, 1.1))}]
    text = printed(monkeypatch, lambda: report.show_comparison(made_comparison(runs, values={"kappa": 3.5})))
    assert "kappa = 3.5" in text


def test_one_pair_of_worlds_claims_no_certainty(monkeypatch: pytest.MonkeyPatch) -> None:
    text = printed(monkeypatch, lambda: report.show_comparison(busy((1.05,))))
    assert "figures of one pair of worlds" in text
    assert "±" not in text


@pytest.mark.parametrize(("number", "words_of"), [(1, ", 1 world"), (2, ", 2 worlds"), (7, ", 7 worlds"), (8, "")])
def test_few_worlds_are_told_beside_every_table_and_the_growth(
    monkeypatch: pytest.MonkeyPatch, number: int, words_of: str
) -> None:
    few = busy(tuple(1.02 + 0.01 * n for n in range(number)))
    text = printed(monkeypatch, lambda: report.show_comparison(few))
    titles = ("Growth against the world without the measure: transport only (phi = 0)", "Where the gain comes from")
    for title in titles:
        line = next(line for line in text.splitlines() if line.startswith(title))
        assert line.endswith(words_of) if words_of else "worlds" not in line
    figure = words(comparison_figures(few)["growth"])
    assert ("worlds)" in figure or "world)" in figure) == bool(words_of)


def test_a_pair_that_does_not_trade_is_marked_where_transport_alone_cannot_begin_any(
    monkeypatch: pytest.MonkeyPatch, result: Comparison
) -> None:
    """No trade of XA with XB in the world without; friction lifted begins some."""
    apart = np.where(RELATIONS.of_pair("XA", "XB"), 0.0, 1.0)
    arms = {WITHOUT: made_world(steady(3) * apart), TRANSPORT: made_world(steady(3, 1.1) * apart)}
    text = printed(
        monkeypatch, lambda: report.show_comparison(made_comparison([arms | {PRIOR: made_world(steady(3))}]))
    )
    marked = [line for line in text.splitlines() if re.match(r"D2 XA-XB, kt \*", line)]
    assert len(marked) == 1
    assert " ".join(text.split()).count("begins no trade where there is none") == 1
    assert text.index(marked[0]) < text.index("friction lifted")
    assert "*" not in printed(monkeypatch, lambda: report.show_comparison(result))


def test_what_is_out_of_the_ordinary_at_a_post_is_told_only_then(monkeypatch: pytest.MonkeyPatch, world: Run) -> None:
    plain = " ".join(printed(monkeypatch, lambda: report_run.show_run(world)).split())
    assert "Load: of what the post could pass" in plain
    assert "Above 1" not in plain
    assert "Days shut" not in plain
    waits = world.waits.assign(load=1.01, days_shut=12.0)
    text = printed(monkeypatch, lambda: report_run.show_run(replace(world, waits=waits)))
    row = next(line for line in text.splitlines() if line.startswith(str(waits["name"].iloc[0])))
    assert row.split()[-1] == "12"
    flat = " ".join(text.split())
    assert "Above 1: a post busy all year" in flat
    assert "before the shut gate" in flat


def test_trade_of_the_home_country_comes_first_and_in_all(monkeypatch: pytest.MonkeyPatch, world: Run) -> None:
    lines = [line.split() for line in printed(monkeypatch, lambda: report_run.show_run(world)).splitlines()]
    home, table = world.scenario.case.info.home, world.trade
    at = next(number for number, line in enumerate(lines) if line[:3] == ["trade", "of", home])
    own = table[(table["kind"] == "trade") & ((table["origin"] == home) | (table["destination"] == home))]
    assert [line for line in lines[at + 1 : at + 1 + len(own)] if home not in (line[0], line[2])] == []
    assert float(lines[at][-1].replace(",", "")) == pytest.approx(own.iloc[:, -1].sum(), abs=0.6)


def test_what_policies_are_assumed_to_lift_is_told(monkeypatch: pytest.MonkeyPatch, world: Run) -> None:
    alone = replace(world, scenario=replace(world.scenario, policies=()))
    assert "assumed to lift" not in printed(monkeypatch, lambda: report_run.show_run(alone))
    opened = replace(world, scenario=replace(world.scenario, policies=("reopen",), values={"phi_xa_xb": 0.7}))
    text = printed(monkeypatch, lambda: report_run.show_run(opened))
    assert "assumed to lift friction between countries: 0.7 of XA-XB" in text


def test_narrowing_incidents_are_told_where_they_hit_a_post_that_is_shown(
    monkeypatch: pytest.MonkeyPatch, world: Run
) -> None:
    case, told = world.scenario.case, "Incidents that narrow a crossing"
    link = next(post.link_id for post in case.posts if post.post_id == world.waits["post"].iloc[0])
    hazard = toy_with_cast().hazards[0]
    for target, is_active, is_told in ((link, True, True), (link, False, False), ("XA/XB/*", True, False)):
        row = hazard.model_copy(update={"targets": target, "left_share": 0.5, "is_active": is_active})
        seen = replace(world, scenario=replace(world.scenario, case=replace(case, hazards=(row,))))
        shown = printed(monkeypatch, partial(report_run.show_run, seen))
        assert (told in " ".join(shown.split())) == is_told


def test_posts_and_places_are_told_by_name(monkeypatch: pytest.MonkeyPatch, result: Comparison, world: Run) -> None:
    for text in (
        printed(monkeypatch, lambda: report.show_comparison(result)),
        printed(monkeypatch, lambda: report_run.show_run(world)),
    ):
        assert "Asko road, out of XB" in text
        assert "Bekra to Ardel" in text
        assert not re.search(r"\bp-road|\bBEK to ARD\b", text)


def test_seats_that_say_the_same_are_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only trade of XA changes, so the markets see what XA sees; with trade of the others they do not."""
    own = np.where(RELATIONS.of_country("XA"), 1.1, 1.0)
    for factors, is_told in ((own, False), (np.full(own.size, 1.1), True)):
        runs = [{WITHOUT: made_world(steady(1)), TRANSPORT: made_world(steady(1) * factors)}]
        text = printed(monkeypatch, partial(report.show_comparison, made_comparison(runs)))
        assert ("all importing markets" in text) is is_told


def test_a_long_pair_of_places_is_cut_with_an_ellipsis() -> None:
    places = {"A": "A" * 40, "B": "B" * 40}
    text = report.pair_text(places, {"origin": "A", "destination": "B"})
    assert len(text) <= 44
    assert text.endswith("…")


# ---------------------------------------------------------------- figures
def words(figure: Figure) -> str:
    return " ".join(text.get_text() for text in figure.findobj(Text)).replace("\n", " ")


def test_a_comparison_has_all_its_figures_and_they_are_pictures(result: Comparison) -> None:
    figures = comparison_figures(result)
    assert tuple(figures) == FIGURES
    for figure in figures.values():
        picture = png(figure)
        assert picture.startswith(b"\x89PNG\r\n\x1a\n")
        assert len(picture) > 10_000


def test_every_figure_names_the_measure_the_opening_and_the_worlds(result: Comparison) -> None:
    for name, figure in comparison_figures(result).items():
        text = words(figure)
        assert "The border between Arland and Belmark reopens" in text
        assert "Given opening on 2025-01-01; 2 pairs of worlds." in text
        if name in ("map", "waits", "times"):
            assert "transport only (phi = 0)" in text


@pytest.mark.parametrize(
    ("factors", "title"),
    [
        ((1.02, 1.05), "Transport alone raises the trade of XA with all partners by 3.5 % in year 3"),
        ((0.98, 0.96), "Transport alone lowers the trade of XA with all partners by 3.0 % in year 3"),
        ((1.0, 1.0), "Transport alone leaves the trade of XA with all partners as it is in year 3"),
    ],
)
def test_the_title_of_growth_has_the_verb_that_fits(factors: tuple[float, ...], title: str) -> None:
    assert title in words(comparison_figures(busy(factors))["growth"])


def test_a_single_year_has_no_series(result: Comparison) -> None:
    runs = [{WITHOUT: made_world(steady(1)), TRANSPORT: made_world(steady(1))}]
    figures = comparison_figures(made_comparison(runs))
    assert "series" not in figures
    assert "growth" in figures


def test_a_world_has_a_map(world: Run) -> None:
    figures = run_figures(world)
    assert list(figures) == ["map"]
    assert "Tonnes by link in year 1, both directions, seed 1" in words(figures["map"])
