"""The command line: one file per command, loaded when it is used, so that help answers at once."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from clew import __version__
from clew.errors import ClewError

COMMANDS = {
    "trace": "Follow the stolen funds of a case to where they stand.",
    "verify": "Replay a traced case from its evidence and compare every byte.",
    "screen": "Say whether addresses are listed or known, and decide.",
    "serve": "Screen over HTTP.",
    "rescreen": "Ask past questions again, and say whose answer changed.",
    "token": "Say who may ask the service.",
    "lists": "Keep sanctions lists, and say what was listed when.",
    "tags": "Check files of tags, show those of an address, write TagPacks.",
    "exposure": "Say what an address received from services and sent to them.",
    "cluster": "Write which addresses of a ledger belong to one owner, and why.",
    "monitor": "Watch a ledger for typologies of laundering.",
    "index": "Index the transfers of a large ledger, and trace over the index.",
    "incidents": "List the incidents that ship with Clew.",
    "simulate": "Write a simulated theft with known truth.",
    "score": "Measure how often Clew is right, on labelled files.",
}
"""Command -> what it does, in the module of the same name."""


class LazyGroup(click.Group):
    """Lists commands without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The names, in the order of the work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command, loaded now."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"clew.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """What the group's help lists."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="clew")
def root() -> None:
    """Clew follows stolen cryptocurrency to where it stands, says who can stop it, and proves every figure.

    Exit codes: 0 done, 1 the run ended without an answer, 2 bad input, 3 verification failed.
    """


def main() -> None:
    """Run a command; an error Clew raises on purpose becomes one message and its exit code."""
    try:
        root(standalone_mode=False)
    except ClewError as error:
        click.echo(f"clew: {error}", err=True)
        sys.exit(error.exit_code)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("clew: stopped; what was fetched is kept, run the same command to go on", err=True)
        sys.exit(1)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
