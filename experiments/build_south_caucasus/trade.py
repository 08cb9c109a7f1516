"""Armenia's trade in tonnes by partner, commodity and way, balanced to the known margins, and its flows between places."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from abm.rules.balance import FREE, Balanced, Margin, axis_margin, balance
from experiments.build_south_caucasus.tables_io import number, read, sources, text

Row = dict[str, str]
Floats = npt.NDArray[np.float64]

WAYS = ("georgia-rail", "georgia-road", "iran-road")
SEA_PARTNERS = ("EUS", "CN", "AM2", "GI")
NOT_BOXED = ("fuel", "lpg", "grain", "ores")
MOST_BY_RAIL = 0.98
SMALLEST_FLOW_T = 1000.0


@dataclass(frozen=True)
class Trade:
    """One side of Armenia's trade: ``kt[partner, commodity, way]``, the value behind it in million USD, and the fit."""

    side: str
    partners: tuple[str, ...]
    commodities: tuple[str, ...]
    seed_kt: Floats
    fit: Balanced
    value_musd: Floats
    unit_value_usd_t: Floats

    @property
    def kt(self) -> Floats:
        """Balanced tonnes, thousand."""
        return self.fit.table

    def way_kt(self, way: str) -> float:
        """Tonnes of one way, thousand."""
        return float(self.kt[:, :, WAYS.index(way)].sum())


def trade(side: str) -> Trade:
    """Value by origin x mix / unit value, split over the ways by propensity, and balanced (``side``: import or export)."""
    goods = [row for row in read("commodities.csv") if not row["commodity_id"].startswith("transit")]
    partners = read("partners.csv")
    names = tuple(row["partner"] for row in partners)
    ids = tuple(row["commodity_id"] for row in goods)
    known = _known(side, names, ids)
    value = _values(side, partners, goods, known)
    unit = np.array([number(row["unit_value_usd_t"]) for row in goods])
    factor = np.array([number(row["value_factor"]) for row in partners])
    weight = np.where(np.isnan(known), value / (unit[None, :] * factor[:, None]) * 1000.0, known)
    seed = weight[:, :, None] * _way_shares(partners, goods)
    fit = balance(seed, _margins(side, names, ids, known, seed))
    total = fit.table.sum(axis=2)
    implied = np.divide(value * 1000.0, total, out=np.tile(unit, (len(names), 1)), where=(total > 0) & np.isnan(known))
    low, high = (np.array([number(row[f"unit_value_{end}_usd_t"]) for row in goods]) for end in ("low", "high"))
    return Trade(side, names, ids, seed, fit, value, np.clip(implied, low[None, :], high[None, :]))


def _known(side: str, names: tuple[str, ...], ids: tuple[str, ...]) -> Floats:
    """Tonnes that customs or trade sources give, kt; a commodity with any known origin has no other origin; else nan."""
    table = np.full((len(names), len(ids)), np.nan)
    rows = [row for row in read("known.csv") if row["side"] == side]
    for commodity in {row["commodity"] for row in rows}:
        table[:, ids.index(commodity)] = 0.0
    for row in rows:
        table[names.index(row["partner"]), ids.index(row["commodity"])] = number(row["kt"])
    return table


def _values(side: str, partners: list[Row], goods: list[Row], known: Floats) -> Floats:
    """Surface trade in 2024, million USD, by partner and commodity: known tonnes at their unit value, the rest by the mix."""
    unit = np.array([number(row["unit_value_usd_t"]) for row in goods])
    fixed: Floats = np.nan_to_num(known) * unit[None, :] / 1000.0
    mix = {row["partner"]: row for row in read(f"{side}_mix.csv")}
    value: Floats = fixed.copy()
    for row, partner in enumerate(partners):
        surface = number(partner[f"{side}_2024_musd"]) * number(partner[f"{side}_surface_share"])
        left = max(surface - float(fixed[row].sum()), 0.0)
        shares = np.array([number(mix[partner["partner"]].get(good["commodity_id"], "")) for good in goods])
        if shares.sum() > 0:
            value[row] += left * shares / shares.sum()
    return value


def _way_shares(partners: list[Row], goods: list[Row]) -> Floats:
    """Prior share of each way: Iran's by partner, rail's by commodity and partner."""
    iran = np.array([number(row["iran_share"]) for row in partners])[:, None]
    rail = np.minimum(
        np.array([number(row["ge_rail_factor"]) for row in partners])[:, None]
        * np.array([number(row["rail_propensity"]) for row in goods])[None, :],
        MOST_BY_RAIL,
    )
    return np.stack([(1 - iran) * rail, (1 - iran) * (1 - rail), np.broadcast_to(iran, rail.shape)], axis=2)


