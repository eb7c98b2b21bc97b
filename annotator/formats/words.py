"""A text and its tokens as a file gives them: either, or both if they agree."""

from typing import NamedTuple

from annotator.formats.faults import Unfit, show
from annotator.formats.files.line_breaks import with_newlines
from annotator.formats.files.lines import check_characters
from annotator.formats.rows import MOST_CHARACTERS, MOST_TOKENS
from learner.data.token_places import TokenNotInText, join, locate
from learner.data.tokenizer import cut as cut_text
from learner.data.tokenizer import is_unseen


class Words(NamedTuple):
    """A checked text, its tokens and where they start; `given` if the file cut it."""

    text: str
    tokens: tuple[str, ...]
    starts: tuple[int, ...]
    given: bool
    written: str | None = None
    """The text as its file has it, where other line breaks became newlines: a file's spans count in it."""


def cut(text: str, field: str = "text") -> Words:
    """Return a text, its line breaks as newlines alone, with the tokens of our own tokenizer."""
    mended = with_newlines(text)
    _check_text(field, mended)
    tokens, starts = cut_text(mended)
    _check_count(field, len(tokens))
    return Words(mended, tuple(tokens), tuple(starts), False, written=None if mended == text else text)


def read_words(text: object, tokens: object, field: str = "text", tokens_field: str = "tokens") -> Words | None:
    """Return what the two fields give together; None if both are missing or null."""
    if text is None and tokens is None:
        return None
    if text is not None and not isinstance(text, str):
        raise Unfit(field, show(text), "a string")
    if tokens is None:
        return cut(str(text), field)
    given = _read_tokens(tokens, tokens_field)
    if text is None:
        text, starts = join(given)
        _check_text(tokens_field, text)
    else:
        _check_text(field, text)
        starts = _locate(given, text, tokens_field)
    return Words(text, tuple(given), tuple(starts), True)


def _read_tokens(value: object, field: str) -> list[str]:
    if not isinstance(value, list) or not value:
        raise Unfit(field, show(value), "a list of words")
    _check_count(field, len(value))
    for index, token in enumerate(value):
        if not isinstance(token, str) or not token or token.isspace() or "\n" in token:
            raise Unfit(f"{field}[{index}]", show(token), "a word without line breaks")
    return value


def _locate(tokens: list[str], text: str, field: str) -> list[int]:
    try:
        return locate(tokens, text)
    except TokenNotInText as error:
        rest = show(text[error.after : error.after + 30])
        expected = f"a word of the text after its first {error.after} characters ({rest})"
        raise Unfit(f"{field}[{error.index}]", show(error.token), expected) from None


def _check_text(field: str, text: str) -> None:
    if len(text) > MOST_CHARACTERS:
        raise Unfit(field, f"{len(text):,} characters", f"at most {MOST_CHARACTERS:,}")
    check_characters(field, text)
    if is_unseen(text):
        raise Unfit(field, f"nothing visible in {show(text)}", "a sentence")


def _check_count(field: str, count: int) -> None:
    if count > MOST_TOKENS:
        raise Unfit(field, f"{count:,} tokens", f"at most {MOST_TOKENS:,}")
