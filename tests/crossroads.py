"""A made-up case small enough for a pencil: two towns, the straight road between them, and a way round through a neighbour.

No time, no duty, no queue: G is money. Handling 5 at either end; the straight road 10, the way round 25 USD/t. So 20 and 35.
"""

from typing import Any

from abm.corridor.tables import (
    Authority,
    Case,
    Consent,
    Direction,
    FlowKind,
    Layer,
    Link,
    Mode,
    Node,
    Post,
    Status,
    Terminal,
)  # fmt: skip
from tests.small_worlds import edited, flow, toy

SOURCED: dict[str, Any] = {"source": "invented", "grade": "C"}
STRAIGHT_USD_T, ROUND_USD_T = 20.0, 35.0
TONNES, FOB_USD_T = 1000.0, 400.0
_INSTANT_KMH = 1e12


def node(name: str, country: str, node_type: str = "city") -> Node:
    return Node(node_id=name, name=name.title(), country=country, node_type=node_type, x_coord=1, y_coord=1, **SOURCED)


def road(name: str, start: str, end: str, usd_t: float, **columns: Any) -> Link:
    values: dict[str, Any] = {"mode": Mode.ROAD, "status": Status.OPEN, **SOURCED, **columns}
    return Link(
        link_id=name, from_node_id=start, to_node_id=end, length_km=usd_t, free_speed_kmh=_INSTANT_KMH, rate_usd_tkm=1.0,
        **values,
    )  # fmt: skip


def posts(link: str, first: str, second: str) -> list[Post]:
    """A crossing without lines: what tells one way from the other."""
    return [
        Post(
            post_id=f"{link}.{country}.{way.value}", bcp_id=link, link_id=link, country=country, direction=way,
            capacity_vehicles_per_day=1e9, dwell_h=0.0, dwell_cv=0.0, **SOURCED,
        )
        for country in (first, second)
        for way in Direction
    ]  # fmt: skip


def depot(at: str, layer: Layer = Layer.ROAD, usd_t: float = 5.0) -> Terminal:
    return Terminal(
        terminal_id=f"{at}.{layer.value}", node_id=at, from_layer=Layer.ZONE, to_layer=layer, handling_usd_t=usd_t, dwell_h=0.0,
        **SOURCED,
    )  # fmt: skip


def crossroads(**tables: Any) -> Case:
    """Goods from ``aa`` (XA) to ``bb`` (XB), straight or through ``nn`` (XC); and a road to nowhere."""
    links = (
        road("straight", "aa", "bb", 10.0), road("first-half", "aa", "nn", 12.5), road("second-half", "nn", "bb", 12.5),
        road("to-nowhere", "nn", "zz", 1.0),
    )  # fmt: skip
    values: dict[str, Any] = {
        "nodes": (node("aa", "XA"), node("bb", "XB"), node("nn", "XC"), node("zz", "XC")),
        "links": links,
        "posts": (*posts("straight", "XA", "XB"), *posts("first-half", "XA", "XC"), *posts("second-half", "XC", "XB")),
        "terminals": tuple(depot(at) for at in ("aa", "bb")),
        "flows": (flow("f1", "aa", "bb", "goods", TONNES, unit_value_usd_t=FOB_USD_T, kind=FlowKind.TRADE),),
        "info": toy().info.model_copy(update={"home": "XA", "pairs": (), "cuts": ()}),
    }
    empty = dict.fromkeys(("background", "tariffs", "markets", "policies"), ())
    return edited(toy(), warmup_days=0, **{**empty, **values, **tables})


def union_over(link: str) -> dict[str, Any]:
    """Tables by which a union of elsewhere must agree to the use of a link, and so must the state of XB."""
    authorities = (
        Authority(authority_id="union", name="The Union", country="XU", role="gatekeeper", **SOURCED),
        Authority(authority_id="state", name="State of XB", country="XB", role="state", **SOURCED),
    )
    consents = tuple(
        Consent(link_id=link, authority_id=row.authority_id, reason="permission", **SOURCED) for row in authorities
    )
    return {"authorities": authorities, "consents": consents}
