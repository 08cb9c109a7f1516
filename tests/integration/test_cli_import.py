"""The command import as a user types it, what check then asks for, and the tutorial's commands from first to last."""

import csv
import errno
import json
import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from abm.cli import caravan
from abm.corridor.check import check
from abm.corridor.load import load
from abm.study.plan_file import read_plan

TUTORIAL = Path(__file__).parents[2] / "experiments" / "own_corridor"
GUIDE = (TUTORIAL / "README.md").read_text(encoding="utf-8")
CASE = "northern_corridor"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(caravan, list(arguments))


def gmns(folder: Path) -> Path:
    folder.mkdir()
    nodes = "node_id,x_coord,y_coord,zone_id,country\n1,10,50,5,XA\n2,11,50,,XA\n3,12,50,6,XB\n"
    head = "link_id,from_node_id,to_node_id,directed,length,free_speed,facility_type\n"
    links = f"{head}12,1,2,0,75,60,trunk\n23,2,3,0,76,50,rail\n"
    (folder / "node.csv").write_text(nodes, encoding="utf-8")
    (folder / "link.csv").write_text(links, encoding="utf-8")
    (folder / "config.csv").write_text("long_length,speed\nkm,km/h\n", encoding="utf-8")
    return folder


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_gmns_folder_becomes_a_case_that_check_can_ask_about(tmp_path: Path) -> None:
    into = tmp_path / "mine"
    result = run("import", "gmns", str(gmns(tmp_path / "source")), "--into", str(into), "--gauge", "1435")
    assert result.exit_code == 0, result.output
    assert "3 nodes and 2 links (1 road, 1 rail)" in result.output
    assert "rate_usd_tkm of 1 road link" in result.output
    assert f"caravan check {into}" in result.output
    guide = (into / "README.md").read_text(encoding="utf-8")
    assert "copy of the toy" not in guide
    assert "1. **`case.toml`**" in guide
    report = check(into)
    assert {problem.rule for problem in report.problems} == {"must have a value"}
    asked = {(problem.place.split(":")[0], problem.field) for problem in report.problems}
    assert {
        ("case.toml", "question"), ("case.toml", "home"), ("links.csv", "rate_usd_tkm"), ("borders.csv", "dwell_h"),
        ("terminals.csv", "handling_usd_t"), ("commodities.csv", "lot_t"), ("flows.csv", "origin"),
        ("rates.csv", "payload_t"),
    } <= asked  # fmt: skip


def test_a_filled_import_loads(tmp_path: Path) -> None:
    """Every cell that check asks for, filled: nothing but cells is missing from what import lays out."""
    into = tmp_path / "mine"
    arguments = ["--gauge", "1435", "--rate", "road=0.08", "--rate", "rail=0.04"]
    assert run("import", "gmns", str(gmns(tmp_path / "source")), "--into", str(into), *arguments).exit_code == 0
    cells = {
        "capacity_vehicles_per_day": "50", "dwell_h": "3", "handling_usd_t": "4", "cargo_class": "container", "lot_t": "20",
        "unit_value_usd_t": "900", "time_class": "general", "rate_factor": "1", "payload_t": "20", "vehicle_hour_usd": "8",
        "origin": "1", "destination": "3", "tonnes": "50000",
    }  # fmt: skip
    for path in into.glob("*.csv"):
        rows = table(path)
        if not rows:
            continue
        filled = [{key: cell or cells.get(key, "") for key, cell in row.items()} for row in rows]
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(filled)
    info = (into / "case.toml").read_text(encoding="utf-8")
    lines = [line.removeprefix("# ") if " = " in line else line for line in info.splitlines()]
    (into / "case.toml").write_text("\n".join(lines).replace("XX", "XA").replace("YY", "XB"), encoding="utf-8")
    assert check(into).problems == ()
    case = load(into)
    assert case.flows[0].tonnes == 50_000
    assert {link.rate_usd_tkm for link in case.links} == {0.08, 0.04}


def test_nothing_is_written_over_unless_told_and_then_only_the_network(tmp_path: Path) -> None:
    into, source = tmp_path / "mine", gmns(tmp_path / "source")
    assert run("import", "gmns", str(source), "--into", str(into)).exit_code == 0
    (into / "flows.csv").write_text("my own work", encoding="utf-8")
    (into / "sources.csv").write_text("source_id,title,year\nmine,Mine,2024\n", encoding="utf-8")
    before = contents(into)
    result = run("import", "gmns", str(source), "--into", str(into))
    assert result.exit_code == 2
    assert result.output.count("stands already and is not overwritten: --replace does that") == 2
    assert contents(into) == before
    result = run("import", "gmns", str(source), "--into", str(into), "--gauge", "1520", "--replace")
    assert result.exit_code == 0, result.output
    changed = {name for name, content in contents(into).items() if content != before[name]}
    assert changed == {"links.csv", "sources.csv"}
    assert [row["gauge_mm"] for row in table(into / "links.csv")] == ["", "1520"]
    assert [row["source_id"] for row in table(into / "sources.csv")] == ["mine", "imported"]
    assert run("import", "gmns", str(source), "--into", str(into), "--replace").exit_code == 0
    assert [row["source_id"] for row in table(into / "sources.csv")] == ["mine", "imported"]


