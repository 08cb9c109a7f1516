"""Commands about cases: list, explain, check, start a new one."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from abm.commands.style import StyledCommand, console, show_problems, show_sections
from abm.corridor.catalogue import packaged_cases, packaged_histories
from abm.corridor.check import Report
from abm.corridor.check import check as check_case
from abm.corridor.explain import chosen, overview
from abm.corridor.folder import read_info
from abm.corridor.prose import counted, tonnes_text
from abm.corridor.scaffold import scaffold
from abm.corridor.tables import CaseInfo
from abm.errors import InputError


@click.command(cls=StyledCommand)
def cases() -> None:
    """List the cases that come with Caravan.

    Any command that takes a CASE takes one of these names or a folder of your own. Histories are small cases, each of one dated
    event, which `caravan hindcast` plays again.
    """
    screen = console()
    screen.print(_listed("case", "question", {name: _info(path).question for name, path in packaged_cases().items()}))
    histories = {name: _info(path).title for name, path in packaged_histories().items()}
    if histories:
        screen.print()
        screen.print(_listed("history", "event", histories))


def _listed(kind: str, what: str, rows: Mapping[str, str]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    table.add_column(kind, no_wrap=True)
    table.add_column(what)
    for name, words in rows.items():
        table.add_row(Text(name, style="cyan"), words)
    return table


def _info(folder: Path) -> CaseInfo:
    info, problems = read_info(folder)
    if info is None:
        raise InputError(problems)
    return info


@click.command(cls=StyledCommand)
@click.argument("case")
@click.argument("names", nargs=-1, metavar="[SECTION]...")
def explain(case: str, names: tuple[str, ...]) -> None:
    """Tell in words what is in a case.

    An overview: network, borders, base-year flows, who acts, policies, assumptions and what the case cannot say, section by
    section. Name some to read them whole, such as policies assumptions; all is everything. CASE is a packaged name or a folder.
    """
    command = f"caravan explain {shlex.quote(case)}"
    show_sections(chosen(case, names) if names else [overview(case, console().width, command)])


@click.command(cls=StyledCommand)
@click.argument("case")
@click.option("--json", "as_json", is_flag=True, help="Write the report as JSON.")
def check(case: str, as_json: bool) -> int:
    """Report every problem of a case at once.

    Each problem names file and row, column, value, the rule and the nearest known name. Warnings are for your judgement: mend
    what they name, or say in explained.csv why one may stand (--json tells those, too). CASE is a packaged name or a folder. The
    exit code is 2 when there are problems.
    """
    report = check_case(case)
    if as_json:
        click.echo(json.dumps(asdict(report), indent=2))
    else:
        _tell(case, report)
    return InputError.exit_code if report.problems else 0


@click.command(cls=StyledCommand)
@click.argument("folder", metavar="DIR")
def new(folder: str) -> None:
    """Start a case of your own from the toy case.

    Writes the tables and a README on how to change them into DIR, which must not exist or be empty.
    """
    made = scaffold(folder)
    screen = console()
    screen.print(f"{made} holds a copy of the toy case. Change it step by step; README.md says how.", soft_wrap=True)
    for command in ("check", "explain"):
        screen.print(f"  caravan {command} {shlex.quote(str(made))}", style="cyan", soft_wrap=True)


def _tell(case: str, report: Report) -> None:
    screen = console()
    size = report.size
    show_problems(report.problems, "bold red")
    if report.problems:
        screen.print(
            f"{counted(len(report.problems), 'problem')} in {Path(case).resolve().name}", style="bold", soft_wrap=True
        )
        return
    links = ", ".join(f"{count} {status.replace('_', ' ')}" for status, count in size.n_links.items())
    name = case if case.strip("./") else Path(case).resolve().name
    screen.print(Text.assemble(("sound  ", "bold green"), name), soft_wrap=True)
    screen.print(
        f"{counted(size.n_nodes, 'node')}, {counted(sum(size.n_links.values()), 'link')} ({links}), "
        f"{counted(size.n_posts, 'border post')}, {counted(size.n_flows, 'flow')} of {counted(size.n_shippers, 'shipper')}, "
        f"{tonnes_text(size.tonnes_per_year)} a year, {counted(size.n_policies, 'policy', 'policies')}."
    )
    screen.print(
        f"About {size.consignments_per_day:,.0f} consignments a day. Lots add up to {size.lot_bias_h:.1f} h to a wait at an open "
        f"road border ({size.lot_bias_commodity or 'none'} at {size.lot_bias_post or 'no post'})."
    )
    if report.warnings:
        screen.print(Text(counted(len(report.warnings), "warning"), style="bold yellow"))
        show_problems(report.warnings, "yellow")
    if report.explained:
        reasons = len({explanation.reason for explanation in report.explained})
        text = f"{counted(len(report.explained), 'warning')} explained in explained.csv ({counted(reasons, 'reason')})"
        screen.print(text, style="dim", soft_wrap=True)
