"""Nodes, links and terminals from the raw tables and what the case adds to them."""

from experiments.build_south_caucasus.tables_io import number, read, sources, text

Row = dict[str, str]
NODE_TYPES = (("zone", "zone"), ("border", "border"), ("port", "port"), ("city", "city"))


def links() -> list[Row]:
    """Raw links less the dropped ones, and the added ones, with status, services and commercial instead of running speeds."""
    dropped = {row["link_id"] for row in read("links_dropped.csv")}
    status = {row["link_id"]: row for row in read("link_status.csv")}
    services = {row["link_id"]: row for row in read("link_services.csv")}
    pace = {row["mode"]: number(row["factor"]) for row in read("speed_factors.csv")}
    made = [_raw_link(row, status) for row in read("raw_links.csv") if row["link_id"] not in dropped]
    made += [dict(row) for row in read("links_added.csv")]
    for link in made:
        service = dict(services.get(link["link_id"], {}))
        note = service.pop("note", "")
        link["free_speed_kmh"] = text(number(link["free_speed_kmh"]) * pace[link["mode"]], 1)
        link.update({key: cell for key, cell in service.items() if cell})
        link["note"] = "; ".join(part for part in (link.get("note", ""), note) if part)
    return made


def _raw_link(row: Row, status: dict[str, Row]) -> Row:
    mode = row["mode"] if row["mode"] in ("rail", "road") else "sea"
    changed = status.get(row["link_id"])
    own = f"{row['status']}: {changed['note']}" if changed else ""
    return {
        "link_id": row["link_id"],
        "from_node_id": row["from"],
        "to_node_id": row["to"],
        "mode": mode,
        "gauge_mm": row["gauge_mm"] if mode == "rail" else "",
        "length_km": row["km"],
        "length_low_km": row["km_low"],
        "length_high_km": row["km_high"],
        "free_speed_kmh": row["typical_speed_kmh"],
        "status": changed["status"] if changed else "open",
        "rate_usd_tkm": row["rate_central"],
        "rate_low_usd_tkm": row["rate_low"],
        "rate_high_usd_tkm": row["rate_high"],
        "source": sources(row["source_id"]),
        "grade": row["grade"],
        "note": "; ".join(part for part in (row["note"], own) if part),
    }


def nodes(built: list[Row]) -> tuple[list[Row], list[str]]:
    """Nodes that some link reaches, and the identifiers of those left out because none does."""
    used = {link[end] for link in built for end in ("from_node_id", "to_node_id")}
    kept, isolated = [], []
    for row in read("raw_nodes.csv"):
        if row["node_id"] not in used:
            isolated.append(row["node_id"])
            continue
        kinds = row["kind"]
        kept.append(
            {
                "node_id": row["node_id"],
                "name": row["name"],
                "country": row["country"],
                "node_type": next((ours for theirs, ours in NODE_TYPES if theirs in kinds), "junction"),
                "x_coord": row["lon"],
                "y_coord": row["lat"],
                "source": sources(row["source_id"]),
                "grade": row["grade"],
                "note": row["note"],
            }
        )
    return kept + [row for row in read("nodes_added.csv") if row["node_id"] in used], isolated


def terminals() -> list[Row]:
    """Terminals of each node; the row of a node overrides the general one of its pair of layers."""
    price = {(row["node_id"], row["pair"]): row for row in read("terminals.csv")}
    made: list[Row] = []
    for row in read("terminal_nodes.csv"):
        for pair in row["pairs"].split():
            node, (first, second) = row["node_id"], pair.split("-")
            general = pair if pair == "rail1435-rail1520" else pair.replace("1435", "").replace("1520", "")
            chosen = price.get((node, general), price.get(("*", general)))
            if chosen is None:
                raise ValueError(f"terminals.csv has no row for {node} {pair}")
            own = {key: cell for key, cell in chosen.items() if key not in ("node_id", "pair")}
            made.append(
                {"terminal_id": f"{node}.{pair}", "node_id": node, "from_layer": first, "to_layer": second} | own
            )
    return made
