"""`python -m learner`: train, evaluate, predict, explain and reproduce on files, with no project; unpack an encoder."""

import sys
from collections.abc import Sequence
from inspect import cleandoc

from learner.commands import evaluate, explain, predict, reproduce, shards, train, unpack_e5
from learner.commands.arguments import Parser
from learner.errors import LearnerError

_COMMANDS = {
    "train": train,
    "evaluate": evaluate,
    "predict": predict,
    "explain": explain,
    "shards": shards,
    "reproduce": reproduce,
    "unpack-e5": unpack_e5,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command that the arguments name; print a refusal as one sentence and exit with code 1."""
    try:
        given = _parser().parse_args(arguments)
        _COMMANDS[given.command].run(given)
    except LearnerError as error:
        _refuse(str(error))
    except OSError as error:
        _refuse(f"{error.filename2 or error.filename}: {error.strerror}")
    except KeyboardInterrupt:
        _refuse("stopped; nothing else was written")


def _parser() -> Parser:
    parser = Parser(prog="python -m learner", description="Teach a text classifier where to look, from files.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=Parser)
    for name, command in _COMMANDS.items():
        description = cleandoc(command.run.__doc__ or "")
        summary = description.partition("\n")[0]
        command.add_arguments(commands.add_parser(name, help=summary, description=description))
    return parser


def _refuse(sentence: str) -> None:
    sys.stderr.write(f"Error: {sentence}\n")
    raise SystemExit(1)


if __name__ == "__main__":
    main()
