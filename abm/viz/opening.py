"""From an address to worlds: which case, is it sound, what is asked of it. What is wrong is told in words."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

import solara

from abm.corridor.catalogue import packaged_cases
from abm.corridor.check import check
from abm.corridor.folder import read_info
from abm.corridor.load import load
from abm.corridor.question import Question
from abm.errors import CaravanError, InputError, Problem
from abm.viz.link import opened_question
from abm.viz.serving import Served, served

#: Problems that are shown of a case; its maker mends the first ones first.
_MOST_PROBLEMS = 200


@dataclass(frozen=True)
class Opened:
    """A case with the question asked of it. ``trouble``: what the address asked and could not be."""

    name: str
    question: Question
    trouble: tuple[str, ...]
    key: str


@dataclass(frozen=True)
class Refused:
    """A case that does not load, with every problem of it."""

    name: str
    problems: tuple[Problem, ...]


@solara.component
def CaseDoor(enter: Callable[[Opened], solara.Element]) -> None:
    """The case that is served, or a choice among the packaged ones; a case with problems shows them all."""
    router = solara.use_router()
    query = router.search or ""
    offered = served()
    asked = asked_case(offered, query)
    if asked is None:
        CaseList()
    else:
        Reading(asked, query, enter).key(f"{asked}?{query}")


@solara.component
def Reading(asked: str, query: str, enter: Callable[[Opened], solara.Element]) -> None:
    """Read the case in a thread of its own, then enter, or tell what is wrong with it."""
    attempt, set_attempt = solara.use_state(0)
    found = solara.lab.use_task(lambda: opened(served(), asked, query), dependencies=[attempt], prefer_threaded=True)
    if found.error:
        solara.Error("This page could not be opened: see the server's own messages.")
    elif found.finished and isinstance(found.value, Opened):
        enter(found.value)
    elif found.finished and isinstance(found.value, Refused):
        ProblemList(found.value, lambda: set_attempt(attempt + 1))
    else:
        with solara.Div(classes=["cv-loading"]):
            solara.Text(f"Reading the case {case_name(asked)}")
            solara.ProgressLinear(value=True)


def asked_case(offered: Served, query: str) -> str | None:
    """The case to open: the one that is served, or a packaged one that the address names; None: a list to choose from.

    Only names are taken from an address, never a path.
    """
    if offered.case is not None:
        return offered.case
    named = named_cases(query)
    return named[-1] if named and named[-1] in packaged_cases() else None


def named_cases(query: str) -> list[str]:
    """What an address calls its case."""
    return [unquote(part.partition("=")[2]) for part in query.lstrip("?").split("&") if part.startswith("case=")]


def opened(offered: Served, case: str, query: str) -> Opened | Refused:
    """Read a case and what an address asks of it."""
    try:
        question = offered.question if offered.question is not None else Question(load(case))
    except InputError as error:
        report = _report(case)
        return Refused(case_name(case), report or error.problems)
    except CaravanError as error:
        return Refused(case_name(case), (Problem(case_name(case), str(error)),))
    asked, trouble = opened_question(question, query)
    name = case_name(case)
    other = [named for named in named_cases(query) if named != name]
    if other:
        trouble = (f"this server shows the case {name!r}, and not {other[-1]!r}", *trouble)
    return Opened(name, asked, trouble, f"{case}?{query}")


def case_name(case: str) -> str:
    """What a case is called in file names and addresses: a packaged one's name, or the last part of a folder's path."""
    return case.replace("\\", "/").rstrip("/").rpartition("/")[2] or case


def _report(case: str) -> tuple[Problem, ...]:
    """All problems that ``check`` knows; none when there is no such folder."""
    try:
        return check(case).problems
    except InputError:
        return ()


@solara.component
def ProblemList(refused: Refused, again: Callable[[], None]) -> None:
    """``check``'s list."""
    with solara.Column(classes=["cv-problems"], gap="8px"):
        n = len(refused.problems)
        Heading(f"This case has {n} {'problem' if n == 1 else 'problems'}")
        solara.Text(f"{refused.name} does not load until they are mended; caravan check tells the same.")
        for problem in refused.problems[:_MOST_PROBLEMS]:
            solara.Error(str(problem), dense=True)
        if n > _MOST_PROBLEMS:
            solara.Text(f"... and {n - _MOST_PROBLEMS} more")
        solara.Button("Check again", on_click=again, color="primary")


@solara.component
def CaseList() -> None:
    """The packaged cases, each with its question."""
    with solara.Column(classes=["cv-cases"], gap="16px"):
        Heading("Which corridor?")
        for name, folder in packaged_cases().items():
            info, _ = read_info(folder)
            if info is not None:
                with solara.Card(info.title, subtitle=name, elevation=1):
                    solara.Text(info.question)
                    with solara.Link(f"/?case={name}"):
                        solara.Button("Open", color="primary", attributes={"aria-label": f"Open {info.title}"})
        solara.Text("A folder of your own: caravan explore FOLDER", classes=["cv-note"])


@solara.component
def Heading(text: str) -> None:
    """A heading of our own words; the library's Markdown would fetch a style that is not there offline."""
    solara.v.Html(tag="h2", children=[text])
