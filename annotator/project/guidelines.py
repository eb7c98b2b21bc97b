"""The guidelines: Markdown that researchers write and annotators read beside the sentence."""

from functools import lru_cache
from threading import Lock
from typing import BinaryIO

from markdown_it import MarkdownIt

from annotator.errors import BadGuidelines
from annotator.formats.faults import Unfit
from annotator.formats.lines import check_characters
from annotator.project.permissions import Actor, check_may_act
from db import audit, guidelines
from db.records import Guidelines
from db.store import Store

LONGEST = 100_000
"""Characters."""
_MOST_BYTES = 4 * LONGEST + 3
"""So many as UTF-8 takes for the longest, with a byte order mark."""

# No HTML of the author's and no images: nothing is loaded from elsewhere, and nothing runs.
_RENDERING = Lock()
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def write_guidelines(store: Store, text: str, *, actor: Actor) -> Guidelines:
    """Make this text the guidelines from now on and give their version; an unchanged text makes no new one.

    An empty text means that there are none any more. Older versions stay: answers name them.
    """
    text = text.replace("\r\n", "\n").strip()
    _check(text)
    with store.writing():
        check_may_act(store, actor, least="researcher")
        before = guidelines.newest(store)
        if before is not None and before.text == text:
            return before
        written = guidelines.add(store, text, actor)
        audit.record(store, actor, "guidelines written", {"version": written.version, "characters": len(text)})
    return written


def current(store: Store) -> Guidelines | None:
    """Give the guidelines that annotators see now; None where there are none, or an empty text took them away."""
    newest = guidelines.newest(store)
    return newest if newest is not None and newest.text else None


def read_version(store: Store, version: int | None = None) -> Guidelines:
    """Give that version of the guidelines, or the newest one."""
    found = guidelines.newest(store) if version is None else guidelines.read(store, version)
    if found is None:
        raise BadGuidelines(
            f"There is no version {version} of the guidelines; `whylight guidelines list` shows those there are."
            if version is not None
            else "This project has no guidelines yet; `whylight guidelines set` writes them."
        )
    return found


def read_file(file: BinaryIO, name: str) -> str:
    """Give a file's content as text; raises BadGuidelines for what is not UTF-8, or longer than guidelines may be."""
    content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise BadGuidelines(
            f"{name} has more than {_MOST_BYTES:,} bytes, and guidelines at most {LONGEST:,} characters; shorten it."
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadGuidelines(f"{name} is not UTF-8 at byte {error.start + 1}; save it as UTF-8.") from error


def guidelines_html(text: str) -> str:
    """Return Markdown as HTML that may enter a page: the author's own HTML is text in it, images are links' texts.

    A text is rendered once, however many pages ask for it at the same time.
    """
    with _RENDERING:
        return _render(text)


@lru_cache(maxsize=32)
def _render(text: str) -> str:
    html: str = _MARKDOWN.render(text)
    return html.replace("<a href=", '<a target="_blank" rel="noopener noreferrer" href=')


def _check(text: str) -> None:
    if len(text) > LONGEST:
        raise BadGuidelines(f"The guidelines have {len(text):,} characters, more than {LONGEST:,}; shorten them.")
    try:
        check_characters("guidelines", text)
    except Unfit as unfit:
        raise BadGuidelines(f"The guidelines have {unfit.found}; take it out.") from None
