"""The command that opens the explorer in a browser."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import click

from abm.commands.options import noting, parse_values
from abm.commands.style import StyledCommand
from abm.corridor.catalogue import find_case, packaged_cases
from abm.corridor.load import load
from abm.corridor.question import Chosen, Question
from abm.corridor.question_file import case_of, read_question
from abm.errors import InputError, Problem
from abm.study.snapshot import MANIFEST
from abm.viz.serving import LOOPBACK, PORT, SESSIONS, Served, bind, is_complete, serve

MOST_SESSIONS = 1000
_FILE_ENDING = ".toml"
_WARNING = """WARNING: {host} is more than this machine. Whoever can reach the port can open the page, over plain http,
which others on the network can read. A visitor sees {seen} and can play worlds of it, which takes this
machine's time and memory (at most {sessions} pages at a time: --sessions).
A visitor cannot run code of his own, and cannot read or write any other file."""

_NEEDS_NETWORK = (
    "Visitors' browsers will fetch the page's libraries from the network: to do without, install caravan-abm[explore]."
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the options say beside the case."""

    policies: tuple[str, ...] = ()
    values: Mapping[str, float] = field(default_factory=dict)
    seed: int | None = None
    years: int | None = None

    def __bool__(self) -> bool:
        return bool(self.policies or self.values) or self.seed is not None or self.years is not None


@click.command(cls=StyledCommand)
@click.argument("case", required=False)
@click.option(
    "--with", "policies", multiple=True, metavar="POLICY", help="A policy of the measure; may be given several times."
)
@click.option(
    "--set", "pairs", multiple=True, metavar="NAME=VALUE", help="Set an assumption; may be given several times."
)
@click.option("--seed", type=int, metavar="N", help="Seed of every draw; default: 1, or what FILE.toml says.")
@click.option("--years", type=int, metavar="N", help="Years from the opening day; default: 5, or what FILE.toml says.")
@click.option("--results", type=click.Path(path_type=Path), metavar="DIR", help="A sweep whose results are shown, too.")
@click.option(
    "--host", default="127.0.0.1", show_default=True, metavar="NAME", help="Where to listen; 0.0.0.0: for others, too."
)
@click.option("--port", type=int, metavar="N", help=f"Port; default: the first that is free from {PORT} on.")
@click.option("--sessions", default=SESSIONS, show_default=True, metavar="N", help="Pages that may be open at a time.")
@click.option("--no-open", is_flag=True, help="Tell the address; open no browser.")
def explore(
    case: str | None, policies: tuple[str, ...], pairs: tuple[str, ...], seed: int | None, years: int | None,
    results: Path | None, host: str, port: int | None, sessions: int, no_open: bool,
) -> None:  # fmt: skip
    """Watch a corridor live, with and without a measure, in the browser.

    CASE is a packaged name, a folder, or a scenario that was saved (FILE.toml); without one, the page offers the packaged cases.
    Everything runs on this machine and needs no network. Ctrl-C stops it.
    """
    problems: list[Problem] = []
    values = parse_values(pairs, problems)
    served = Served()
    with noting(problems):
        served = _served(case, _Asked(policies, values, seed, years))
    if results is not None and not (results / MANIFEST).is_file():
        problems.append(
            Problem("--results", f"holds no results of a sweep: there is no {MANIFEST} in it", value=str(results))
        )
    if not 1 <= sessions <= MOST_SESSIONS:
        problems.append(Problem("--sessions", f"must be between 1 and {MOST_SESSIONS}", value=str(sessions)))
    if problems:
        raise InputError(problems)
    place = bind(host, port)
    if not is_complete():
        click.echo(_NEEDS_NETWORK, err=True)
    if host not in LOOPBACK:
        click.echo(_WARNING.format(host=host, sessions=sessions, seen=_seen(served, results)), err=True)
    serve(replace(served, results=results, sessions=sessions), host, place, tell=_tell, opens=not no_open)


def _served(case: str | None, asked: _Asked) -> Served:
    """The case and the question, checked. Raises InputError with all problems, but not for the tables of a user's own folder."""
    if case is None:
        if asked:
            raise InputError([Problem("case", "must be named where --with, --set, --seed or --years is")])
        return Served()
    if case.endswith(_FILE_ENDING) and Path(case).is_file():
        first = read_question(Path(case))
        name = case_of(case)
    else:
        name = case if case in packaged_cases() else str(find_case(case).resolve())
        try:
            first = Question(load(name))
        except InputError:  # the page tells them all, and reads the case again when they are mended
            return Served(name)
    question = replace(
        first,
        policies=(*first.policies, *(Chosen(policy) for policy in asked.policies)),
        values={**first.values, **asked.values},
        seed=first.seed if asked.seed is None else asked.seed,
        years=first.years if asked.years is None else asked.years,
    )
    question.measure()
    question.without()
    return Served(name, question)


def _seen(served: Served, results: Path | None) -> str:
    case = "the packaged cases" if served.case is None else f"the case {served.case}"
    return case if results is None else f"{case}, and the results in {results},"


def _tell(address: str) -> None:
    """Told when a browser can open it; flushed, since whoever reads this may wait for it."""
    click.echo(f"The explorer is at {address}\nCtrl-C stops it.")
