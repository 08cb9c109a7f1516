"""Border posts of a case from ``bcps.csv``, one row a crossing; both builds make them so."""

from collections.abc import Iterator, Mapping

from experiments.build_south_caucasus.tables_io import number, sources, text

Row = dict[str, str]

#: Columns of ``bcps.csv`` -> of ``borders.csv``; a build that lacks one leaves its default.
_AS_THEY_ARE = {
    "bcp_id": "bcp_id", "title": "title", "link_id": "link_id", "capacity_per_day": "capacity_vehicles_per_day",
    "servers": "servers", "law": "service_law", "cv": "service_cv", "dwell_cv": "dwell_cv", "overtime_share": "overtime_share",
    "overtime_line_h": "overtime_line_h", "alert_dwell_share": "alert_dwell_share", "grade": "grade", "note": "note",
}  # fmt: skip


def post_id(bcp_id: str, country: str, direction: str) -> str:
    """Name of a post: crossing, country, direction."""
    return f"{bcp_id}.{country.lower()}.{'out' if direction == 'outbound' else 'in'}"


def sides(crossings: list[Row], linked: list[Row], country: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Crossing -> the country that its link starts in and the one it ends in. ``country``: of each node."""
    ends = {link["link_id"]: (country[link["from_node_id"]], country[link["to_node_id"]]) for link in linked}
    return {bcp["bcp_id"]: ends[bcp["link_id"]] for bcp in crossings}


def ways(first: str, second: str) -> Iterator[tuple[str, str, str]]:
    """(way, country, direction) of the four posts of a crossing, in the order in which vehicles meet them: forth, then back."""
    for way, leaves, enters in (("forth", first, second), ("back", second, first)):
        yield way, leaves, "outbound"
        yield way, enters, "inbound"


def posts(crossings: list[Row], linked: list[Row], country: Mapping[str, str]) -> list[Row]:
    """Four posts for each border link: out and in, each way, from one row of ``bcps.csv``."""
    ends = sides(crossings, linked, country)
    return [
        _post(bcp, way, state, direction, "fee_from_usd" if state == ends[bcp["bcp_id"]][0] else "fee_to_usd")
        for bcp in crossings
        for way, state, direction in ways(*ends[bcp["bcp_id"]])
    ]


def _post(bcp: Row, way: str, country: str, direction: str, fee: str) -> Row:
    """One post. The range of a way's whole dwell is shared out as the dwell is."""
    dwell = number(bcp[f"{way}_{'out' if direction == 'outbound' else 'in'}_h"])
    whole = number(bcp[f"{way}_out_h"]) + number(bcp[f"{way}_in_h"])
    share = dwell / whole if whole else 0.0
    low, high = (share * number(bcp[name]) for name in ("total_low_h", "total_high_h"))
    return {ours: bcp.get(theirs, "") for theirs, ours in _AS_THEY_ARE.items()} | {
        "post_id": post_id(bcp["bcp_id"], country, direction),
        "country": country,
        "direction": direction,
        "dwell_h": text(dwell, 3),
        "dwell_low_h": text(min(low, dwell), 3),
        "dwell_high_h": text(max(high, dwell), 3),
        "fee_usd_per_vehicle": bcp[fee],
        "source": sources(bcp["source"]),
    }
