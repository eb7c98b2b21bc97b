"""The command that asks a language model for suggestions, and shows what they changed."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from annotator.commands.arguments import AS_JSON, AS_PERSON, MOST, PROJECT, opened
from annotator.commands.contradictions import Command
from annotator.commands.terminal import emit, progress_bar, say, show

if TYPE_CHECKING:
    from annotator.language_model.run import SuggestReport

_INTERRUPTED = 130
"""The exit code of a command that Ctrl-C ended."""


@click.command(cls=Command)
@PROJECT
@click.option("--base-url", help="The server's address up to /chat/completions, such as http://127.0.0.1:11434/v1.")
@click.option("--model", help="The model, as the server calls it.")
@click.option("--send-text-to", metavar="HOST", help="Allow this host, which is another machine, to get the text.")
@click.option("--share", type=float, default=0.5, show_default=True, help="The share that gets a suggestion.")
@click.option("--limit", type=click.IntRange(1, MOST), help="Ask about at most this many sentences.")
@click.option(
    "--max-tokens-total", type=click.IntRange(1, MOST), help="Send no sentence once this many tokens are used."
)
@click.option("--with-guidelines", is_flag=True, help="Send the project's guidelines with each sentence.")
@click.option(
    "--answer-tokens",
    type=click.IntRange(16, 100_000),
    default=512,
    show_default=True,
    help="How long an answer may be.",
)
@click.option(
    "--timeout",
    "timeout_s",
    type=click.FloatRange(0.1, 3600),
    default=60,
    show_default=True,
    help="Seconds that an answer may take.",
)
@click.option("--figures", is_flag=True, help="Ask nothing; show what the suggestions so far have changed.")
@AS_PERSON
@AS_JSON
def suggest(
    project: Path, base_url: str | None, model: str | None, figures: bool, who: str | None, **chosen: object
) -> None:
    """Ask a language model for a label and words of PROJECT's open sentences, which people see after their first mark.

    The key for the server, if it wants one, comes from WHYLIGHT_LLM_KEY alone.
    """
    if figures:
        _show_figures(project, who)
        return
    if base_url is None or model is None:
        raise click.UsageError("Give both --base-url and --model, or --figures.")
    from annotator.errors import CannotSuggest
    from annotator.language_model.client import KEY_VARIABLE
    from annotator.language_model.run import SuggestSettings, suggest

    settings = SuggestSettings(base_url, model, **chosen)  # type: ignore[arg-type]
    with opened(project, who) as (store, actor), progress_bar("Asking") as progress:
        report = suggest(store, settings, key=os.environ.get(KEY_VARIABLE), actor=actor, progress=progress)
    _show(report, settings.limit)
    emit(report.facts())
    if report.ended_by == "interrupted":
        click.get_current_context().exit(_INTERRUPTED)
    if report.ended_by not in ("all done", "limit", "tokens"):
        raise CannotSuggest(f"{report.ended_by} What came before is kept; the same command resumes.")


def _show(report: "SuggestReport", limit: int | None) -> None:
    """Print what a run did, in sentences."""
    from annotator.wording import counted

    if not report.asked and not report.left_without and report.ended_by == "all done":
        say("No open sentence is left to ask about: each has a suggestion, was left without, or was drawn by chance.")
        return
    say(f"Suggestions: {report.given:,}; sentences left without: {report.left_without:,}.")
    if report.unusable:
        reasons = ", ".join(f"{why} {number:,}" for why, number in report.unusable.most_common())
        answers = counted(report.unusable.total(), "answer")
        say(f"{answers} could not be used: {reasons}. The next run asks again.")
    where = f"went to {report.host}" if report.leaves_machine else "were sent; none left this machine"
    about = "about " if report.tokens_are_estimated else ""
    requests = counted(report.sends, "request")
    say(f"{report.characters:,} characters in {requests} {where}; {about}{report.tokens:,} tokens.")
    ends = {
        "limit": f"It ended after {counted(limit or 0, 'sentence')}, as --limit says.",
        "tokens": "It ended because the tokens of --max-tokens-total are used.",
        "interrupted": "You stopped it; the same command resumes.",
    }
    if report.ended_by in ends:
        say(ends[report.ended_by])


def _show_figures(project: Path, who: str | None) -> None:
    from dataclasses import asdict

    from annotator.commands.tables import listing
    from annotator.reviewing.suggestion_figures import suggestion_figures
    from annotator.reviewing.suggestion_wording import ABOUT, tables_of, what_was_asked

    with opened(project, who) as (store, actor):
        found = suggestion_figures(store, actor=actor)
    say("There are no suggestions." if found is None else what_was_asked(found))
    if found is not None:
        for head, rows in tables_of(found):
            show(listing(head, rows))
        say(ABOUT)
    emit({"suggestions": None if found is None else asdict(found)})
