"""Flows between places: trade of two countries in one good, split over the places at both ends."""

from collections.abc import Mapping

from experiments.build_russia_pakistan.tables_io import Row, number, read, sources, text

#: Shares of a pair below this many tonnes join the larger ones.
SMALLEST_FLOW_T = 12_000.0
#: Half a lot a week at least for each shipper, and no more than this many shippers of one flow.
LOTS_PER_SHIPPER, MOST_SHIPPERS = 52.0, 2


def flows(factors: Mapping[str, float]) -> list[Row]:
    """Rows of ``flows.csv``. ``factors``: potential over what moved in 2024-25, by flow; 1 where it is not listed."""
    lots = {row["commodity_id"]: number(row["lot_t"]) for row in read("commodities.csv")}
    made: list[Row] = []
    for pair in read("trade.csv"):
        for (origin, destination), share in ends(pair).items():
            made.append(_flow(pair, origin, destination, share, lots[pair["commodity"]], factors))
    return made


def ends(pair: Row) -> dict[tuple[str, str], float]:
    """(origin, destination) -> share of a row of ``trade.csv``; what is too small joins the others."""
    origins = _shares((pair["from_country"], "export"), pair["to_country"], pair["commodity"])
    destinations = _shares((pair["to_country"], "import"), pair["from_country"], pair["commodity"])
    shares = {(here, there): a * b for here, a in origins.items() for there, b in destinations.items()}
    tonnes = number(pair["kt"]) * 1000.0
    kept = {names: share for names, share in shares.items() if share * tonnes >= SMALLEST_FLOW_T}
    if not kept:
        largest = max(shares, key=lambda names: shares[names])
        kept = {largest: shares[largest]}
    total = sum(kept.values())
    return {names: share / total for names, share in kept.items()}


def _shares(seat: tuple[str, str], partner: str, commodity: str) -> dict[str, float]:
    """Place -> share of a country's exports or imports: rows for this partner before those for any, for this good before any."""
    rows = [row for row in read("ends.csv") if (row["country"], row["side"]) == seat]
    for who, what in ((partner, commodity), (partner, "*"), ("*", commodity), ("*", "*")):
        own = [row for row in rows if (row["partner"], row["commodity"]) == (who, what)]
        if own:
            total = sum(number(row["share"]) for row in own)
            return {row["node"]: number(row["share"]) / total for row in own}
    raise ValueError(f"ends.csv has no {seat[1]} of {seat[0]} in {commodity}")


def flow_id(pair: Row, origin: str, destination: str) -> str:
    """Name of a flow: countries, goods, places."""
    return f"{pair['from_country']}-{pair['to_country']}-{pair['commodity']}-{origin}-{destination}"


def _flow(pair: Row, origin: str, destination: str, share: float, lot_t: float, factors: Mapping[str, float]) -> Row:
    name = flow_id(pair, origin, destination)
    before = number(pair["kt"]) * 1000.0 * share
    now = before * number(pair["shut_share"])
    most = number(pair.get("potential_kt", "")) * 1000.0 * share
    potential = most or (before * factors.get(name, 1.0) if now < before else 0.0)
    return {
        "flow_id": name,
        "origin": origin,
        "destination": destination,
        "commodity": pair["commodity"],
        "kind": pair["kind"],
        "tonnes": text(now, 0),
        "potential_tonnes": text(max(potential, now), 0) if potential else "",
        "n_shippers": str(_shippers(max(now, potential), lot_t)),
        "source": sources(pair["source"]),
        "grade": pair["grade"],
        "note": "; ".join(part for part in (_told(pair), pair["note"]) if part),
    }


def _told(pair: Row) -> str:
    """The range of the pair, and the share of 2024-25 that still moves with its range."""
    told = f"all places together {pair['kt']} kt ({pair['low_kt']}-{pair['high_kt']})"
    if number(pair["shut_share"]) < 1.0:
        told += f" in 2024-25, of which {pair['shut_share']} ({pair['shut_low']}-{pair['shut_high']}) still move"
    return told


def _shippers(tonnes: float, lot_t: float) -> int:
    return int(min(max(tonnes / lot_t / LOTS_PER_SHIPPER, 1.0), MOST_SHIPPERS))
