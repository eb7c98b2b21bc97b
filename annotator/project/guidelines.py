"""The guidelines: Markdown that researchers write and annotators read next to the sentence."""

from functools import lru_cache
from threading import Lock
from typing import BinaryIO

from markdown_it import MarkdownIt

from annotator.errors import BadGuidelines
from annotator.formats.faults import Unfit
from annotator.formats.files.lines import check_characters
from annotator.project.guidelines_diff import Piece, compare_texts
from annotator.project.permissions import Actor, check_may_act
from db.records import Guidelines
from db.store import Store
from db.team import audit, guidelines

LONGEST = 100_000
"""Characters."""
_MOST_BYTES = 4 * LONGEST + 3
"""The most that the longest text takes in UTF-8, with a byte order mark."""

# Without the author's HTML and images nothing is loaded from elsewhere, and nothing runs.
_RENDERING = Lock()
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def write_guidelines(store: Store, text: str, *, instead_of: int | None = None, actor: Actor) -> Guidelines:
    """Make this text the guidelines from now on and return it with its version; an unchanged text gets no new one.

    An empty text removes the guidelines. Older versions stay, because answers refer to them. `instead_of` is the
    version that the writer saw, 0 for none; BadGuidelines is raised if a newer one was saved meanwhile.
    """
    text = text.replace("\r\n", "\n").strip()
    _check(text)
    with store.writing():
        check_may_act(store, actor, least="researcher")
        before = guidelines.newest(store)
        if before is not None and before.text == text:
            return before
        if before is not None and instead_of is not None and before.version > instead_of:
            raise BadGuidelines(
                f"Version {before.version} was saved while you were writing, so yours was not saved. Compare it under "
                "Versions; saving again puts your text in its place."
            )
        written = guidelines.add(store, text, actor)
        audit.record(store, actor, "guidelines written", {"version": written.version, "characters": len(text)})
    return written


def current(store: Store) -> Guidelines | None:
    """Return the guidelines that annotators see now; None if there are none, or an empty text removed them."""
    newest = guidelines.newest(store)
    return newest if newest is not None and newest.text else None


def read_version(store: Store, version: int | None = None) -> Guidelines:
    """Return that version of the guidelines, or the newest one."""
    found = guidelines.newest(store) if version is None else guidelines.read(store, version)
    if found is None:
        raise BadGuidelines(
            f"There is no version {version} of the guidelines; `whylight guidelines list` shows them all."
            if version is not None
            else "This project has no guidelines yet; write them with `whylight guidelines set`."
        )
    return found


def list_versions(store: Store, *, actor: Actor) -> list[Guidelines]:
    """Return all versions of the guidelines, newest first."""
    check_may_act(store, actor, least="researcher")
    return guidelines.all_of(store)


def compare_versions(store: Store, before: int, after: int, *, actor: Actor) -> list[Piece]:
    """Return the pieces of two versions: those in both, and those that were removed or added between them."""
    check_may_act(store, actor, least="researcher")
    return compare_texts(read_version(store, before).text, read_version(store, after).text)


def read_file(file: BinaryIO, name: str) -> str:
    """Return a file's content as text; raises BadGuidelines if it is not UTF-8, or longer than guidelines may be."""
    content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise BadGuidelines(
            f"{name} has more than {_MOST_BYTES:,} bytes, but guidelines at most {LONGEST:,} characters; shorten it."
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadGuidelines(f"{name} is not UTF-8 at byte {error.start + 1}; save it as UTF-8.") from error


def guidelines_html(text: str) -> str:
    """Return Markdown as HTML that is safe in a page: the author's own HTML is shown as text, images become links.

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
