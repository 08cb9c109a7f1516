"""A case in brief: a few words on each section, and how many lines it would take to read it whole."""

from collections import Counter
from collections.abc import Callable, Mapping
from textwrap import shorten

from abm.corridor.explain_grades import GRADES, grade_counts, shares_by_grade
from abm.corridor.explain_network import STATUS_WORDS, crossings, dwell_range, link_name, shut_links, sides
from abm.corridor.explain_trade import pairs, trade_flows, trade_totals
from abm.corridor.policies import policy_titles
from abm.corridor.prose import Block, Grid, Section, counted, first_of, listed, tonnes_text
from abm.corridor.tables import Case, FlowKind, Status, Use

#: What is told one by one of the longest lists; the sections tell all.
_MOST_ROWS, _MOST_POLICIES, _MOST_LIMITS, _MOST_NAMES, _MOST_OTHERS = 3, 6, 2, 5, 30
#: Characters to which items of lists are cut: a line, and for limits two, of an overview a hundred columns wide.
_LINE, _TWO_LINES = 78, 150


def brief(case: Case, question: Section, heights: Mapping[str, int], command: str) -> Section:
    """The opening of the case, and a row for each section; ``heights``: lines of each, ``command``: what prints one."""
    rows = []
    for name, lines in heights.items():
        first, *others = _BRIEFS[name](case)
        rows += [(name, f"{lines}", first), *(("", "", words) for words in others)]
    how = (
        f"Read sections whole, one or several, by name: {command} SECTION ... All of them, {sum(heights.values()):,} lines: "
        f"{command} all"
    )
    blocks: list[Block] = [
        *question.blocks[:2],
        Grid(("section", "lines", "in brief"), tuple(rows), frozenset({1})),
        how,
    ]
    return Section(question.title, tuple(blocks))


def _cut(text: str, most: int = _LINE) -> str:
    return shorten(f"- {text}", most, placeholder=" ...")


def _question(case: Case) -> list[str]:
    cuts = len(case.info.cuts)
    return [f"as above; tonnes are counted over {counted(cuts, 'set')} of links, too" if cuts else "as above"]


# -------------------------------------------------------------------------------------------------------------- network
def _network(case: Case) -> list[str]:
    km: Counter[str] = Counter()
    for link in case.links:
        km[link.mode.value] += round(link.length_km)
    countries = {node.country for node in case.nodes}
    return [
        f"{counted(len(case.nodes), 'place')} in {counted(len(countries), 'country', 'countries')}, "
        f"{counted(len(case.links), 'link')}: {', '.join(f'{mode} {total:,} km' for mode, total in sorted(km.items()))}",
        *_shut(case),
        *_borders(case),
    ]


def _shut(case: Case) -> list[str]:
    """How many links are shut, and which policies open most of them."""
    shut = shut_links(case)
    if not shut:
        return ["no link is shut in the base year"]
    kinds = Counter(STATUS_WORDS[link.status] for link, _ in shut)
    openers = Counter(policy for _, policies in shut for policy in policies).most_common()
    never = sum(not policies for _, policies in shut)
    named = first_of([f"{policy} ({n})" for policy, n in openers], _MOST_NAMES)
    parts = [", ".join(f"{n} {kind}" for kind, n in kinds.items())]
    parts += [f"opened by {named}"] if openers else []
    parts += [f"no policy opens {never}"] if never else []
    return [f"shut in the base year: {'; '.join(parts)}"]


def _borders(case: Case) -> list[str]:
    """How many land borders, and those with the longest procedures."""
    slow, n_open, n_all = [], 0, 0
    for link, pair, posts in crossings(case):
        n_all += 1
        if link.status is not Status.OPEN:
            continue
        n_open += 1
        ways = ((sides(posts, *way), " > ".join(way)) for way in (pair, pair[::-1]))
        found = [(sum(post.dwell_h for post in both), way, dwell_range(both)) for both, way in ways if both]
        slow += [(*max(found), link_name(case, link))] if found else []
    if not n_all:
        return []
    slowest = sorted(slow, reverse=True)[:_MOST_ROWS]
    lead = f"{counted(n_all, 'land border')}, {n_open} open; the longest hours of both posts, without a line:"
    return [lead, *(_cut(f"{hours:.0f} h ({spread}) {way}: {name}") for hours, way, spread, name in slowest)]


# ---------------------------------------------------------------------------------------------------------------- trade
def _flows(case: Case) -> list[str]:
    through = sum(flow.tonnes for flow in case.flows if flow.kind is FlowKind.EXOGENOUS)
    others = f" Traffic of others: {tonnes_text(through)}." if through else ""
    found = pairs(case, trade_flows(case), _MOST_ROWS).rows
    lines = (f"{pair}: {tonnes}, {usd} million USD{goods and f' ({goods})'}" for pair, tonnes, usd, goods in found)
    return [trade_totals(case) + others, *map(_cut, lines)]


