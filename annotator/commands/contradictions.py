"""Options that contradict each other: a command refuses them in one sentence, before it opens a project."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click
from click.core import ParameterSource

Contradiction = tuple[str, str, str]
"""Two options, and why they cannot both be given, as "--answered", or "--model wrong" for one value alone."""

_DECLARED = "__contradictions__"
_Callback = TypeVar("_Callback", bound=Callable[..., Any])


class Command(click.Command):
    """A command that refuses an option given twice, and the pairs of options that `refuses` declares."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments; raises UsageError for options that contradict each other."""
        given = list(args)
        rest = super().parse_args(context, args)
        if not context.resilient_parsing:
            self._refuse_repeats(context, given)
            self._refuse_pairs(context)
        return rest

    def _refuse_repeats(self, context: click.Context, args: list[str]) -> None:
        _, _, order = self.make_parser(context).parse_args(args)
        for option in order:
            if isinstance(option, click.Option) and not (option.multiple or option.count) and order.count(option) > 1:
                names = "/".join([*option.opts, *option.secondary_opts])
                raise click.UsageError(f"{names} is given twice, and only one can count; give it once.", context)

    def _refuse_pairs(self, context: click.Context) -> None:
        for one, other, why in getattr(self.callback, _DECLARED, ()):
            if _is_given(context, one) and _is_given(context, other):
                raise click.UsageError(f"{one} and {other} contradict each other: {why}.", context)


class Group(click.Group):
    """A group of such commands."""

    command_class = Command


def refuses(contradictions: Sequence[Contradiction]) -> Callable[[_Callback], _Callback]:
    """Let a command refuse these pairs of options, next to those that were declared before."""

    def declare(callback: _Callback) -> _Callback:
        setattr(callback, _DECLARED, (*contradictions, *getattr(callback, _DECLARED, ())))
        return callback

    return declare


def _is_given(context: click.Context, option: str) -> bool:
    """Return whether the command line has this option, a switch in this position, or the option with this value."""
    name, _, value = option.partition(" ")
    parameter = next(one for one in context.command.params if name in (*one.opts, *one.secondary_opts))
    if parameter.name is None or context.get_parameter_source(parameter.name) is not ParameterSource.COMMANDLINE:
        return False
    given = context.params[parameter.name]
    if isinstance(given, bool):
        return given == (name in parameter.opts)
    return not value or given == value
