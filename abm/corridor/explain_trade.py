"""Trade of a case in words: base-year flows, what grows and what does not, markets, duties."""

from collections import defaultdict
from collections.abc import Iterable

from abm.corridor.prose import Block, Grid, Points, Section, counted, first_of, listed, tonnes_text
from abm.corridor.tables import Case, Flow, FlowKind, Side

_MOST_ROWS = 30
_MOST_POINTS = 12


def trade_section(case: Case) -> Section:
    """Base-year flows by pair of countries and commodity, and the home country's total."""
    trade = trade_flows(case)
    blocks: list[Block] = [trade_totals(case), pairs(case, trade)]
    through = [flow for flow in case.flows if flow.kind is FlowKind.EXOGENOUS]
    if through:
        blocks += [
            f"Traffic of others, {tonnes_text(_tonnes(through))} in {counted(len(through), 'exogenous flow')}, shares the roads "
            "and borders and chooses its routes, but does not grow or shrink.",
            pairs(case, through),
        ]
    return Section("Base-year flows", tuple(blocks))


def trade_flows(case: Case) -> list[Flow]:
    """Flows that answer to what they cost."""
    return [flow for flow in case.flows if flow.kind is FlowKind.TRADE]


def trade_totals(case: Case) -> str:
    """Tonnes and values of all trade flows, and of the home country's exports and imports."""
    trade, home, country = trade_flows(case), case.info.home, _countries(case)
    out = [flow for flow in trade if country[flow.origin] == home != country[flow.destination]]
    into = [flow for flow in trade if country[flow.destination] == home != country[flow.origin]]
    return (
        f"{counted(len(trade), 'trade flow')} of {counted(sum(f.n_shippers for f in trade), 'shipper')} carry "
        f"{tonnes_text(_tonnes(trade))} worth {_millions(case, trade)} million USD in {case.info.base_year} (goods only, "
        f"before freight). {home} exports {tonnes_text(_tonnes(out))} ({_millions(case, out)} million USD) and imports "
        f"{tonnes_text(_tonnes(into))} ({_millions(case, into)} million USD)."
    )


def growth_section(case: Case) -> Section:
    """What answers to cost, what waits for a friction to go, what stands still."""
    held = [flow for flow in trade_flows(case) if flow.potential_tonnes is not None]
    items = [
        "Every trade flow answers to its delivered cost: buyers turn to the cheaper origin (sigma), markets buy more when all "
        "origins together are cheaper (eta), exporters sell more when their price rises (eps). It takes years (tau).",
        "Exogenous flows and background vehicles fill borders and roads but never grow by a measure.",
        "Freight rates are the case's: nobody lowers or raises them because a road has opened.",
    ]
    blocks: list[Block] = [Points(tuple(items))]
    if held:
        blocks += [
            "Flows below what they could be: what moved before a closure, or what distance and size would let expect (the notes "
            "of flows.csv say which). The gap is a friction (closed border, no banks, no contacts) that freight cannot explain; "
            "how much of it an opening removes is the assumption phi, not a finding:",
            _potentials(case, held),
        ]
    return Section("What grows and what does not", tuple(blocks))


def market_section(case: Case) -> Section:
    """Where market shares are known, where shippers are price takers, and duties."""
    known: dict[tuple[str, Side], list[str]] = defaultdict(list)
    for row in case.markets:
        goods = "goods not named here" if row.commodity == "*" else row.commodity
        known[row.country, row.side].append(f"{goods} {row.covered_share:.0%}")
    items = [
        f"{country} {side.value}s: the flows of this case are " + listed(shares) + " of the market"
        for (country, side), shares in known.items()
    ]
    lead = (
        "Where the share of these flows in a market is known, what one origin gains another loses. Where it is not, the flow is "
        "a price taker: it competes with a world market that does not answer, and its gain has no loser in this account."
    )
    blocks: list[Block] = [lead, Points(tuple(items or ["no market share is known: every flow is a price taker"]))]
    takers = _price_takers(case)
    if takers and items:
        blocks.append(f"Price takers on the import side: {first_of(takers, _MOST_POINTS)}.")
    if case.tariffs:
        blocks += ["Duties on goods and freight (the most specific row holds: origin before commodity):", _duties(case)]
    return Section("Markets and duties", tuple(blocks))


def _countries(case: Case) -> dict[str, str]:
    return {node.node_id: node.country for node in case.nodes}


