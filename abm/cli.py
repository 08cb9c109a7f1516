"""The ``caravan`` command: a lazy group, so that help is quick and a command imports only what it needs.

Exit codes: 0 for success, 2 for bad input (every problem is listed), 1 for any other failure.
"""

import importlib
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from abm.errors import CaravanError, InputError, nearest

#: Command -> (module and attribute, one line of help); the line is here so that the list of commands imports nothing.
COMMANDS: dict[str, tuple[str, str]] = {
    "compare": ("abm.commands.worlds:compare", "Run paired worlds with and without a measure."),
    "explore": ("abm.commands.explore:explore", "Watch a corridor live in the browser, with and without."),
    "appraise": ("abm.commands.appraise:appraise", "Appraise a project: who gains, who pays, is it worth it."),
    "depend": ("abm.commands.depend:depend", "Tell who depends on whom, and which links matter most."),
    "calibrate": ("abm.commands.calibrate:calibrate", "Fit a case's assumptions to what was measured."),
    "hindcast": ("abm.commands.hindcast:hindcast", "Play dated events of the past again and score them."),
    "sweep": ("abm.commands.sweep:sweep", "Play an experiment's plan: every arm at every point."),
    "results": ("abm.commands.results:results", "Summarise, filter and export what a sweep has found."),
    "report": ("abm.commands.report_page:report", "Write the report on a sweep: one page, figures, tables."),
    "replay": ("abm.commands.replay:replay", "Play one run of a sweep again, bit for bit."),
    "run": ("abm.commands.worlds:run", "Run one world of a case."),
    "cases": ("abm.commands.cases:cases", "List the cases that come with Caravan."),
    "explain": ("abm.commands.cases:explain", "Tell in words what is in a case."),
    "check": ("abm.commands.cases:check", "Report every problem of a case at once."),
    "new": ("abm.commands.cases:new", "Start a case of your own from the toy case."),
    "import": ("abm.commands.import_:import_case", "Make a network of GMNS tables or GeoJSON lines."),
}


class Caravan(click.Group):
    """Loads a command's module on its first use and turns errors into messages and exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order in which a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with the nearest name when there is no such command."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            meant = nearest(args[0], COMMANDS)
            hint = f" did you mean {meant!r}?" if meant else f" Commands: {', '.join(COMMANDS)}."
            ctx.fail(f"{args[0]!r} is not a command;{hint}" if meant else f"{args[0]!r} is not a command.{hint}")
        return super().resolve_command(ctx, args)

    def get_help(self, ctx: click.Context) -> str:
        """The overview, styled where the terminal can show it."""
        from abm.commands.style import group_help

        return group_help(ctx, {name: line for name, (_, line) in COMMANDS.items()})

    def main(self, args: Sequence[str] | None = None, *positional: Any, **extra: Any) -> NoReturn:
        """Run and exit: 0, 1 or 2. Messages go to standard error; a fault in the input is never a traceback."""
        extra["standalone_mode"] = False
        try:
            outcome = super().main(args, *positional, **extra)
            sys.stdout.flush()
        except InputError as error:
            for problem in error.problems:
                click.echo(str(problem), err=True)
            sys.exit(error.exit_code)
        except CaravanError as error:
            click.echo(str(error), err=True)
            sys.exit(error.exit_code)
        except click.ClickException as error:
            error.show()
            sys.exit(error.exit_code)
        except (click.Abort, KeyboardInterrupt):
            click.echo("stopped", err=True)
            sys.exit(1)
        except BrokenPipeError:  # the reader, say `head`, has seen enough
            sys.stderr.close()
            sys.exit(1)
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            click.echo(f"{where}{error.strerror or error}", err=True)
            sys.exit(1)
        sys.exit(outcome if isinstance(outcome, int) else 0)


@click.group(cls=Caravan, invoke_without_command=False)
@click.version_option(package_name="caravan-abm", prog_name="caravan")
def caravan() -> None:
    """What trade, transit times and border waits become when a link opens or closes.

    Caravan simulates a freight corridor twice, with and without a measure, and tells the difference with its uncertainty.
    """


def main() -> NoReturn:
    """Entry point of the ``caravan`` command."""
    caravan.main(prog_name="caravan")
