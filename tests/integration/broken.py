"""Ways to break a case: each spoils one thing in a copy of the toy case and says which line the check must print."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from abm.corridor import parse

Break = Callable[[Path], None]


@dataclass(frozen=True)
class Broken:
    """``spoil`` changes the folder; some line must start with ``place`` and hold every text of ``says``."""

    name: str
    spoil: Break
    place: str
    says: tuple[str, ...]


def rows_of(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def write_rows(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)


def cell(file: str, row: int, column: str, value: str) -> Break:
    """Write a value into one cell; ``row`` is the line of the file, so 2 is the first below the header."""

    def spoil(folder: Path) -> None:
        rows = rows_of(folder / file)
        rows[row - 1][rows[0].index(column)] = value
        write_rows(folder / file, rows)

    return spoil


def column(file: str, old: str, new: str | None) -> Break:
    """Rename a column, or drop it."""

    def spoil(folder: Path) -> None:
        rows = rows_of(folder / file)
        at = rows[0].index(old)
        if new is None:
            rows = [row[:at] + row[at + 1 :] for row in rows]
        else:
            rows[0][at] = new
        write_rows(folder / file, rows)

    return spoil


def line(file: str, text: str) -> Break:
    """Append a line to a file."""

    def spoil(folder: Path) -> None:
        with (folder / file).open("a", encoding="utf-8") as opened:
            opened.write(text + "\n")

    return spoil


def drop(file: str, row: int) -> Break:
    """Delete a line of a file."""

    def spoil(folder: Path) -> None:
        rows = rows_of(folder / file)
        del rows[row - 1]
        write_rows(folder / file, rows)

    return spoil


def text(file: str, old: str, new: str) -> Break:
    """Replace a piece of text that must be there."""

    def spoil(folder: Path) -> None:
        found = (folder / file).read_text(encoding="utf-8")
        assert old in found
        (folder / file).write_text(found.replace(old, new, 1), encoding="utf-8")

    return spoil


def content(file: str, data: bytes) -> Break:
    """Replace a whole file."""

    def spoil(folder: Path) -> None:
        (folder / file).write_bytes(data)

    return spoil


def missing(file: str) -> Break:
    return lambda folder: (folder / file).unlink()


def renamed(file: str, new: str) -> Break:
    def spoil(folder: Path) -> None:
        (folder / file).rename(folder / new)

    return spoil


def recoded(file: str, encoding: str) -> Break:
    """Save a file in another encoding, with a letter in it that differs."""

    def spoil(folder: Path) -> None:
        found = (folder / file).read_text(encoding="utf-8").replace("Ardel", "Ardél")
        (folder / file).write_bytes(found.encode(encoding))

    return spoil


def folder_instead(file: str) -> Break:
    def spoil(folder: Path) -> None:
        (folder / file).unlink()
        (folder / file).mkdir()

    return spoil


def too_large(file: str) -> Break:
    """A file that claims more bytes than are read, without writing them."""

    def spoil(folder: Path) -> None:
        with (folder / file).open("r+b") as opened:
            opened.truncate(parse.MAX_BYTES + 1)

    return spoil


def both(*breaks: Break) -> Break:
    def spoil(folder: Path) -> None:
        for one in breaks:
            one(folder)

    return spoil


FILES = (
    Broken("no case file", missing("case.toml"), "case.toml:", ("is missing",)),
    Broken("no links", missing("links.csv"), "links.csv:", ("is missing",)),
    Broken("no sources", missing("sources.csv"), "sources.csv:", ("is missing",)),
    Broken("misspelt required file", renamed("flows.csv", "flow.csv"), "flows.csv:", ("is missing", "'flow.csv'")),
    Broken("misspelt optional file", renamed("tariffs.csv", "tarifs.csv"), "tarifs.csv:", ("'tariffs.csv'",)),
    Broken("a folder for a file", folder_instead("nodes.csv"), "nodes.csv:", ("is not a file",)),
    Broken("empty file", content("nodes.csv", b""), "nodes.csv:", ("is empty", "node_id")),
    Broken("blank file", content("nodes.csv", b"\n\n\n"), "nodes.csv:", ("is empty",)),
    Broken("Latin-1", recoded("nodes.csv", "latin-1"), "nodes.csv:2:", ("0xe9", "UTF-8")),
    Broken("UTF-16", recoded("nodes.csv", "utf-16"), "nodes.csv:", ("UTF-16", "UTF-8")),
    Broken("NUL byte", line("flows.csv", "a\0b"), "flows.csv:15:", ("NUL",)),
    Broken("file too large", too_large("flows.csv"), "flows.csv:", ("must not be larger than 67,108,864 bytes",)),
    Broken("open quotation mark", line("nodes.csv", 'X,"Y'), "nodes.csv:", ("well-formed CSV",)),
    Broken("semicolons", content("rates.csv", b"mode;cargo_class\nroad;bulk\n"), "rates.csv:1:", ("commas",)),
    Broken("ragged row, short", line("nodes.csv", "X,Y"), "nodes.csv:8:", ("has 2 cells", "9 columns")),
    Broken("ragged row, long", line("nodes.csv", "X" + ",Y" * 12), "nodes.csv:8:", ("has 13 cells",)),
    Broken("row of commas", line("nodes.csv", "," * 8), "nodes.csv:8:", ("only empty cells",)),
    Broken("unknown column", column("links.csv", "length_km", "lenght_km"), "links.csv:1 column lenght_km:",
           ("not a column", "'length_km'")),
    Broken("wrong unit in a column", column("links.csv", "length_km", "length_miles"), "links.csv:1 column length_km:",
           ("is missing",)),
    Broken("missing column", column("flows.csv", "tonnes", None), "flows.csv:1 column tonnes:", ("is missing",)),
    Broken("column named twice", column("links.csv", "note", "grade"), "links.csv:1 column grade:", ("twice",)),
    Broken("column without a name", column("links.csv", "note", ""), "links.csv:1:", ("without a name",)),
)  # fmt: skip

INFO = (
    Broken("TOML syntax", text("case.toml", 'home = "XA"', "home = XA"), "case.toml:7:", ("well-formed TOML",)),
    Broken("TOML in Latin-1", content("case.toml", 'name = "é"'.encode("latin-1")), "case.toml:1:", ("UTF-8",)),
    Broken("missing key", text("case.toml", 'home = "XA"', ""), "case.toml column home:", ("must have a value",)),
    Broken("unknown key", text("case.toml", "home =", "hoem ="), "case.toml column hoem:", ("'home'",)),
    Broken("bad start", text("case.toml", "2025-01-01", '"2025-02-30"'), "case.toml column start:", ("must be a date",)),
    Broken("start with a time", text("case.toml", "2025-01-01", "2025-01-01T12:00:00"), "case.toml column start:",
           ("must be a text",)),
    Broken("year as text", text("case.toml", "base_year = 2024", 'base_year = "last"'), "case.toml column base_year:",
           ("whole number",)),
    Broken("year far off", text("case.toml", "base_year = 2024", "base_year = 1024"), "case.toml column base_year:",
           ("1024", ">= 1950")),
    Broken("negative warm-up", text("case.toml", "warmup_days = 365", "warmup_days = -1"),
           "case.toml column warmup_days:", ("-1", ">= 0")),
    Broken("unknown home", text("case.toml", 'home = "XA"', 'home = "XZ"'), "case.toml column home:", ("'XZ'",)),
    Broken("home in words", text("case.toml", 'home = "XA"', 'home = "Arland"'), "case.toml column home:",
           ("two capital letters",)),
    Broken("pair with itself", text("case.toml", '["XB", "XC"]', '["XB", "XB"]'), "case.toml column pairs[2]:",
           ("two countries",)),
    Broken("unknown link in a cut", text("case.toml", '["road-ask-bek"', '["road-ask-beck"'),
           "case.toml column cuts[0].links:", ("'road-ask-beck'", "did you mean 'road-ask-bek'")),
    Broken("two cuts of one name", text("case.toml", 'name = "south"', 'name = "west"'), "case.toml column cuts[1].name:",
           ("earlier cut",)),
    Broken("no limits told", lambda folder: _no_limits(folder), "case.toml column limits:", ("at least one thing",)),
)  # fmt: skip


def _no_limits(folder: Path) -> None:
    found = (folder / "case.toml").read_text(encoding="utf-8")
    start, end = found.index("limits = ["), found.index("]\n\n[[cuts]]")
    (folder / "case.toml").write_text(found[:start] + "limits = [" + found[end:], encoding="utf-8")


CELLS = (
    Broken("NaN", cell("links.csv", 2, "length_km", "nan"), "links.csv:2 column length_km:", ("nan", "finite")),
    Broken("infinity", cell("flows.csv", 3, "tonnes", "inf"), "flows.csv:3 column tonnes:", ("inf", "finite")),
    Broken("overflow", cell("flows.csv", 3, "tonnes", "1e999"), "flows.csv:3 column tonnes:", ("1e999", "finite")),
    Broken("absurdly large", cell("flows.csv", 3, "tonnes", "1e300"), "flows.csv:3 column tonnes:", ("<= 1e+12",)),
    Broken("negative length", cell("links.csv", 4, "length_km", "-334.0"), "links.csv:4 column length_km: -334.0",
           ("must be > 0",)),
    Broken("number in words", cell("links.csv", 4, "length_km", "long"), "links.csv:4 column length_km: 'long'",
           ("must be a number",)),
    Broken("decimal comma", cell("links.csv", 4, "rate_usd_tkm", "0,09"), "links.csv:4 column rate_usd_tkm: 0,09",
           ("point before the decimals",)),
    Broken("unit in a cell", cell("links.csv", 4, "length_km", "190 km"), "links.csv:4 column length_km: '190 km'",
           ("the unit stands in the column's name",)),
    Broken("underscore in a number", cell("flows.csv", 2, "tonnes", "280_000"), "flows.csv:2 column tonnes:",
           ("must be a number",)),
    Broken("half a shipper", cell("flows.csv", 2, "n_shippers", "2.5"), "flows.csv:2 column n_shippers: 2.5",
           ("whole number",)),
    Broken("no shipper", cell("flows.csv", 2, "n_shippers", "0"), "flows.csv:2 column n_shippers: 0", (">= 1",)),
    Broken("required cell empty", cell("links.csv", 3, "free_speed_kmh", ""), "links.csv:3 column free_speed_kmh:",
           ("must have a value",)),
    Broken("unknown mode", cell("links.csv", 2, "mode", "raod"), "links.csv:2 column mode: 'raod'",
           ("road, rail, sea", "did you mean 'road'")),
    Broken("unknown status", cell("links.csv", 2, "status", "shut"), "links.csv:2 column status: 'shut'",
           ("open, closed, planned, under_construction",)),
    Broken("latitude out of range", cell("nodes.csv", 2, "y_coord", "94"), "nodes.csv:2 column y_coord: 94", ("<= 90",)),
    Broken("country in small letters", cell("nodes.csv", 2, "country", "xa"), "nodes.csv:2 column country: 'xa'",
           ("two capital letters",)),
    Broken("identifier with a space", cell("nodes.csv", 2, "node_id", "A D"), "nodes.csv:2 column node_id: 'A D'",
           ("only letters, digits",)),
    Broken("unknown grade", cell("nodes.csv", 2, "grade", "D"), "nodes.csv:2 column grade: 'D'", ("from memory",)),
    Broken("no source", cell("nodes.csv", 2, "source", ""), "nodes.csv:2 column source:", ("must have a value",)),
    Broken("neither yes nor no", both(column("links.csv", "note", "directed"), cell("links.csv", 2, "directed", "perhaps")),
           "links.csv:2 column directed: 'perhaps'", ("true or false",)),
    Broken("hour past midnight", cell("borders.csv", 2, "closes_h", "25"), "borders.csv:2 column closes_h: 25",
           ("<= 24",)),
    Broken("cell too long", cell("nodes.csv", 2, "note", "x" * 5000), "nodes.csv:2 column note:", ("4,000 characters",)),
)  # fmt: skip

REFERENCES = (
    Broken("unknown node", cell("links.csv", 2, "to_node_id", "ASC"), "links.csv:2 column to_node_id: 'ASC'",
           ("is not a node", "did you mean 'ASK'")),
    Broken("unknown origin", cell("flows.csv", 2, "origin", "CRNN"), "flows.csv:2 column origin: 'CRNN'",
           ("did you mean 'CRN'",)),
    Broken("unknown commodity", cell("flows.csv", 2, "commodity", "grian"), "flows.csv:2 column commodity: 'grian'",
           ("did you mean 'grain'",)),
    Broken("unknown link of a post", cell("borders.csv", 2, "link_id", "road-ask-bex"),
           "borders.csv:2 column link_id: 'road-ask-bex'", ("did you mean 'road-ask-bek'",)),
    Broken("unknown post in the background", cell("background.csv", 2, "post_id", "p-nowhere"),
           "background.csv:2 column post_id: 'p-nowhere'", ("is not a border post",)),
    Broken("unknown source", cell("flows.csv", 2, "source", "invented;inventd"), "flows.csv:2 column source: 'inventd'",
           ("did you mean 'invented'",)),
    Broken("empty source name", cell("flows.csv", 2, "source", "invented;;"), "flows.csv:2 column source:",
           ("empty name",)),
    Broken("unknown time class", cell("commodities.csv", 2, "time_class", "bulky"),
           "commodities.csv:2 column time_class: 'bulky'", ("did you mean 'bulk'",)),
    Broken("unknown country of a tariff", cell("tariffs.csv", 2, "destination", "XD"),
           "tariffs.csv:2 column destination: 'XD'", ("country of any node",)),
    Broken("unknown commodity of a tariff", cell("tariffs.csv", 5, "commodity", "friut"),
           "tariffs.csv:5 column commodity: 'friut'", ("did you mean 'fruit'",)),
    Broken("unknown commodity of a market", cell("markets.csv", 2, "commodity", "gold"),
           "markets.csv:2 column commodity: 'gold'", ("a commodity or *",)),
    Broken("duplicate node", cell("nodes.csv", 3, "node_id", "ARD"), "nodes.csv:3 column node_id: 'ARD'",
           ("stands already at nodes.csv:2",)),
    Broken("duplicate link", cell("links.csv", 3, "link_id", "road-ard-ask"), "links.csv:3 column link_id:",
           ("stands already at links.csv:2",)),
    Broken("duplicate tariff", cell("tariffs.csv", 3, "origin", "*"), "tariffs.csv:3 column destination/origin/commodity:",
           ("stands already at tariffs.csv:2",)),
    Broken("duplicate rate", cell("rates.csv", 3, "cargo_class", "bulk"), "rates.csv:3 column mode/cargo_class:",
           ("'road/bulk'", "rates.csv:2")),
    Broken("class that nothing carries", cell("commodities.csv", 2, "cargo_class", "general"),
           "commodities.csv:2 column cargo_class: 'general'", ("nothing can carry it",)),
)  # fmt: skip

NETWORK = (
    Broken("link to itself", cell("links.csv", 2, "to_node_id", "ARD"), "links.csv:2 column to_node_id: 'ARD'",
           ("must differ",)),
    Broken("rail without gauge", cell("links.csv", 8, "gauge_mm", ""), "links.csv:8 column gauge_mm:",
           ("1435, 1520, 1676 on rail",)),
    Broken("unknown gauge", cell("links.csv", 8, "gauge_mm", "1000"), "links.csv:8 column gauge_mm: 1000",
           ("1435, 1520, 1676",)),
    Broken("road with a gauge", cell("links.csv", 2, "gauge_mm", "1520"), "links.csv:2 column gauge_mm: 1520",
           ("must be empty on road",)),
    Broken("gauge gap without terminal", drop("terminals.csv", 14), "links.csv:9 column gauge_mm:",
           ("meets rail1520 at ASK", "no terminal")),
    Broken("posts on a sea route", cell("links.csv", 4, "mode", "sea"), "borders.csv:10 column link_id: 'road-ard-crn'",
           ("crosses no land border",)),
    Broken("unreachable OD pair", lambda folder: _no_fruit_road(folder), "flows.csv:8 column destination: 'CRN'",
           ("cannot be reached from ARD by reefer cargo (sea)",)),
    Broken("flow end without terminal", lambda folder: _no_zone(folder), "flows.csv:13 column origin: 'BAY'",
           ("no terminal that joins its zone",)),
    Broken("terminal of one layer", cell("terminals.csv", 2, "to_layer", "zone"), "terminals.csv:2 column to_layer:",
           ("must differ from from_layer",)),
    Broken("terminal without a link", cell("terminals.csv", 2, "to_layer", "sea"),
           "terminals.csv:2 column to_layer: 'sea'", ("on no link at ARD",)),
    Broken("border with three posts", drop("borders.csv", 10), "links.csv:4 column link_id: 'road-ard-crn'",
           ("XA-XC", "no post for XA outbound")),
    Broken("border without any post", missing("borders.csv"), "links.csv:3 column link_id: 'road-ask-bek'",
           ("XA outbound, XA inbound, XB outbound, XB inbound",)),
    Broken("post inside a country", cell("borders.csv", 2, "link_id", "road-ard-ask"),
           "borders.csv:2 column link_id: 'road-ard-ask'", ("crosses no land border",)),
    Broken("post of a third country", cell("borders.csv", 2, "country", "XC"), "borders.csv:2 column country: 'XC'",
           ("must be XA or XB",)),
    Broken("two posts for one side", cell("borders.csv", 5, "direction", "outbound"),
           "borders.csv:5 column link_id/country/direction:", ("stands already at borders.csv:2",)),
    Broken("closes before it opens", cell("borders.csv", 2, "closes_h", "5"), "borders.csv:2 column closes_h: 5",
           ("must be > opens_h 6",)),
    Broken("exponential with another spread", cell("borders.csv", 2, "service_cv", "0.5"),
           "borders.csv:2 column service_cv: 0.5", ("must be 1 for exponential",)),
    Broken("hyperexponential with little spread", cell("borders.csv", 2, "service_law", "hyperexponential"),
           "borders.csv:2 column service_cv: 1", ("must be > 1",)),
    Broken("minimum load without departures", cell("links.csv", 2, "minimum_load_t", "50"),
           "links.csv:2 column minimum_load_t: 50", ("needs a headway_h",)),
    Broken("minimum load above the places", cell("links.csv", 13, "minimum_load_t", "9000"),
           "links.csv:13 column minimum_load_t: 9000", ("must be <= places_t 2500",)),
    Broken("as fast as a plane", cell("links.csv", 2, "free_speed_kmh", "900"),
           "links.csv:2 column free_speed_kmh: 900", ("from 1 to 300",)),
    Broken("longer than the earth", lambda folder: _endless(folder), "links.csv:2 column length_km: 50000",
           ("from 0 to 40000",)),
)  # fmt: skip


def _no_fruit_road(folder: Path) -> None:
    rows = [row for row in rows_of(folder / "rates.csv") if row[:2] != ["road", "reefer"]]
    write_rows(folder / "rates.csv", rows)


def _no_zone(folder: Path) -> None:
    rows = [row for row in rows_of(folder / "terminals.csv") if row[1:3] != ["BAY", "zone"]]
    write_rows(folder / "terminals.csv", rows)


def _minutes(folder: Path) -> None:
    for name, value in (("dwell_h", "12000"), ("dwell_low_h", "600"), ("dwell_high_h", "24000")):
        cell("borders.csv", 2, name, value)(folder)


def _endless(folder: Path) -> None:
    for name, value in (("length_km", "50000"), ("length_low_km", "40000"), ("length_high_km", "60000")):
        cell("links.csv", 2, name, value)(folder)


NUMBERS = (
    Broken("value outside its range", cell("links.csv", 2, "length_km", "170"), "links.csv:2 column length_km: 170",
           ("between length_low_km 145 and length_high_km 160",)),
    Broken("half a range", cell("links.csv", 2, "length_high_km", ""), "links.csv:2 column length_high_km:",
           ("both ends or none",)),
    Broken("tariff in per cent", lambda folder: _per_cent(folder), "tariffs.csv:2 column rate_share: 6",
           ("must be < 5", "share of the value")),
    Broken("zero tonnes without potential", cell("flows.csv", 2, "tonnes", "0"), "flows.csv:2 column tonnes: 0",
           ("potential_tonnes",)),
    Broken("potential below the flow", cell("flows.csv", 5, "potential_tonnes", "100"),
           "flows.csv:5 column potential_tonnes: 100", ("must be >= tonnes 50000",)),
    Broken("transit that could grow", cell("flows.csv", 13, "potential_tonnes", "90000"),
           "flows.csv:13 column potential_tonnes:", ("does not grow",)),
    Broken("flow to itself", cell("flows.csv", 2, "destination", "CRN"), "flows.csv:2 column destination: 'CRN'",
           ("must differ from origin",)),
    Broken("share above one", cell("markets.csv", 2, "covered_share", "90"), "markets.csv:2 column covered_share: 90",
           ("<= 1",)),
    Broken("unknown unit", cell("assumptions.csv", 2, "unit", "shares"), "assumptions.csv:2 column unit: 'shares'",
           ("did you mean 'share'",)),
    Broken("unit of another kind", cell("assumptions.csv", 4, "unit", "share"), "assumptions.csv:4 column unit: 'share'",
           ("must be 1/year for trend_growth",)),
    Broken("misspelt assumption", cell("assumptions.csv", 4, "name", "trend_grwth"),
           "assumptions.csv:4 column name: 'trend_grwth'", ("did you mean 'trend_growth'",)),
    Broken("pair the wrong way round", line("assumptions.csv", "phi_xc_xb,0.1,0,1,uniform,share,words,invented,C,"),
           "assumptions.csv:5 column name: 'phi_xc_xb'", ("alphabetical", "'phi_xb_xc'")),
    Broken("lognormal from zero", cell("assumptions.csv", 2, "shape", "lognormal"), "assumptions.csv:2 column low: 0",
           ("must be > 0 for a lognormal",)),
    Broken("friction above one", cell("assumptions.csv", 2, "high", "1.5"), "assumptions.csv:2 column high: 1.5",
           ("<= 1",)),
    Broken("assumption outside its range", cell("assumptions.csv", 2, "value", "0.9"),
           "assumptions.csv:2 column value: 0.9", ("between low 0 and high 0.8",)),
)  # fmt: skip


def _per_cent(folder: Path) -> None:
    for name, value in (("rate_share", "6"), ("rate_low_share", "4"), ("rate_high_share", "9")):
        cell("tariffs.csv", 2, name, value)(folder)


_SPEED = "x,X,,,scale_speed,road-ard-crn,{},invented,C,"
_TWICE = "\n".join(f"x,X,,,scale_rate,road-ard-crn,{value},invented,C," for value in (2, 3))
POLICIES = (
    Broken("unknown action", cell("policies.csv", 2, "action", "open_lnk"), "policies.csv:2 column action: 'open_lnk'",
           ("did you mean 'open_link'",)),
    Broken("unknown link", cell("policies.csv", 2, "target", "road-ask-beck"),
           "policies.csv:2 column target: 'road-ask-beck'", ("did you mean 'road-ask-bek'",)),
    Broken("post for a link", cell("policies.csv", 2, "target", "p-road-ask-bek-xa-out"),
           "policies.csv:2 column target:", ("must be a link for open_link",)),
    Broken("half a triple", cell("policies.csv", 9, "target", "XA/XB"), "policies.csv:9 column target: 'XA/XB'",
           ("DESTINATION/ORIGIN/COMMODITY",)),
    Broken("unknown commodity in a triple", cell("policies.csv", 10, "target", "XC/XA/frut"),
           "policies.csv:10 column target: 'frut'", ("did you mean 'fruit'",)),
    Broken("no pair", cell("policies.csv", 4, "target", "XA"), "policies.csv:4 column target: 'XA'", ("such as XA-XB",)),
    Broken("bad date", cell("policies.csv", 8, "start", "2025-13-01"), "policies.csv:8 column start: 2025-13-01",
           ("must be a date such as",)),
    Broken("date before the opening day", cell("policies.csv", 8, "start", "2024-12-01"),
           "policies.csv:8 column start: 2024-12-01", ("before the opening day 2025-01-01",)),
    Broken("end before start", cell("policies.csv", 8, "end", "2025-02-01"), "policies.csv:8 column end: 2025-02-01",
           ("must be after start",)),
    Broken("number where none belongs", cell("policies.csv", 2, "value", "3"), "policies.csv:2 column value: 3",
           ("must be empty for open_link",)),
    Broken("no number where one belongs", cell("policies.csv", 11, "value", ""), "policies.csv:11 column value:",
           ("must be a number or an assumption",)),
    Broken("unknown assumption", cell("policies.csv", 4, "value", "phi_xa_xd"),
           "policies.csv:4 column value: 'phi_xa_xd'", ("did you mean 'phi_xa_xb'",)),
    Broken("negative capacity", cell("policies.csv", 11, "value", "-2"), "policies.csv:11 column value: -2",
           ("must be > 0",)),
    Broken("NaN in a policy", cell("policies.csv", 11, "value", "nan"), "policies.csv:11 column value: nan",
           ("must be > 0",)),
    Broken("tariff of a policy in per cent", cell("policies.csv", 9, "value", "12"), "policies.csv:9 column value: 12",
           ("<= 5",)),
    Broken("a ban that lets through more than all", cell("policies.csv", 10, "value", "2"),
           "policies.csv:10 column value: 2", ("must be >= 0 and <= 1 for ban",)),
    Broken("the same step twice", line("policies.csv", _TWICE),
           "policies.csv:", ("column target: 'road-ard-crn' stands in an earlier row of this policy",)),
    Broken("a speed out of all reason", line("policies.csv", _SPEED.format("100")),
           "policies.csv:", ("must be >= 0.1 and <= 10 for scale_speed",)),
    Broken("a speed of which the range is out of all reason", line("policies.csv", _SPEED.format("phi_xa_xb")),
           "policies.csv:", ("for scale_speed, over its whole range",)),
    Broken("two titles", cell("policies.csv", 3, "title", "Another"), "policies.csv:3 column title: 'Another'",
           ("title of the first row of reopen",)),
)  # fmt: skip

ALL = FILES + INFO + CELLS + REFERENCES + NETWORK + NUMBERS + POLICIES
