"""Whether a row gives its sentence another text, and whether it may."""

from collections.abc import Collection

from annotator.formats.faults import Unfit, show
from annotator.formats.rows import SentenceRow
from annotator.importing.settings import Update
from annotator.putting_right.carrying import Carrying
from annotator.putting_right.correcting import carrying_to
from db.corpus.sentences import EncodedSentence
from db.corpus.spool import Spool
from db.finding import texts
from db.finding.texts import Text
from db.records import SPLITS, Sentence
from db.store import Store


def correction_of(row: SentenceRow, stored: Sentence, wanted: Collection[Update]) -> Carrying | None:
    """Return where the sentence's words are in the row's text; None if it is the same text.

    Raises Unfit for another text that is not `wanted`, and for other tokens of the same text.
    """
    if (row.text, row.query) == (stored.text, stored.query):
        _check_tokens(row, stored)
        return None
    may_correct = "text" in wanted and (row.query is None) == (stored.query is None)
    for name, found, known in (("text", row.text, stored.text), ("query", row.query, stored.query)):
        if found != known and not may_correct:
            hint = "" if None in (found, known) else "; --update text takes the file's"
            raise Unfit(name, show(found), f"{show(known)}, which the project has under the same id{hint}")
    return carrying_to(stored, row)


def check_split(store: Store, spool: Spool, encoded: EncodedSentence, stored: Sentence) -> None:
    """Raise Unfit if the corrected text is in another split, in the project or in an earlier row."""
    text = Text(encoded.token_hash, encoded.query_tokens)
    name = f"{encoded.token_hash.hex()} {encoded.query_tokens or ''}"
    noted = spool.noted("split of corrected text", [name]).get(name)
    in_file = None if noted is None else SPLITS[noted]
    for split, whose in ((texts.splits_of(store, [text]).get(text), "the project has"), (in_file, "the file puts")):
        if split not in (None, stored.split):
            expected = (
                f"a text that is in no other split: this sentence is in {stored.split}, and {whose} it in {split}"
            )
            raise Unfit("text", show(encoded.text), expected)
    spool.note("split of corrected text", {name: SPLITS.index(stored.split)})


def _check_tokens(row: SentenceRow, stored: Sentence) -> None:
    # Sentences are never cut again: marks on tokens cut by a newer tokenizer would fall on other words.
    if row.tokens != stored.tokens and (row.tokens_given or row.marks or row.annotations):
        expected = f"the {len(stored.tokens)} tokens that the project has under the same id"
        raise Unfit("tokens", f"{len(row.tokens)} other tokens", expected)