MARK = b"\xef\xbb\xbf"


@pytest.mark.parametrize("mark", [b"", MARK])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("is_ended", [True, False])
def test_sources_get_a_row_as_they_were_written_and_only_once(
    tmp_path: Path, mark: bytes, end: bytes, is_ended: bool
) -> None:
    into, source = tmp_path / "mine", gmns(tmp_path / "source")
    into.mkdir()
    path = into / "sources.csv"
    standing = (
        mark + b"year,source_id,title" + end + b'2024,mine,"Mine, \xc3\xa9t\xc3\xa9"' + (end if is_ended else b"")
    )
    path.write_bytes(standing)
    path.chmod(0o640)
    assert run("import", "gmns", str(source), "--into", str(into)).exit_code == 0
    row = b",imported,Imported from source: name the publisher and how you read it" + end
    assert path.read_bytes() == standing + (b"" if is_ended else end) + row
    assert path.stat().st_mode & 0o777 == 0o640
    before = path.read_bytes(), path.stat().st_ino
    result = run("import", "gmns", str(source), "--into", str(into), "--replace")
    assert "Written: nodes.csv, links.csv." in result.output
    assert (path.read_bytes(), path.stat().st_ino) == before


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('source_id,title\nmine,"Mine\n', "sources.csv: is not a well-formed CSV file"),
        ("source_id;title\n", "sources.csv:1: needs the columns source_id and title"),
    ],
)
def test_sources_that_cannot_be_added_to_are_left_and_nothing_is_written(
    tmp_path: Path, content: str, says: str
) -> None:
    into = tmp_path / "mine"
    into.mkdir()
    (into / "sources.csv").write_text(content, encoding="utf-8")
    before = contents(into)
    result = run("import", "gmns", str(gmns(tmp_path / "source")), "--into", str(into))
    assert (result.exit_code, contents(into)) == (2, before)
    assert says in result.output


def test_a_link_that_leads_nowhere_stands_and_is_never_followed(tmp_path: Path) -> None:
    into, outside, source = tmp_path / "mine", tmp_path / "outside", gmns(tmp_path / "source")
    into.mkdir()
    for name in ("links.csv", "flows.csv", "sources.csv"):
        (into / name).symlink_to(outside)
    result = run("import", "gmns", str(source), "--into", str(into))
    assert result.exit_code == 2
    assert "links.csv: stands already and is not overwritten" in result.output
    result = run("import", "gmns", str(source), "--into", str(into), "--replace")
    assert (result.exit_code, result.output.strip()) == (2, "sources.csv: is a link that leads nowhere")
    (into / "sources.csv").unlink()
    assert run("import", "gmns", str(source), "--into", str(into), "--replace").exit_code == 0
    assert [(into / name).is_symlink() for name in ("links.csv", "flows.csv")] == [False, True]
    assert not outside.exists()
    (tmp_path / "nowhere").symlink_to(outside)
    assert run("import", "gmns", str(source), "--into", str(tmp_path / "nowhere")).exit_code == 2


def test_a_disk_that_fills_leaves_everything_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    into, source = tmp_path / "mine", gmns(tmp_path / "source")
    assert run("import", "gmns", str(source), "--into", str(into)).exit_code == 0
    before, written = contents(into), []

    def fill(handle: int) -> None:
        written.append(handle)
        if len(written) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("abm.corridor.importers.case_folder.os.fsync", fill)
    result = run("import", "gmns", str(source), "--into", str(into), "--gauge", "1520", "--replace")
    assert (result.exit_code, contents(into)) == (1, before)
    assert "cannot be written: No space left on device" in result.output


def test_faults_of_all_files_come_at_once_with_code_two_and_nothing_is_written(tmp_path: Path) -> None:
    source = gmns(tmp_path / "source")
    (source / "link.csv").write_text("link_id,from_node_id,to_node_id,directed,length\n1,1,9,0,7\n", encoding="utf-8")
    (source / "node.csv").write_text("node_id,x_coord,y_coord\n1,10,50\n", encoding="utf-8")
    result = run("import", "gmns", str(source), "--into", str(tmp_path / "mine"))
    assert result.exit_code == 2
    assert len(result.output.splitlines()) == 3
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["gmns", "x", "--into", "toy"], "is not a folder"),
        (["osm", "x", "--into", "y"], "'osm' is not one of"),
        (["gmns", "x"], "Missing option '--into'"),
        (["gmns", "x", "--into", "y", "--tolerance", "1"], "--tolerance: is for geojson alone"),
        (["gmns", "x", "--into", "y", "--mode", "a=b", "--country", "x"], "--country: 'x' must be a country code"),
        (["geojson", "x", "--into", "y", "--property", "link=id"], "did you mean 'link_id'?"),
        (
            ["geojson", "x", "--into", "y", "--property", "name=a", "--property", "name=b"],
            "--property: 'name=b' names the same column twice",
        ),
        (["geojson", "none.geojson", "--into", "y"], "none.geojson: is missing"),
    ],
)
def test_a_mistyped_command_line_is_told_with_code_two(arguments: list[str], says: str) -> None:
    result = run("import", *arguments)
    assert result.exit_code == 2
    assert says in result.output


