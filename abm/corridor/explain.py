"""``explain``: what is in a case, in words for an economist who has to judge it; in brief, by section, or all of it."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from abm.corridor.calendar_days import day_of
from abm.corridor.explain_authorities import authority_sections
from abm.corridor.explain_carriers import carrier_sections
from abm.corridor.explain_claims import claim_sections
from abm.corridor.explain_grades import grades_section
from abm.corridor.explain_network import link_name, network_section
from abm.corridor.explain_overview import brief
from abm.corridor.explain_projects import emission_sections, project_sections
from abm.corridor.explain_security import security_sections
from abm.corridor.explain_targets import target_sections
from abm.corridor.explain_trade import growth_section, market_section, trade_section
from abm.corridor.load import load
from abm.corridor.prose import Block, Grid, Points, Section, counted, lay_out, listed
from abm.corridor.tables import Action, Assumption, Case, PolicyStep
from abm.errors import InputError, Problem, nearest

#: A word that asks for every section.
ALL = "all"


def explain(case: Case | str | Path, width: int = 100) -> str:
    """Plain text, at most ``width`` columns wide, that tells all that a case holds and what it cannot say.

    Raises InputError when ``case`` names a folder that does not load.
    """
    return lay_out(sections(case).values(), width)


def overview(case: Case | str | Path, width: int = 100, command: str = "caravan explain CASE") -> Section:
    """The same in brief, and the list of sections; ``command`` prints it, and with the name of a section that.

    Raises InputError when ``case`` names a folder that does not load.
    """
    told = case if isinstance(case, Case) else load(case)
    found = sections(told)
    heights = {name: _height(section, width) for name, section in found.items()}
    return brief(told, found["question"], heights, command)


def chosen(case: Case | str | Path, names: Sequence[str]) -> tuple[Section, ...]:
    """The sections of these names, in the order asked for; ``all`` is every section.

    Raises InputError when ``case`` does not load, or names every word that is no section of it.
    """
    found = sections(case)
    known = ", ".join([*found, ALL])
    wrong = [name for name in dict.fromkeys(names) if name not in found and name != ALL]
    if wrong:
        rule = f"is not a section of this case; its sections: {known}"
        raise InputError(
            [Problem("section", rule, value=repr(name), suggestion=nearest(name, [*found, ALL])) for name in wrong]
        )
    return tuple(found.values()) if ALL in names else tuple(found[name] for name in dict.fromkeys(names))


def sections(case: Case | str | Path) -> dict[str, Section]:
    """All headed sections by name, in their order; a case that has nothing of a kind lacks its section."""
    told = case if isinstance(case, Case) else load(case)
    found: dict[str, tuple[Section, ...]] = {
        "question": (_opening(told),),
        "network": (network_section(told),),
        "flows": (trade_section(told),),
        "grows": (growth_section(told),),
        "markets": (market_section(told),),
        "carriers": carrier_sections(told),
        "incidents": security_sections(told),
        "policies": (_policies(told),),
        "authorities": authority_sections(told),
        "projects": project_sections(told),
        "co2e": emission_sections(told),
        "assumptions": (_assumptions(told),),
        "targets": target_sections(told),
        "claims": claim_sections(told),
        "numbers": (grades_section(told),),
        "limits": (Section("What this case cannot say", (Points(told.info.limits),)),),
    }
    return {name: section for name, parts in found.items() for section in parts}


def _height(section: Section, width: int) -> int:
    return len(lay_out([section], width).splitlines())


def _opening(case: Case) -> Section:
    info = case.info
    when = (
        f"Base year {info.base_year}. Policies count from the opening day, {info.start}; {counted(info.warmup_days, 'day')} "
        f"of warm-up come before it. The first denominator is the trade of {info.home}."
    )
    blocks: list[Block] = [info.question, when]
    if info.cuts:
        blocks.append(f"Tonnes are also counted over: {'; '.join(f'{cut.name} ({cut.title})' for cut in info.cuts)}.")
    return Section(f"{info.title} ({info.name})", tuple(blocks))


def _policies(case: Case) -> Section:
    steps: dict[str, list[PolicyStep]] = {}
    for step in case.policies:
        steps.setdefault(step.policy_id, []).append(step)
    if not steps:
        return Section("Policies", ("This case has none.",))
    items = tuple(f"{name}: {rows[0].title}. {_steps(case, rows)}" for name, rows in steps.items())
    return Section("Policies", ("Each is run against a twin world without it, with every draw shared.", Points(items)))


def _steps(case: Case, steps: list[PolicyStep]) -> str:
    """Sentences of one policy; steps that do the same on the same days to several targets share one."""
    alike: dict[tuple[Action, str, str, str], list[str]] = {}
    for step in steps:
        alike.setdefault((step.action, step.value, step.start, step.end), []).append(_target_name(case, step))
    opening = dt.date.fromisoformat(case.info.start)
    return " ".join(
        f"{_deed(action, value, listed(targets))} {_when(start, end, opening)}."
        for (action, value, start, end), targets in alike.items()
    )


#: What a step does, without its days.
_DEEDS = {
    Action.OPEN_LINK: "Opens {target}",
    Action.CLOSE_LINK: "Closes {target}",
    Action.SCALE_CAPACITY: "Multiplies by {value} the capacity of {target}",
    Action.SCALE_DWELL: "Multiplies by {value} the dwell at {target}",
    Action.SCALE_SPEED: "Multiplies by {value} the speed on {target}",
    Action.SCALE_RATE: "Multiplies by {value} the freight rate of {target}",
    Action.SET_TOLL: "Sets to {value} USD/t the toll of {target}",
    Action.SET_TARIFF: "Sets to {share} the duty on {target}",
    Action.LIFT_FRICTION: "Removes the share {value} of the friction of {target}",
    Action.ADD_DWELL: "Adds {value} hours of inspection at {target}",
    Action.SET_FEE: "Sets to {value} USD a vehicle the fee of {target}",
    Action.QUOTA: "Lets {value} t a year of {target} through, and no more",
    Action.SET_OVERSIGHT: "Sets oversight of {target} to {value}",
    Action.SET_TENSION: "Multiplies by {value} the rate of new incidents of {target}",
    Action.SET_HAZARD: "Sets to {value} times its rate the hazard {target}",
    Action.SET_ASSUMPTION: "Sets to {value} the assumption {target}",
}


def _deed(action: Action, value: str, target: str) -> str:
    if action is Action.BAN:
        return f"Lets through the share {value} of {target}" if value else f"Bans {target}"
    return _DEEDS[action].format(target=target, value=value, share=_percent(value))


def _target_name(case: Case, step: PolicyStep) -> str:
    """A link, post, terminal or triple in words; a pair of countries as written."""
    if step.action in (Action.SET_TARIFF, Action.BAN, Action.QUOTA):
        return _triple(step.target)
    links = {link.link_id: link_name(case, link) for link in case.links}
    posts = {p.post_id: f"the {p.country} {p.direction.value} post of {links[p.link_id]}" for p in case.posts}
    terminals = {t.terminal_id: f"terminal {t.terminal_id}" for t in case.terminals}
    return (links | posts | terminals | {"*": "everything"}).get(step.target, step.target)


def _triple(target: str) -> str:
    into, origin, commodity = target.split("/")
    goods = "all goods" if commodity == "*" else commodity
    return f"{goods} {'from everywhere' if origin == '*' else f'from {origin}'} into {into}"


def _percent(value: str) -> str:
    try:
        return f"{float(value):.1%}"
    except ValueError:
        return value


def _when(start: str, end: str, opening: dt.date) -> str:
    first, last = day_of(start, opening) or 0, day_of(end, opening)
    begins = "from the opening day" if first == 0 else f"from day {first} ({opening + dt.timedelta(first)})"
    return begins if last is None else f"{begins} until day {last} ({opening + dt.timedelta(last)})"


def _assumptions(case: Case) -> Section:
    rows = tuple(
        (row.name, f"{row.value:g}", _range(row), row.unit, row.grade, row.meaning) for row in case.assumptions
    )
    lead = (
        "Central value, and the range from which a study draws. "
        "Grade A was read in a source, B follows from figures read, C is from memory or judgement. Set one with --set NAME=VALUE."
    )
    columns = ("assumption", "value", "range", "unit", "grade", "what it means")
    return Section("Assumptions", (lead, Grid(columns, rows, frozenset({1, 2}))))


def _range(row: Assumption) -> str:
    return f"{row.low:g} to {row.high:g}" if row.high > row.low else "-"
