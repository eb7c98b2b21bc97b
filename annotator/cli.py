"""The command `whylight`: the group of all commands, and how an error ends one.

Imports happen inside the commands, so that `whylight --help` is quick and loads no torch.
"""

import json
import sqlite3
from pathlib import Path
from typing import Any

import click
from click.exceptions import Exit

from annotator.commands.arguments import named_project
from annotator.commands.care import backup, backups, doctor, restore
from annotator.commands.comparing import compare
from annotator.commands.contradictions import Group
from annotator.commands.convert import convert
from annotator.commands.data import import_, queue
from annotator.commands.exporting import export
from annotator.commands.guidelines import guidelines
from annotator.commands.imports import imports_
from annotator.commands.labels import label
from annotator.commands.looking_again import look_again
from annotator.commands.merge import merge
from annotator.commands.people import agreement, audit, history, leases, person
from annotator.commands.pool import pool_
from annotator.commands.project import init, settings, stats
from annotator.commands.review import review
from annotator.commands.round_files import delete, free
from annotator.commands.round_models import checkpoint, predict, rebuild, seeds, twin
from annotator.commands.rounds import round_
from annotator.commands.sentences import sentence_
from annotator.commands.serving import demo, serve
from annotator.commands.sets import set_
from annotator.commands.simulate import simulate
from annotator.commands.suggest import suggest
from annotator.commands.tags import tag_
from annotator.commands.word_rules import word_rule
from annotator.commands.worth import worth
from db.errors import StoreError
from whylight.errors import Error


class _Commands(Group):
    """A group whose commands end with one sentence and exit code 1 when something is refused."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return self._invoke_with_refusals(context)
        except (click.ClickException, click.Abort, Exit, BrokenPipeError):
            raise
        except Exception as error:
            raise click.ClickException(_sentence_about(error, context)) from error

    def _invoke_with_refusals(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except StoreError as error:
            from annotator.care.backups import restore_hint

            raise click.ClickException(f"{error}{restore_hint(error.path)}") from error
        except Error as error:
            raise click.ClickException(str(error)) from error
        except (sqlite3.DatabaseError, UnicodeDecodeError, json.JSONDecodeError) as error:
            # A damaged file can make SQLite raise errors of any kind, and hold anything in a column.
            raise click.ClickException(
                f"The project holds data that cannot be read ({error}); `whylight doctor` examines it."
            ) from error
        except click.UsageError as error:
            error.show()
            context.exit(1)


def _sentence_about(error: Exception, context: click.Context) -> str:
    """Return one sentence about an error that no use case expected; the traceback goes to a log."""
    if isinstance(error, OSError) and error.strerror and isinstance(error.filename, str | Path):
        return f"{error.filename}: {error.strerror}; check this path, or give another one."
    from annotator.failures import log_failure

    return log_failure(error, named_project(context), "This command")


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="whylight")
def main() -> None:
    """Whylight: annotate where a text classifier should look, and teach it to look there."""


_command: click.Command
for _command in (compare, twin, seeds, rebuild, checkpoint, predict, delete, free):
    round_.add_command(_command)
for _command in (
    *(init, settings, stats, import_, imports_, queue, sentence_, set_, tag_, export, merge, convert),
    *(serve, demo),
    *(label, guidelines, person, leases, history, audit),
    *(review, agreement, round_, pool_, word_rule, worth, look_again, suggest, simulate),
    *(backup, backups, restore, doctor),
):
    main.add_command(_command)