def _grows(case: Case) -> list[str]:
    held = sum(flow.potential_tonnes is not None for flow in case.flows)
    return [f"what answers to cost and what does not; {counted(held, 'flow')} below what they could be"]


def _markets(case: Case) -> list[str]:
    known = f"{counted(len(case.markets), 'market share')} known, elsewhere" if case.markets else "everywhere"
    return [f"{known} shippers are price takers; {counted(len(case.tariffs), 'duty', 'duties')}"]


# ------------------------------------------------------------------------------------------------------------- who acts
def _carriers(case: Case) -> list[str]:
    return [f"{counted(len(case.carriers), 'carrier')} with {counted(len(case.services), 'service')}"]


def _incidents(case: Case) -> list[str]:
    drawn = sum(row.is_active for row in case.hazards)
    parts = [
        counted(drawn, "hazard"),
        counted(len(case.regimes), "pair of countries with long closures", "pairs of countries with long closures"),
        counted(len(case.events), "event of history to replay", "events of history to replay"),
    ]
    return [listed(parts)]


def _policies(case: Case) -> list[str]:
    """The first policies by title, the others by name."""
    titles = policy_titles(case)
    first, rest = list(titles)[:_MOST_POLICIES], list(titles)[_MOST_POLICIES:]
    lines = (_cut(f"{name}: {titles[name]}") for name in first)
    more = [f"and {len(rest)} more: {first_of(rest, _MOST_OTHERS)}"] if rest else []
    return [counted(len(titles), "policy", "policies"), *lines, *more]


def _authorities(case: Case) -> list[str]:
    holders = counted(len(case.authorities), "authority", "authorities")
    return [
        f"{holders} with a say on links; dates of {counted(len(case.openings), 'policy', 'policies')} as experts expect"
    ]


def _projects(case: Case) -> list[str]:
    names = [row.project_id for row in case.projects]
    return [f"{len(names)}: {first_of(names, _MOST_NAMES)}"]


def _co2e(case: Case) -> list[str]:
    return [f"{counted(len(case.emissions), 'factor')} by mode and class"]


# ------------------------------------------------------------------------------------------------------- how well known
def _assumptions(case: Case) -> list[str]:
    """By grade, the widest, and those whose width has no ratio."""
    grades = Counter(str(row.grade) for row in case.assumptions)
    ranged = [row for row in case.assumptions if row.high > row.low]
    widest = sorted((row for row in ranged if row.low > 0.0), key=lambda row: row.low / row.high)[:_MOST_NAMES]
    others = [row.name for row in ranged if row.low <= 0.0]
    by_grade = ", ".join(f"{grades[grade]} of grade {grade}" for grade in GRADES if grades[grade])
    found = [f"{len(case.assumptions)}: {by_grade}"]
    if widest:
        told = ", ".join(f"{row.name} ({row.low:g} to {row.high:g})" for row in widest)
        found.append(f"widest, by high end over low: {told}")
    zero = f"ranges that touch or pass zero: {first_of(others, _MOST_NAMES)}"
    return [*found, zero] if others else found


def _targets(case: Case) -> list[str]:
    held = sum(row.use is Use.HELD for row in case.targets)
    return [
        f"{counted(len(case.targets), 'thing')} measured to hold a world against, {held} of them held back from fitting"
    ]


def _claims(case: Case) -> list[str]:
    names = [row.claim_id for row in case.claims]
    return [f"{len(names)} published: {first_of(names, _MOST_NAMES)}"]


def _numbers(case: Case) -> list[str]:
    rows = sum(grade_counts(case).values(), Counter[str]())
    known = ", ".join(f"{grade} {share}" for grade, share in zip(GRADES, shares_by_grade(rows), strict=True))
    return [f"{rows.total():,} rows by grade: {known} (C: from memory or judged)"]


def _limits(case: Case) -> list[str]:
    limits = case.info.limits
    more = len(limits) - _MOST_LIMITS
    lead = f"what this case cannot say: {counted(len(limits), 'point')}{', the first' if more > 0 else ''}"
    return [lead, *(_cut(limit, _TWO_LINES) for limit in limits[:_MOST_LIMITS])]


#: Section -> its first words, a paragraph each.
_BRIEFS: dict[str, Callable[[Case], list[str]]] = {
    "question": _question,
    "network": _network,
    "flows": _flows,
    "grows": _grows,
    "markets": _markets,
    "carriers": _carriers,
    "incidents": _incidents,
    "policies": _policies,
    "authorities": _authorities,
    "projects": _projects,
    "co2e": _co2e,
    "assumptions": _assumptions,
    "targets": _targets,
    "claims": _claims,
    "numbers": _numbers,
    "limits": _limits,
}