def _margins(side: str, names: tuple[str, ...], ids: tuple[str, ...], known: Floats, seed: Floats) -> list[Margin]:
    """Known pairs, boxes through Poti, and the ways, in this order: the ways hold exactly in the end."""
    rows = {row["margin"]: row for row in read("margins.csv") if row["side"] == side}
    margins = []
    wanted = np.where(known > 0, known, np.nan)
    if np.isfinite(wanted).any():
        margins.append(axis_margin("known origins", seed.shape, [0, 1], wanted))
    boxes = [way for way in ("rail", "road") if f"poti-box-{way}" in rows]
    if boxes:
        labels = np.full(seed.shape, FREE, dtype=np.int64)
        partners = [names.index(name) for name in SEA_PARTNERS]
        goods = [row for row, name in enumerate(ids) if name not in NOT_BOXED]
        for row, way in enumerate(boxes):
            labels[np.ix_(partners, goods, [WAYS.index(f"georgia-{way}")])] = row
        margins.append(
            Margin("boxes through Poti", labels, np.array([number(rows[f"poti-box-{w}"]["kt"]) for w in boxes]))
        )
    ways = np.array([number(rows[way]["kt"]) if way in rows else np.nan for way in WAYS])
    return [*margins, axis_margin("ways", seed.shape, [2], ways)]


def flows(side: Trade) -> list[Row]:
    """Flows between places: gateways of the partner times Armenian ends; small ones join the larger of their pair."""
    gateways, ends = read("gateways.csv"), read("armenian_ends.csv")
    made: list[Row] = []
    for partner, name in enumerate(side.partners):
        for good, commodity in enumerate(side.commodities):
            tonnes = float(side.kt[partner, good].sum()) * 1000.0
            if tonnes < SMALLEST_FLOW_T:
                continue
            outside = _shares([row for row in gateways if row["partner"] == name], commodity)
            inside = _shares([row for row in ends if row["side"] == side.side], commodity)
            shares = {(far, near): a * b for far, a in outside.items() for near, b in inside.items()}
            ways = side.kt[partner, good] / side.kt[partner, good].sum()
            for (far, near), share in _large(shares, tonnes).items():
                made.append(_flow(side, (name, commodity), (far, near), tonnes * share, (partner, good), ways))
    return merged(made)


def merged(listed: list[Row]) -> list[Row]:
    """Flows of two partner groups with one gateway as one flow: tonnes add up, unit value and ways are means by tonnes."""
    first: dict[tuple[str, str, str], Row] = {}
    for flow in listed:
        key = (flow["origin"], flow["destination"], flow["commodity"])
        if key not in first:
            first[key] = flow
            continue
        kept = first[key]
        parts = (number(kept["tonnes"]), number(flow["tonnes"]))
        for column in ("unit_value_usd_t", *(f"way_{way}" for way in WAYS)):
            mean = (parts[0] * number(kept[column]) + parts[1] * number(flow[column])) / sum(parts)
            kept[column] = text(mean, 4 if column.startswith("way") else 0)
        kept["tonnes"], kept["n_shippers"] = text(sum(parts), 0), str(shippers(sum(parts)))
        kept["source"] = sources(";".join(dict.fromkeys(f"{kept['source']};{flow['source']}".split(";"))))
    return list(first.values())


def _shares(rows: list[Row], commodity: str) -> dict[str, float]:
    own = [row for row in rows if row["commodity"] == commodity] or [row for row in rows if row["commodity"] == "*"]
    total = sum(number(row["share"]) for row in own)
    return {row["node"]: number(row["share"]) / total for row in own}


def _large(shares: dict[tuple[str, str], float], tonnes: float) -> dict[tuple[str, str], float]:
    kept = {pair: share for pair, share in shares.items() if share * tonnes >= SMALLEST_FLOW_T}
    if not kept:
        largest = max(shares, key=lambda pair: shares[pair])
        kept = {largest: shares[largest]}
    total = sum(kept.values())
    return {pair: share / total for pair, share in kept.items()}


def _flow(
    side: Trade, names: tuple[str, str], places: tuple[str, str], tonnes: float, cell: tuple[int, int], ways: Floats
) -> Row:
    far, near = places
    origin, destination = (far, near) if side.side == "import" else (near, far)
    given = any(row["side"] == side.side and (row["partner"], row["commodity"]) == names for row in read("known.csv"))
    basis = next(row["source"] for row in read("partners.csv") if row["partner"] == names[0])
    if given:
        basis = next(
            row["source"]
            for row in read("known.csv")
            if row["side"] == side.side and (row["partner"], row["commodity"]) == names
        )
    return {
        "flow_id": f"{'im' if side.side == 'import' else 'ex'}-{names[0]}-{names[1]}-{origin}-{destination}",
        "origin": origin,
        "destination": destination,
        "commodity": names[1],
        "kind": "trade",
        "tonnes": text(tonnes, 0),
        "unit_value_usd_t": text(float(side.unit_value_usd_t[cell]), 0),
        "n_shippers": str(shippers(tonnes)),
        "source": sources(f"{basis};DER"),
        "grade": "B" if given else "C",
        "note": "origin and tonnes known" if given else "value by origin x mix / unit value, balanced",
    } | {f"way_{way}": text(float(share), 4) for way, share in zip(WAYS, ways, strict=True)}


def shippers(tonnes: float) -> int:
    """Shippers of a flow: more for more tonnes, at least one and at most eight (judgement, C)."""
    return int(np.clip(round((tonnes / 2500.0) ** 0.5), 1, 8))