@pytest.mark.parametrize(
    ("into", "says"), [("toy", "packaged case"), ("", "name of a folder"), (__file__, "is a file")]
)
def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path, into: str, says: str) -> None:
    result = run("import", "gmns", str(gmns(tmp_path / "source")), "--into", into)
    assert result.exit_code == 2
    assert says in result.output


def test_geojson_options_reach_the_reader(tmp_path: Path) -> None:
    path = tmp_path / "map.geojson"
    shape = {"type": "LineString", "coordinates": [[0, 0], [1, 0]]}
    other = {"type": "LineString", "coordinates": [[1.01, 0], [2, 0]]}
    features = [
        {"type": "Feature", "properties": {"osm": i}, "geometry": each} for i, each in enumerate((shape, other))
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    arguments = [
        "--country",
        "XA",
        "--mode",
        "road",
        "--tolerance",
        "2",
        "--property",
        "link_id=osm",
        "--speed",
        "road=40",
    ]
    result = run("import", "geojson", str(path), "--into", str(tmp_path / "mine"), *arguments)
    assert result.exit_code == 0, result.output
    links = table(tmp_path / "mine" / "links.csv")
    assert [(row["link_id"], row["from_node_id"], row["to_node_id"], row["free_speed_kmh"]) for row in links] == [
        ("0", "n1", "n2", "40"), ("1", "n2", "n3", "40"),
    ]  # fmt: skip
    assert not (tmp_path / "mine" / "borders.csv").exists()


# ---------------------------------------------------------------------------------------------------- the tutorial
def commands() -> list[str]:
    """Lines of the tutorial's blocks of commands, in their order."""
    blocks = re.findall(r"```\n(.*?)```", GUIDE, re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.startswith(("caravan ", "cp "))]


@pytest.mark.slow
def test_every_command_of_the_tutorial_runs_in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(TUTORIAL, tmp_path / "experiments" / "own_corridor")
    empty = tmp_path / "tutorial"
    empty.mkdir()
    monkeypatch.chdir(empty)
    typed = commands()
    assert {line.split()[1] for line in typed if line.startswith("caravan")} >= {
        "import", "check", "run", "compare", "sweep", "results", "report",
    }  # fmt: skip
    codes = []
    for line in typed:
        program, *words = shlex.split(line.partition("  #")[0])
        if program == "cp":
            *sources, target = words
            for pattern in sources:
                found = sorted(Path().glob(pattern))
                assert found, line
                for path in found:
                    shutil.copy(path, target)
            continue
        result = run(*words)
        assert "Traceback" not in result.output
        codes.append((words[0], result.exit_code))
    assert codes.pop(1) == ("check", 2)  # before the tables are filled
    assert all(code == 0 for _, code in codes), codes


def test_the_tutorials_map_is_the_network_of_its_case(tmp_path: Path) -> None:
    """What import makes of the map is what stands, with sources, in the case that the tutorial hands out."""
    assert run("import", "geojson", str(TUTORIAL / "corridor.geojson"), "--into", str(tmp_path / "made")).exit_code == 0
    for file, columns in (
        ("nodes.csv", ("node_id", "country", "node_type", "x_coord", "y_coord")),
        ("links.csv", ("link_id", "from_node_id", "to_node_id", "mode", "gauge_mm", "length_km", "status")),
        ("borders.csv", ("post_id", "link_id", "country", "direction")),
    ):
        made, kept = (
            {tuple(row[column] for column in columns) for row in table(folder / file)}
            for folder in (tmp_path / "made", TUTORIAL / CASE)
        )
        assert made == kept, file


def test_the_tutorials_case_is_sound_and_its_rows_are_sourced() -> None:
    report = check(TUTORIAL / CASE)
    assert (report.problems, report.warnings) == ((), ())
    case = load(TUTORIAL / CASE)
    used = {name for link in case.links for name in link.source.split(";")}
    read = {source.source_id for source in case.sources if source.url}
    assert len(used & read) >= 5
    assert "imported" not in used
    assert {claim.source for claim in read_plan(TUTORIAL).claims} <= read


def test_numbers_in_the_tutorials_tables_are_those_of_its_text() -> None:
    """Its list of figures names the identifiers of the case's sources."""
    known = {source.source_id for source in load(TUTORIAL / CASE).sources}
    named = set(re.findall(r"`([a-z0-9-]+-20\d\d|malaba-wiki|judged)`", GUIDE))
    assert named
    assert named <= known
