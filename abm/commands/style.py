"""How commands look in a terminal: help pages, headed sections, problems. Plain text where there are no colours."""

from collections.abc import Iterable, Mapping

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from abm.corridor.prose import Section, lay_out
from abm.errors import Problem

MAX_WIDTH = 100


def console(*, stderr: bool = False) -> Console:
    """A console that neither guesses markup nor colours numbers, at most ``MAX_WIDTH`` columns wide."""
    found = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    found.width = min(found.width, MAX_WIDTH) if found.is_terminal else MAX_WIDTH
    return found


class StyledCommand(click.Command):
    """A command whose help page looks like the program's."""

    def get_help(self, ctx: click.Context) -> str:
        """Usage, what it does, arguments and options."""
        return command_help(self, ctx)


def group_help(ctx: click.Context, commands: Mapping[str, str]) -> str:
    """Help page of the program: what it is for and its commands."""
    screen = console()
    with screen.capture() as captured:
        _head(screen, ctx)
        screen.print(Text("Commands", style="bold"))
        table = _bare_table()
        for name, line in commands.items():
            table.add_row(Text(f"  {name}", style="cyan"), line)
        screen.print(table)
        screen.print()
        screen.print(f"{ctx.command_path} COMMAND --help tells more about one.")
    return captured.get().rstrip()


def command_help(command: click.Command, ctx: click.Context) -> str:
    """Help page of one command."""
    screen = console()
    with screen.capture() as captured:
        _head(screen, ctx)
        screen.print(Text("Options", style="bold"))
        table = _bare_table()
        for parameter in command.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and record[1]:  # arguments stand in the usage line and the text
                table.add_row(Text(f"  {record[0]}", style="cyan"), record[1])
        screen.print(table)
    return captured.get().rstrip()


def show_sections(sections: Iterable[Section]) -> None:
    """Headed sections: laid out as plain text, with headings in bold."""
    screen = console()
    for section in sections:
        heading, rule, *body = lay_out([section], screen.width).split("\n")
        screen.print(Text(heading, style="bold"))
        screen.print(Text(rule, style="dim"))
        screen.print(Text("\n".join(body)), soft_wrap=True)


def show_problems(problems: Iterable[Problem], style: str) -> None:
    """One problem a line, never wrapped, so that a line can be searched for; the place stands out."""
    screen = console()
    for problem in problems:
        text = Text(str(problem))
        text.stylize(style, 0, len(problem.place))
        screen.print(text, soft_wrap=True)


def _head(screen: Console, ctx: click.Context) -> None:
    pieces = " ".join(ctx.command.collect_usage_pieces(ctx))
    screen.print(Text.assemble(("Usage  ", "bold"), f"{ctx.command_path} {pieces}"))
    screen.print()
    for paragraph in (ctx.command.help or "").split("\n\n"):
        screen.print(" ".join(paragraph.split()))
        screen.print()


def _bare_table() -> Table:
    table = Table(box=None, show_header=False, padding=(0, 3, 0, 0), pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column()
    return table
