"""Nodes, links, border posts and terminals from the tables of facts and what the case adds to them."""

from collections.abc import Mapping

from experiments import border_posts
from experiments.build_russia_pakistan.tables_io import Row, number, read, sources, text

NODE_TYPES = {"city": "city", "port": "port", "rail_bcp": "border", "road_bcp": "border"}
DAYS = 365.0
TONNES_PER_MT = 1e6


def nodes() -> list[Row]:
    """All nodes of the tables of facts."""
    return [
        {
            "node_id": row["node_id"],
            "name": row["name"],
            "country": row["country"],
            "node_type": NODE_TYPES.get(row["type"], "junction"),
            "x_coord": row["lon"],
            "y_coord": row["lat"],
            "source": sources(row["source_id"]),
            "grade": row["grade"],
            "note": "; ".join(part for part in (row["role"], row["note"]) if part),
        }
        for row in read("raw_nodes.csv")
    ]


def links() -> list[Row]:
    """Links of the tables of facts, and the added ones; status and gauge as read, capacity and departures where known."""
    reading = {row["link_id"]: row for row in read("link_read.csv")}
    services = {row["link_id"]: row for row in read("link_services.csv")}
    made = [_raw_link(row, reading.get(row["link_id"], {})) for row in read("raw_links.csv")]
    made += [dict(row) for row in read("links_added.csv")]
    for link in made:
        service = dict(services.get(link["link_id"], {}))
        note = service.pop("note", "")
        link.update({key: cell for key, cell in service.items() if cell})
        link["note"] = "; ".join(part for part in (link["note"], note) if part)
    return made


def _raw_link(row: Row, reading: Mapping[str, str]) -> Row:
    """One link of the tables of facts. The worse of two grades holds; a capacity counts on railways alone, since lorries queue
    at the posts."""
    is_rail = row["mode"] == "rail"
    capacity = number(row["capacity_mt_yr"]) * TONNES_PER_MT / DAYS if is_rail else 0.0
    said = "" if row["status"] == "open" else f"status: {row['status']}"
    facts = (row["note"], said, _range(row, "capacity_mt_yr", "Mt a year"), reading.get("note", ""))
    cited = ";".join(cell for cell in (row["length_source"], row["param_source"], row["capacity_source"]) if cell)
    return {
        "link_id": row["link_id"],
        "from_node_id": row["from_node"],
        "to_node_id": row["to_node"],
        "mode": row["mode"],
        "gauge_mm": (reading.get("gauge_mm") or row["gauge_mm"]) if is_rail else "",
        "length_km": row["length_km"],
        "length_low_km": row["length_low"],
        "length_high_km": row["length_high"],
        "free_speed_kmh": row["speed_kmh"],
        "status": reading.get("status") or "open",
        "rate_usd_tkm": row["cost_usd_tkm"],
        "rate_low_usd_tkm": row["cost_low"],
        "rate_high_usd_tkm": row["cost_high"],
        "capacity_t_per_day": text(capacity, 0) if capacity else "",
        "source": ";".join(dict.fromkeys(sources(cited).split(";"))),
        "grade": max(row["length_grade"], row["param_grade"]),
        "note": "; ".join(part for part in facts if part),
    }


def _range(row: Row, column: str, unit: str) -> str:
    low, high = row["cap_low"], row["cap_high"]
    return f"{row[column]} {unit} ({low}-{high})" if row[column] else ""


def posts(linked: list[Row], country: Mapping[str, str]) -> list[Row]:
    """Four posts for each border link."""
    return border_posts.posts(read("bcps.csv"), linked, country)


def terminals() -> list[Row]:
    """Terminals of each node; the row of a node overrides the general one of its pair of layers."""
    price = {(row["node_id"], row["pair"]): row for row in read("terminals.csv")}
    made: list[Row] = []
    for row in read("terminal_nodes.csv"):
        for pair in row["pairs"].split():
            node, (first, second) = row["node_id"], pair.split("-")
            general = "-".join("rail" if layer.startswith("rail") else layer for layer in (first, second))
            chosen = price.get((node, general), price.get(("*", general)))
            if chosen is None:
                raise ValueError(f"terminals.csv has no row for {node} {pair}")
            own = {key: cell for key, cell in chosen.items() if key not in ("node_id", "pair")}
            made.append(
                {"terminal_id": f"{node}.{pair}", "node_id": node, "from_layer": first, "to_layer": second} | own
            )
    return made


def background(linked: list[Row], country: Mapping[str, str], modelled: Mapping[str, float]) -> list[Row]:
    """Other vehicles at the posts: ``others`` of ``bcps.csv``, less what the flows of this case send where those are counts."""
    made: list[Row] = []
    crossings = read("bcps.csv")
    pairs = border_posts.sides(crossings, linked, country)
    for bcp in crossings:
        for way, state, direction in border_posts.ways(*pairs[bcp["bcp_id"]]):
            post = border_posts.post_id(bcp["bcp_id"], state, direction)
            count = number(bcp[f"others_{way}"])
            left = count - modelled.get(post, 0.0) if bcp["is_count"] == "1" else count
            if left < 0.0:
                raise ValueError(f"{post}: {modelled[post]:.0f} vehicles a day modelled, more than {count:.0f} counted")
            if left > 0.0:
                made.append(_stream(bcp, post, left))
    return made


#: Vehicles that move as one: two trains, or a column of lorries; never more than a post handles in four hours.
TRAIN_LOT, LORRY_LOT, HOURS = 100.0, 40.0, 4.0


def _stream(bcp: Row, post: str, vehicles: float) -> Row:
    most = number(bcp["capacity_per_day"]) / 24.0 * HOURS
    lot = min(TRAIN_LOT if bcp["kind"] == "rail" else LORRY_LOT, most)
    return {
        "post_id": post,
        "month": "0",
        "vehicles_per_day": text(vehicles, 0),
        "lot_vehicles": text(max(lot, 1.0), 0),
        "source": sources(bcp["source"]),
        "grade": bcp["grade"],
        "note": "traffic of others"
        + (": count less what the flows of this case send" if bcp["is_count"] == "1" else ""),
    }
