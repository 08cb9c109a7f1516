import csv
import pickle
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.corridor.catalogue import SHARED_FOLDER, packaged_cases
from abm.corridor.check import check
from abm.corridor.explain import explain
from abm.corridor.folder import read_case
from abm.corridor.load import digest, load
from abm.corridor.policies import resolve
from abm.corridor.reach import great_circle_km
from abm.corridor.scenario import Scenario
from abm.corridor.tables import TABLES, Case, Flow, Link, Mode, Status
from abm.errors import InputError
from tests.small_worlds import toy as toy_alone


@pytest.fixture(scope="module")
def toy() -> Case:
    return load("toy")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(packaged_cases()["toy"], tmp_path / "mine"))


def edit(path: Path, key: str, **cells: str) -> None:
    """Change cells of the row whose first cell is ``key``."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if next(iter(row.values())) == key:
            row.update(cells)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def test_a_packaged_case_and_its_folder_are_the_same_case(toy: Case, folder: Path) -> None:
    assert load(folder) == toy == load(str(folder))


def test_every_packaged_case_loads_by_its_name() -> None:
    for name in packaged_cases():
        assert load(name).nodes


def test_the_toy_case_has_every_feature_that_a_tutorial_needs(toy: Case) -> None:
    assert {link.mode for link in toy.links} == set(Mode)
    assert {link.gauge_mm for link in toy.links} == {None, 1435, 1520}
    assert {link.status for link in toy.links} == {Status.OPEN, Status.CLOSED}
    assert {"reopen", "placebo", "close-road"} <= {step.policy_id for step in toy.policies}
    assert any(flow.kind == "exogenous" for flow in toy.flows)
    assert any(flow.potential_tonnes and flow.tonnes == 0 for flow in toy.flows)
    assert toy.tariffs
    assert toy.markets
    assert toy.background


def test_the_toy_case_is_small_busy_and_without_doubts() -> None:
    report = check("toy")
    assert report.problems == report.warnings == ()
    assert 1e6 <= report.size.tonnes_per_year <= 2e6
    assert 60 <= report.size.consignments_per_day <= 100
    assert 30 <= report.size.n_shippers <= 60


def test_an_empty_cell_takes_the_default_of_its_column(toy: Case) -> None:
    road = toy.links[0]
    assert (road.gauge_mm, road.directed, road.headway_h, road.load_beta) == (None, False, None, 4.0)


def test_a_table_that_may_be_absent_is_empty(folder: Path) -> None:
    (folder / "markets.csv").unlink()
    assert load(folder).markets == ()


def test_shared_assumptions_and_sources_come_with_every_case(toy: Case) -> None:
    names = {row.name: row for row in toy.assumptions}
    assert names["sigma"].value == 4
    assert {"time_cost_bulk", "kappa", "lam", "trend_growth"} <= set(names)
    assert "hummels-schaur-2013" in {row.source_id for row in toy.sources}


def test_an_assumption_of_the_case_replaces_the_shared_one(folder: Path) -> None:
    with (SHARED_FOLDER / "assumptions.csv").open(encoding="utf-8") as file:
        shared = {row["name"]: float(row["value"]) for row in csv.DictReader(file)}
    with (folder / "assumptions.csv").open("a", encoding="utf-8") as opened:
        opened.write("sigma,3,2,4,uniform,1,words,invented,C,\n")
    rows = [row for row in load(folder).assumptions if row.name == "sigma"]
    assert shared["sigma"] != 3
    assert [row.value for row in rows] == [3.0]


def test_the_digest_changes_with_any_value_and_with_nothing_else(toy: Case, folder: Path) -> None:
    edit(folder / "links.csv", "road-ard-ask")
    assert load(folder).digest == toy.digest
    edit(folder / "links.csv", "road-ard-ask", note="another note")
    assert load(folder).digest != toy.digest


def test_a_case_in_memory_has_the_digest_and_the_report_of_its_folder(toy: Case) -> None:
    assert digest(toy) == toy.digest
    assert check(toy) == check("toy")


def test_a_case_in_memory_is_checked_by_the_same_rules(toy: Case) -> None:
    lost = toy.flows[0].model_copy(update={"origin": "CRNN"})
    report = check(replace(toy, flows=(lost, *toy.flows[1:])))
    assert [str(problem) for problem in report.problems] == [
        "flows.csv f01 column origin: 'CRNN' is not a node; did you mean 'CRN'?"
    ]


def test_a_case_survives_pickling(toy: Case) -> None:
    assert pickle.loads(pickle.dumps(toy)) == toy  # noqa: S301


def test_a_case_cannot_be_changed(toy: Case) -> None:
    with pytest.raises(ValueError, match="frozen"):
        toy.links[0].length_km = 1.0


def test_dates_may_be_quoted_or_bare(folder: Path, toy: Case) -> None:
    path = folder / "case.toml"
    path.write_text(path.read_text().replace("start = 2025-01-01", 'start = "2025-01-01"'))
    assert load(folder) == toy


def test_a_length_far_from_the_great_circle_is_a_warning(folder: Path) -> None:
    edit(folder / "links.csv", "road-ard-ask", length_km="400", length_low_km="390", length_high_km="410")
    report = check(folder)
    assert not report.problems
    assert [str(warning) for warning in report.warnings] == [
        "links.csv:2 column length_km: 400 is 3.37 times the 119 km of the great circle (usual: 1.05 to 2.2)"
    ]


def test_doubts_are_warnings_and_do_not_stop_a_load(folder: Path) -> None:
    edit(folder / "links.csv", "rail-ard-ask", capacity_t_per_day="", rate_low_usd_tkm="", rate_high_usd_tkm="")
    edit(folder / "commodities.csv", "ore", lot_t="900")
    (folder / "my-own-remarks.csv").write_text("a,b\n1,2\n")
    told = "\n".join(str(warning) for warning in check(folder).warnings)
    assert "1 rail links have neither capacity_t_per_day nor headway_h" in told
    assert "1 rows have grade C and no rate_low_usd_tkm" in told
    assert "my-own-remarks.csv: is not a table of a case and is not read" in told
    assert "smaller lots are truer" in told
    assert load(folder).links


def test_tonnes_without_an_open_route_are_a_warning(folder: Path) -> None:
    edit(folder / "links.csv", "road-ard-crn", status="closed")
    told = [str(warning) for warning in check(folder).warnings]
    assert any("flows.csv:8 column destination: 'CRN'" in one and "links open now" in one for one in told)


def test_background_that_fills_a_post_is_a_warning(folder: Path) -> None:
    edit(folder / "borders.csv", "p-road-ard-crn-xc-in", capacity_vehicles_per_day="20")
    told = [str(warning) for warning in check(folder).warnings]
    assert any("the queue never ends" in one for one in told)


@pytest.mark.parametrize(
    ("target", "what"),
    [("road-ard-crn", "link"), ("p-road-ard-crn-xc-in", ""), ("rail-ard-crn", ""), ("rail-ask-bek", "")],
)
def test_capacity_scaled_where_there_is_none_is_a_warning(folder: Path, target: str, what: str) -> None:
    """A road has no capacity of its own; a post, a railway with a capacity and one with places on its trains have."""
    policies = folder / "policies.csv"
    columns = policies.read_text().splitlines()[0].split(",")
    row = {"policy_id": "wider", "title": "Wider", "action": "scale_capacity", "target": target, "value": "2",
           "source": "invented", "grade": "C"}  # fmt: skip
    policies.write_text(policies.read_text() + ",".join(row.get(column, "") for column in columns) + "\n")
    told = [str(warning) for warning in check(folder).warnings]
    assert any(f"{target!r} is a {what} without a capacity: nothing changes" in one for one in told) is bool(what)


@pytest.mark.parametrize(
    ("column", "value"), [("overtime_share", "0.95"), ("overtime_line_h", "0.01"), ("alert_dwell_share", "200")]
)
def test_a_post_with_a_slip_of_the_keyboard_is_refused(folder: Path, column: str, value: str) -> None:
    edit(folder / "borders.csv", "p-road-ard-crn-xc-in", **{column: value})
    told = [str(problem) for problem in check(folder).problems]
    assert len(told) == 1
    assert f"column {column}" in told[0]


def test_friction_lifted_where_none_is_written_is_a_warning(folder: Path) -> None:
    flows = folder / "flows.csv"
    flows.write_text(
        flows.read_text()
        .replace(",200000,", ",,")
        .replace(",140000,", ",,")
        .replace("fruit,trade,0,,30000", "fruit,trade,9000,,")
    )
    told = [str(warning) for warning in check(folder).warnings]
    assert any("'XA-XB' has no flow with potential_tonnes" in one for one in told)


def test_a_one_way_link_is_not_taken_against_its_direction() -> None:
    toy = toy_alone()
    links = tuple(
        link.model_copy(update={"directed": True}) if link.link_id == "road-ard-crn" else link for link in toy.links
    )
    problems = [str(problem) for problem in check(replace(toy, links=links, services=())).problems]
    assert not any("f07" in problem for problem in problems)  # fruit goes the way the link points
    back = [link.model_copy(update={"from_node_id": "CRN", "to_node_id": "ARD", "directed": True}) for link in links]
    chosen = tuple(back[i] if link.link_id == "road-ard-crn" else link for i, link in enumerate(links))
    shut = tuple(link for link in chosen if link.link_id != "road-ask-bek")
    posts = tuple(post for post in toy.posts if post.link_id != "road-ask-bek")
    steps = tuple(step for step in toy.policies if step.target != "road-ask-bek")
    info = toy.info.model_copy(update={"cuts": ()})
    report = check(replace(toy, info=info, links=shut, posts=posts, policies=steps, services=()))
    assert any("flows.csv f07" in str(problem) and "cannot be reached" in str(problem) for problem in report.problems)


def test_the_great_circle_of_a_quarter_of_the_equator_is_ten_thousand_kilometres(toy: Case) -> None:
    here = toy.nodes[0].model_copy(update={"x_coord": 0.0, "y_coord": 0.0})
    there = toy.nodes[0].model_copy(update={"x_coord": 90.0, "y_coord": 0.0})
    assert great_circle_km(here, there) == pytest.approx(10007.5, rel=1e-4)


def test_a_reading_hands_out_rows_with_their_lines() -> None:
    reading = read_case("toy")
    assert next(iter(reading.located(Link)))[0] == "links.csv:2"
    assert [place for place, _ in reading.located(Flow)][-1] == "flows.csv:14"


#: Tables that the toy case has.
TOY_FILES = sorted(file for file in TABLES if (packaged_cases()["toy"] / file).exists())
#: Cells of the toy case, and texts that have broken readers of tables before.
NASTY = ["nan", "-1", "0", "1e308", "1e-300", "1e6", "*", "-", "/", "//", "XA-XB-XC", "9999-12-31", "999999", "2025-W01-1",
         "é", "\u2028", "\x1f", '"', "'", "%s", "{}", "a;b", "٣", "true", "A" * 70, "", "XA/XB", "invented;"]  # fmt: skip


@settings(max_examples=100)
@given(data=st.data())
def test_any_text_in_any_cell_is_a_sound_case_or_an_input_error(data: st.DataObject) -> None:
    """Whatever stands in a cell: either problems are told, or the case loads, explains itself and resolves its policies."""
    file = data.draw(st.sampled_from(TOY_FILES))
    source = packaged_cases()["toy"]
    with (source / file).open(newline="", encoding="utf-8") as opened:
        rows = list(csv.reader(opened))
    row = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(st.integers(0, len(rows[0]) - 1))
    others = st.sampled_from([one[column] for one in rows])
    rows[row][column] = data.draw(others | st.sampled_from(NASTY) | st.text(max_size=12))
    with tempfile.TemporaryDirectory() as made:
        folder = Path(shutil.copytree(source, Path(made) / "case"))
        with (folder / file).open("w", newline="", encoding="utf-8", errors="surrogatepass") as opened:
            csv.writer(opened).writerows(rows)
        if check(folder).problems:
            with pytest.raises(InputError):
                load(folder)
        else:
            case = load(folder)
            policies = tuple(dict.fromkeys(step.policy_id for step in case.policies))
            assert explain(case)
            assert len(resolve(Scenario(case, policies, draw=True))) == len(case.policies)


@settings(max_examples=50)
@given(data=st.data())
def test_any_bytes_in_any_file_are_told_and_never_raise_anything_else(data: st.DataObject) -> None:
    file = data.draw(st.sampled_from([*TOY_FILES, "case.toml"]))
    source = packaged_cases()["toy"]
    content = (source / file).read_bytes()
    at = data.draw(st.integers(0, len(content)))
    spoilt = (
        content[:at]
        + data.draw(st.binary(min_size=1, max_size=8))
        + content[data.draw(st.integers(at, len(content))) :]
    )
    with tempfile.TemporaryDirectory() as made:
        folder = Path(shutil.copytree(source, Path(made) / "case"))
        (folder / file).write_bytes(spoilt)
        report = check(folder)
        assert report.problems or load(folder).nodes
        assert all(problem.place and problem.rule for problem in report.problems)


def test_a_folder_that_is_not_there_names_the_packaged_cases() -> None:
    with pytest.raises(InputError, match=r"'nowhere' is neither a folder nor one of .*toy"):
        load("nowhere")


def test_a_table_that_needs_another_says_so(folder: Path) -> None:
    (folder / "carriers.csv").unlink()
    told = [str(problem) for problem in check(folder).problems]
    assert told == ["services.csv: needs carriers.csv, which is missing or empty"]
