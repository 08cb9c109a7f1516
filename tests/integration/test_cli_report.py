"""The report on a sweep, as a user meets it: one page that stands alone, its figures and its tables."""

import csv
import html
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from abm import cli
from abm.figures.page import Page, pictures_of, render
from abm.figures.sweep_sections import UNSAID, sweep_page
from abm.figures.sweep_trade import growth_pictures
from abm.study.findings import findings
from abm.study.plan import WITHOUT, Kind, Plan
from tests.made_plans import plan_of
from tests.made_reports import MadeSweep
from tests.small_worlds import toy

TITLE = 'Borders <b>"open"</b> & closed'


def caravan(*words: str) -> Result:
    return CliRunner().invoke(cli.caravan, words, prog_name="caravan")


@pytest.fixture(scope="module")
def plan() -> Plan:
    made = plan_of(("points = 4", "points = 44"), ("points = 2", "points = 10"), case=toy())
    return replace(made, title=TITLE, claims=(replace(made.claims[0], note="<script>alert(1)</script>", of=("XA",)),))


@pytest.fixture(scope="module")
def folder(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return MadeSweep(plan, lift=0.1, errors={(1, "open"): "ValueError: <bad>"}).keep(tmp_path_factory.mktemp("sweep"))


@pytest.fixture(scope="module")
def told(folder: Path) -> tuple[Result, str]:
    done = caravan("report", str(folder))
    assert done.exit_code == 0, done.stderr
    return done, (folder / "report" / "report.html").read_text(encoding="utf-8")


class Outline(HTMLParser):
    """Tags in their order, with what they load, and whether all are closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []
        self.ids: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(str(value))
            if name in ("src", "xlink:href", "srcset", "data", "poster") or (name == "href" and tag != "a"):
                self.loads.append(str(value))
        if tag not in ("meta", "link", "br", "img", "input"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def outline(page: str) -> Outline:
    found = Outline()
    found.feed(page)
    assert found.open == []
    return found


def words(page: str) -> str:
    """What a reader sees."""
    body = re.sub(r"<style.*?</style>|<svg.*?</svg>", "", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_the_page_loads_nothing_and_runs_nothing(told: tuple[Result, str]) -> None:
    found = outline(told[1])
    assert all(load.startswith(("#", "data:")) for load in found.loads)
    assert not {"script", "link", "iframe", "object", "embed"} & found.tags
    assert not re.search(r"@import|url\((?!#)", told[1])
    assert len(found.ids) == len(set(found.ids))


def test_what_comes_from_files_is_text(told: tuple[Result, str]) -> None:
    page = told[1]
    assert f"<title>{html.escape(TITLE, quote=False)}".replace('"', "&#34;") in page
    assert "<script>" not in page
    assert "<bad>" not in page
    assert TITLE in words(page)


def test_every_claim_has_its_source_its_verdict_and_a_bar_for_each_arm(told: tuple[Result, str], plan: Plan) -> None:
    page, seen = told[1], words(told[1])
    for claim in plan.claims:
        assert claim.title in seen
        assert claim.note in seen
    assert "given these priors and given opening" in seen.lower()
    assert page.count('class="bar"') == 2
    assert re.search(r'role="img" aria-label="less than claimed: [\d.]+ % \(', page)
    assert "transport only (phi = 0)" in seen
    assert "times the probability of opening" in seen or "Nobody was asked" in seen


def test_sections_stand_in_the_order_in_which_a_reader_asks(told: tuple[Result, str]) -> None:
    order = ["verdicts", "growth", "months", "drivers", "believe", "policies", "map", "waits", "journeys", "limits", "failures",
             "provenance"]  # fmt: skip
    assert re.findall(r'<section id="([^"]+)"', told[1]) == order
    assert re.findall(r'<li><a href="#([^"]+)"', told[1]) == order


def test_the_page_says_what_it_cannot_say_what_failed_and_how_to_make_it_again(
    told: tuple[Result, str], plan: Plan
) -> None:
    seen = words(told[1])
    for text in (*UNSAID, *plan.case.info.limits, "ValueError: <bad>", "1 run of", plan.case.digest, "sigma"):
        assert text in seen
    assert f"caravan sweep experiments/{plan.name}/plan.toml" in seen
    assert str(Path.cwd()) not in seen


def test_every_figure_has_a_text_and_two_files(told: tuple[Result, str], folder: Path) -> None:
    names = re.findall(r'<figure id="figure-([^"]+)"', told[1])
    assert {"growth", "map", "waits", "fan-1", "drivers-1"} <= set(names)
    assert all(re.search(r'<svg[^>]*role="img" aria-label="[^"]+', block) for block in told[1].split("<figure")[1:])
    for name in [*names, "claims"]:
        assert (folder / "report" / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert (folder / "report" / f"{name}.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_tables_can_be_read_by_machines(told: tuple[Result, str], folder: Path) -> None:
    with (folder / "report" / "claims.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["arm"] for row in rows} == {"open", "transport"}
    assert 0.0 <= float(rows[0]["inside_low"]) <= float(rows[0]["inside"]) <= float(rows[0]["inside_high"]) <= 1.0
    assert (folder / "report" / "growth.csv").exists()
    assert "the report is" in told[0].stderr


def test_a_folder_without_a_sweep_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    done = caravan("report", str(tmp_path / "nothing"), "--out", str(tmp_path / "out"))
    assert done.exit_code == 2
    assert "holds no results of a sweep" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_sweep_that_failed_wholly_still_has_its_report_under_the_name_asked_for(plan: Plan, tmp_path: Path) -> None:
    errors = {(point, arm): "ValueError: no" for point in range(44) for arm in (WITHOUT, "open", "transport")}
    sweep = MadeSweep(plan, errors=errors).keep(tmp_path / "sweep")
    done = caravan("report", str(sweep), "--out", str(tmp_path / "page.html"), "--no-tables")
    assert done.exit_code == 1
    assert "every run failed" in done.stderr
    seen = words((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert "No pair of worlds has been played to the end" in seen
    assert "ValueError: no" in seen
    assert not list(tmp_path.glob("*.csv"))


def text_of(page: Page) -> str:
    """The page without its figures, which take time to draw."""
    bare = tuple(
        replace(part, blocks=tuple(block for block in part.blocks if block.kind != "figure")) for part in page.sections
    )
    return words(render(replace(page, sections=bare)))


def test_few_pairs_of_worlds_stand_in_the_titles_of_growth(plan: Plan) -> None:
    found = findings(MadeSweep(plan, lift=0.1))
    titles = [picture.title for picture in growth_pictures(found)]
    assert titles
    assert not any("worlds" in title for title in titles)
    few = growth_pictures(replace(found, played=dict.fromkeys(found.played, 7)))
    assert [picture.title for picture in few] == [f"{title} (7 worlds)" for title in titles]


def test_no_claims_no_factors_and_one_arm_are_told_in_words(plan: Plan) -> None:
    alone = replace(plan, claims=(), factors=(), arms=plan.arms[:1])
    alone = replace(alone, design=replace(alone.design, kind=Kind.ONE_AT_A_TIME))
    found = findings(MadeSweep(alone))
    page = sweep_page(found)
    seen = text_of(page)
    assert "tests no published figure" in seen
    assert "No claim was tested" in seen
    assert "varies no factor" in seen
    assert "there is no choice to regret" in seen
    assert "No run failed" in seen
    assert "growth" in {picture.name for picture in pictures_of(page)}


def test_a_sweep_that_is_not_finished_says_so_and_draws_no_point_that_was_not_played(plan: Plan) -> None:
    claim = replace(plan.claims[0], low=0.02, high=0.04)
    found = findings(MadeSweep(replace(plan, claims=(claim,)), lift=0.06, played=42))
    page = sweep_page(found)
    seen = text_of(page)
    assert "4 runs of this sweep have not been played" in seen
    assert f"{len(found.runs):,} of {len(found.runs) + 4:,}" in seen
    box = next(picture for picture in pictures_of(page) if picture.name.startswith("box-"))
    assert sum(np.asarray(dots.get_offsets()).shape[0] for dots in box.bare().axes[0].collections) == 42


def test_chosen_points_are_no_probabilities(plan: Plan) -> None:
    grid = replace(plan, design=replace(plan.design, kind=Kind.GRID, points=0, levels=3))
    seen = text_of(sweep_page(findings(MadeSweep(grid))))
    assert "no probabilities" in seen
    assert "unlikely" not in seen.split("How much trade grows")[1].split("What drives")[0]
    assert "times the probability of opening" not in seen