def _tonnes(flows: Iterable[Flow]) -> float:
    return sum(flow.tonnes for flow in flows)


def _value_usd(case: Case, flows: Iterable[Flow]) -> float:
    usual = {row.commodity_id: row.unit_value_usd_t for row in case.commodities}
    return sum(flow.tonnes * (flow.unit_value_usd_t or usual[flow.commodity]) for flow in flows)


def _millions(case: Case, flows: Iterable[Flow]) -> str:
    return f"{_value_usd(case, flows) / 1e6:,.0f}"


def pairs(case: Case, flows: list[Flow], most: int = _MOST_ROWS) -> Grid:
    """Rows by pair of countries, the largest ``most`` one by one: tonnes, value and the commodities in order of tonnes."""
    country = _countries(case)
    groups: dict[tuple[str, str], list[Flow]] = defaultdict(list)
    for flow in flows:
        if flow.tonnes > 0:  # what does not flow yet is told with its potential
            groups[country[flow.origin], country[flow.destination]].append(flow)
    ordered = sorted(groups.items(), key=lambda item: (-_tonnes(item[1]), item[0]))
    rows = [
        (f"{pair[0]} > {pair[1]}", tonnes_text(_tonnes(some)), _millions(case, some), _by_commodity(some))
        for pair, some in ordered[:most]
    ]
    rest = [flow for _, some in ordered[most:] for flow in some]
    if rest:
        rows.append((f"{len(ordered) - most} more", tonnes_text(_tonnes(rest)), _millions(case, rest), ""))
    return Grid(("from > to", "a year", "million USD", "commodities"), tuple(rows), frozenset({1, 2}))


def _by_commodity(flows: list[Flow]) -> str:
    sums: dict[str, float] = defaultdict(float)
    for flow in flows:
        sums[flow.commodity] += flow.tonnes
    return ", ".join(f"{name} {tonnes_text(t)}" for name, t in sorted(sums.items(), key=lambda item: -item[1]))


def _potentials(case: Case, held: list[Flow]) -> Grid:
    """Relations with a potential and the friction that the gap stands for: (potential / now)^(1/sigma) - 1."""
    country = _countries(case)
    sigma = next((row.value for row in case.assumptions if row.name == "sigma"), None)
    sums: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for flow in held:
        total = sums[f"{country[flow.origin]} > {country[flow.destination]}", flow.commodity]
        total[0] += flow.tonnes
        total[1] += flow.potential_tonnes or flow.tonnes
    rows = []
    for (pair, commodity), (now, potential) in list(sums.items())[:_MOST_ROWS]:
        if now == 0:
            friction = "none now: builds up anew"
        else:
            friction = f"{(potential / now) ** (1 / sigma) - 1:.0%} of cost" if sigma else "-"
        rows.append((pair, commodity, tonnes_text(now), tonnes_text(potential), friction))
    if len(sums) > _MOST_ROWS:
        rows.append((f"{len(sums) - _MOST_ROWS} more", "", "", "", ""))
    return Grid(("from > to", "commodity", "now", "potential", "friction"), tuple(rows), frozenset({2, 3}))


def _price_takers(case: Case) -> list[str]:
    """Import markets (country, commodity) whose covered share no row gives."""
    country = _countries(case)
    known = {(row.country, row.commodity) for row in case.markets if row.side is Side.IMPORT and row.covered_share > 0}
    markets = {(country[f.destination], f.commodity) for f in case.flows if f.kind is FlowKind.TRADE}
    open_ones = sorted(m for m in markets if m not in known and (m[0], "*") not in known)
    return [f"{commodity} in {where}" for where, commodity in open_ones]


def _duties(case: Case) -> Grid:
    rows = [
        (
            row.destination,
            "all origins" if row.origin == "*" else row.origin,
            "all goods" if row.commodity == "*" else row.commodity,
            f"{row.rate_share:.1%}",
            f"{row.rate_low_share:.1%}-{row.rate_high_share:.1%}"
            if row.rate_high_share is not None
            and row.rate_low_share is not None
            and row.rate_high_share > row.rate_low_share
            else "-",
        )
        for row in case.tariffs[:_MOST_ROWS]
    ]
    if len(case.tariffs) > _MOST_ROWS:
        rows.append((f"{len(case.tariffs) - _MOST_ROWS} more", "", "", "", ""))
    return Grid(("into", "from", "goods", "duty", "range"), tuple(rows), frozenset({3, 4}))
