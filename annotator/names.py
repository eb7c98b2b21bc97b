"""Names as people type them: which are valid, and which are the same."""

from unicodedata import name as character_name
from unicodedata import normalize

import regex  # type: ignore[import-untyped]

from db.team.people import GOLD

LONGEST_NAME = 64
LONGEST_TAG = 40
LONGEST_ID = 256
"""Characters of a sentence's id in its file."""
RULE = f"A name has 1 to {LONGEST_NAME} printable characters, letters of one script, and is not {GOLD!r}"
IMPORTED = "from-"
"""How the keys of people's answers begin that came in a file without one."""
_TOGETHER = ({"CJK", "HIRAGANA", "KATAKANA"}, {"CJK", "HANGUL"}, {"CJK", "BOPOMOFO"})
"""Scripts that people do use in one name."""
_INVISIBLE = regex.compile(r"[\p{Default_Ignorable_Code_Point}\u2800]")
"""Characters that Python calls printable although they are invisible."""


def tidied(name: str) -> str:
    """Return a name without white space around it, and with single spaces in it."""
    return " ".join(name.split())


def folded(name: str) -> str:
    """Return what two spellings of one name have in common, whatever their case, width and spaces."""
    return tidied(normalize("NFKC", normalize("NFKC", name).casefold()))


def is_gold(name: str) -> bool:
    """Return whether the name is, or looks like, that of a file's own answers."""
    return folded(_INVISIBLE.sub("", name)) == GOLD


def origin_in(key: str) -> str:
    """Return how a key begins that an import made, for a person's answer or for gold; "" for any other key."""
    return next((each for each in (IMPORTED, f"{GOLD}-") if key.startswith(each)), "")


def is_valid_name(name: str) -> bool:
    """Return whether a person may have this tidied name."""
    return broken_rule(name) is None


def broken_rule(name: str) -> str | None:
    """Return what keeps a person from having this tidied name, and what to do; None if they may have it."""
    if not name:
        return "Type a name; it is empty."
    if len(name) > LONGEST_NAME:
        return f"A name has at most {LONGEST_NAME} characters, and this one has {len(name)}; shorten it."
    if not name.isprintable() or _INVISIBLE.search(name):
        return "This name contains a character that cannot be seen; type it again by hand."
    if is_gold(name):
        return f"{GOLD!r} is the name of a file's own answers; type another one."
    scripts = _scripts(name)
    if len(scripts) > 1 and not any(scripts <= together for together in _TOGETHER):
        mixed = " and ".join(sorted(script.capitalize() for script in scripts))
        return f"This name mixes {mixed} letters, and could pass for another one; use letters of one script."
    return None


def label_key(name: str) -> str:
    """Return what no two labels, and no two sets, may share: the name in one case, without invisible characters."""
    return folded(_INVISIBLE.sub("", name))


def broken_tag_rule(tag: str) -> str | None:
    """Return what keeps this from being a tag; None if nothing does."""
    if not tag:
        return "a tag is a word, and this is empty"
    if len(tag) > LONGEST_TAG or not tag.isprintable():
        return f"a tag has at most {LONGEST_TAG} printable characters"
    if tag != label_key(tag):
        return "a tag is in lower case"
    if " " in tag or "," in tag:
        return "a tag is one word; write hard-case for two"
    return None


def _scripts(name: str) -> set[str]:
    """Return the scripts of a name's letters; in one script none can pass for a letter of another."""
    letters = regex.findall(r"[\p{L}--[\p{Common}\p{Inherited}]]", normalize("NFKC", name), flags=regex.V1)
    return {"CJK" if regex.match(r"\p{Han}", letter) else character_name(letter, "?").split()[0] for letter in letters}
