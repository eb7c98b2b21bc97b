"""The reference: every command with its arguments and options, as the programs themselves describe them."""

import argparse
from collections.abc import Iterator
from html import escape

import click

from annotator.cli import main
from learner.__main__ import _parser


def whylight_page() -> str:
    """Return the page of the command `whylight`."""
    sections = "\n".join(_command(name, command) for name, command in commands_of(main, "whylight"))
    return f"# whylight\n\n{main.help}\n\n{sections}"


def learner_page() -> str:
    """Return the page of `python -m learner`."""
    parser = _parser()
    sections = "\n".join(_learner_command(name, inner) for name, inner in _parsers_in(parser))
    return f"# python -m learner\n\n{parser.description}\n\n{sections}"


def commands_of(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    """Yield every command that is not a group, by all the words that it is called by."""
    if not isinstance(command, click.Group):
        yield name, command
        return
    for key, inner in command.commands.items():
        yield from commands_of(inner, f"{name} {key}")


def _parsers_in(parser: argparse.ArgumentParser, before: str = "") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Yield every command that has no commands of its own, by all the words that it is called by."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                yield from list(_parsers_in(inner, f"{before}{name} ")) or [(f"{before}{name}", inner)]


def _command(name: str, command: click.Command) -> str:
    context = click.Context(command, info_name=name)
    usage = " ".join(command.collect_usage_pieces(context))
    rows = [
        record for option in command.get_params(context) if (record := option.get_help_record(context)) and record[1]
    ]
    return "\n".join(
        [
            f"## {name}",
            "",
            f"```text\n{name} {usage}\n```",
            "",
            *(paragraph.replace("\n", " ") + "\n" for paragraph in (command.help or "").split("\n\n")),
            *(["| option | what it does |", "|---|---|"] if rows else []),
            *(f"| {_code(spelling)} | {_cell(help_)} |" for spelling, help_ in rows),
            "",
        ]
    )


def _learner_command(name: str, parser: argparse.ArgumentParser) -> str:
    formatter = parser._get_formatter()
    rows = [
        (formatter._format_action_invocation(action), formatter._expand_help(action) if action.help else "")
        for action in parser._actions
    ]
    usage = " ".join(parser.format_usage().removeprefix("usage: ").split())
    head = f"## python -m learner {name}\n\n```text\n{usage}\n```\n\n{parser.description}\n\n"
    table = [f"| {_code(spelling)} | {_cell(help_)} |" for spelling, help_ in rows]
    return head + "\n".join(["| argument or option | what it does |", "|---|---|", *table, ""])


def _code(text: str) -> str:
    """Return code for a cell: a bar would end the cell, so it cannot be Markdown."""
    return f"<code>{escape(text).replace('|', '&#124;')}</code>"


def _cell(text: str) -> str:
    return escape(" ".join(text.split()), quote=False).replace("|", "&#124;").replace("*", r"\*").replace("_", r"\_")
