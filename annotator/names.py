"""Names as people type them: which ones can be, and which ones are the same."""

from unicodedata import name as character_name
from unicodedata import normalize

import regex  # type: ignore[import-untyped]

from db.people import GOLD

LONGEST_NAME = 64
RULE = f"A name has 1 to {LONGEST_NAME} printable characters, letters of one writing, and is not {GOLD!r}"
_TOGETHER = ({"CJK", "HIRAGANA", "KATAKANA"}, {"CJK", "HANGUL"}, {"CJK", "BOPOMOFO"})
"""Writings that people do use in one name."""
_UNSEEN = regex.compile(r"[\p{Default_Ignorable_Code_Point}\u2800]")
"""Characters that Python calls printable and nobody sees."""


def tidied(name: str) -> str:
    """Return a name without white space around it, and with one space where it had more."""
    return " ".join(name.split())


def folded(name: str) -> str:
    """Return what two spellings of one name have in common, whatever their case, width and spaces."""
    return tidied(normalize("NFKC", normalize("NFKC", name).casefold()))


def is_gold(name: str) -> bool:
    """Whether the name is, or looks like, that of a file's own answers."""
    return folded(_UNSEEN.sub("", name)) == GOLD


def can_be(name: str) -> bool:
    """Whether a person may have this tidied name."""
    fits = 1 <= len(name) <= LONGEST_NAME and name.isprintable() and not _UNSEEN.search(name)
    return fits and _is_of_one_writing(name) and not is_gold(name)


def label_key(name: str) -> str:
    """Return what two labels may not share: the name in one case, without what nobody sees."""
    return folded(_UNSEEN.sub("", name))


def _is_of_one_writing(name: str) -> bool:
    """Tell whether no letter comes from another alphabet than the rest, where it would look like one of theirs."""
    letters = regex.findall(r"[\p{L}--[\p{Common}\p{Inherited}]]", normalize("NFKC", name), flags=regex.V1)
    writings = {"CJK" if regex.match(r"\p{Han}", each) else character_name(each, "?").split()[0] for each in letters}
    return len(writings) <= 1 or any(writings <= together for together in _TOGETHER)
