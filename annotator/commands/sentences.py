"""The commands that put sentences right: remove one for good, or correct its text."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from shlex import join, quote
from typing import IO, TYPE_CHECKING, Any

import click

from annotator.commands.arguments import AS_JSON, AS_PERSON, PROJECT, opened
from annotator.commands.contradictions import Group
from annotator.commands.terminal import confirm, emit, say

if TYPE_CHECKING:
    from annotator.care.kept_backups import KeptBackup
    from annotator.putting_right.correcting import Correction
    from annotator.putting_right.still_holding import StillHolding

_SHOWN = 60
"""Characters of a sentence that is to be removed."""
_DRY_RUN = click.option("--dry-run", is_flag=True, help="Say what would be done, and change nothing.")
_REASON = click.option("--reason", metavar="TEXT", help="Why, for the record; don't quote the sentence here.")
_YES = click.option("--yes", is_flag=True, help="Don't ask.")


@click.group("sentence", cls=Group)
def sentence_() -> None:
    """Remove sentences for good, correct a text, or list what was removed and corrected."""


@sentence_.command()
@PROJECT
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@_REASON
@_DRY_RUN
@_YES
@AS_PERSON
@AS_JSON
def remove(project: Path, ids: Sequence[str], reason: str | None, dry_run: bool, yes: bool, who: str | None) -> None:
    """Remove the sentences of PROJECT with these IDs for good: their text is blanked wherever the project keeps it."""
    from annotator.care.kept_backups import backups_holding
    from annotator.care.putting_right_wording import affected_lines
    from annotator.putting_right.removing import affected_by, remove_sentences

    with opened(project, who) as (store, actor):
        affected = affected_by(store, ids, actor=actor)
        for one in affected:
            say(f"{one.external_id} · “{one.text if len(one.text) <= _SHOWN else one.text[: _SHOWN - 1] + '…'}”")
            for line in affected_lines(one):
                say(f"  {line}")
        if dry_run:
            say("Nothing was removed.")
            emit({"dry_run": True, "sentences": [asdict(one) for one in affected]})
            return
        if not yes:
            confirm(f"Remove {_sentences(len(affected))} for good? This cannot be undone.")
        done = remove_sentences(store, ids, reason=reason, actor=actor)
        kept = backups_holding(store, done.sentence_ids, actor=actor)
    they, them = ("It was", "it") if len(affected) == 1 else ("They were", "them")
    say(f"Removed {_sentences(len(affected))}. No one is asked about {them}, and nothing counts or exports {them}.")
    if done.traces:
        say(f"{they} quoted in {done.traces:,} other rows and files, such as logs; that is gone too.")
    _say_holding(project, done.holding, kept)
    _end(project, done.not_erased, {"removed": len(affected)} | _facts(done.holding, kept))


@sentence_.command()
@PROJECT
@click.argument("id_", metavar="ID")
@click.option("--text", help="The corrected text.")
@click.option("--from-file", "file", type=click.File(encoding="utf-8"), help="A file with the text; - for stdin.")
@click.option("--query", help="The corrected query, for a sentence that has one; without this it stays.")
@_REASON
@_DRY_RUN
@_YES
@AS_PERSON
@AS_JSON
def replace(
    project: Path,
    id_: str,
    text: str | None,
    file: IO[str] | None,
    dry_run: bool,
    yes: bool,
    who: str | None,
    **given: Any,
) -> None:
    """Correct the text of the sentence of PROJECT with this ID; the old text is removed, answers that fit are kept."""
    from annotator.care.kept_backups import backups_holding
    from annotator.care.putting_right_wording import correction_lines
    from annotator.putting_right.replacing import preview_replacement, replace_sentence

    written = _one_text(text, file)
    with opened(project, who) as (store, actor):
        correction = preview_replacement(store, id_, written, query=given["query"], actor=actor)
        say(f"Old: {correction.sentence.text}")
        say(f"New: {correction.corrected.text}")
        for line in correction_lines(correction):
            say(line)
        if dry_run:
            say("Nothing was changed.")
            emit({"dry_run": True} | _counted(correction))
            return
        if not yes:
            confirm("Replace the text? The old one is removed for good.")
        done = replace_sentence(store, id_, written, actor=actor, **given)
        kept = backups_holding(store, done.sentence_ids, actor=actor)
    say(f"Replaced the text of {id_}.")
    _say_holding(project, done.holding, kept)
    _end(project, done.not_erased, _counted(done.correction) | _facts(done.holding, kept))


@sentence_.command("list")
@PROJECT
@AS_PERSON
@AS_JSON
def list_(project: Path, who: str | None) -> None:
    """List the sentences of PROJECT that were removed or corrected, and the backups that still have the old text."""
    from annotator.care.kept_backups import backups_holding
    from annotator.putting_right.removing import list_removals
    from annotator.putting_right.still_holding import NOTHING
    from annotator.wording import clock

    with opened(project, who) as (store, actor):
        log = list_removals(store, actor=actor)
        kept = backups_holding(store, actor=actor)
    for one in log:
        what = "removed" if one.replaced_by is None else "corrected"
        why = "" if one.reason is None else f": {one.reason}"
        say(f"{clock(one.at_ms)} · {one.external_id} · {what} by {one.person or 'the owner of the file'}{why}")
    if not log:
        say("No sentence was removed or corrected.")
    _say_holding(project, NOTHING, kept)
    emit({"sentences": [asdict(one) for one in log], "backups": [str(each.file) for each in kept]})


@sentence_.command()
@PROJECT
@AS_PERSON
@AS_JSON
def erase(project: Path, who: str | None) -> None:
    """Rewrite the file of PROJECT without what was removed, if a removal could not do that."""
    from annotator.putting_right.removing import erase_removed

    with opened(project, who) as (store, actor):
        erased = erase_removed(store, actor=actor)
    say(f"The file was rewritten without {_sentences(erased)}." if erased else "There was nothing left to erase.")
    emit({"erased": erased})


def _one_text(text: str | None, file: IO[str] | None) -> str:
    if (text is None) == (file is None):
        many = "" if text is None else ", not with both"
        raise click.UsageError(f"Give the corrected text with --text or with --from-file{many}.")
    return text if text is not None else "" if file is None else file.read().rstrip("\r\n")


def _counted(correction: "Correction") -> dict[str, Any]:
    counts = {name: getattr(correction, name) for name in ("kept", "asked_again", "notes_dropped", "metadata_dropped")}
    return counts | {"sentence": correction.sentence.external_id, "tokens": list(correction.corrected.tokens)}


def _say_holding(project: Path, holding: "StillHolding", kept: "Sequence[KeptBackup]") -> None:
    from annotator.care.putting_right_wording import holding_lines

    command = join(["rm", *(str(each.file) for each in kept)])
    what_to_do = f"To remove these backups, make a new one with `whylight backup`, then run `{command}`."
    for line in holding_lines(holding, kept, what_to_do=what_to_do):
        say(line)
    if holding.rounds:
        say(f"`whylight round delete {quote(str(project))} ROUND` removes a round's model.")


def _end(project: Path, not_erased: str | None, facts: dict[str, Any]) -> None:
    """Print the facts, and fail if the file still has to be rewritten."""
    from annotator.errors import NotErased

    emit(facts | {"erased": not_erased is None})
    if not_erased is not None:
        command = f"whylight sentence erase {quote(str(project))}"
        raise NotErased(f"The file could not be rewritten without the text yet: {not_erased} Then run `{command}`.")


def _facts(holding: "StillHolding", kept: "Sequence[KeptBackup]") -> dict[str, Any]:
    return asdict(holding) | {"backups": [str(each.file) for each in kept]}


def _sentences(number: int) -> str:
    from annotator.wording import counted

    return counted(number, "sentence")
