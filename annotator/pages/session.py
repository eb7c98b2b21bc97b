"""What this browser tab's session remembers: the only file that names session-state keys.

Who is signed in is also kept in a cookie of the browser, so that a reload, or a restart of the
server, does not send people back to the name picker. It is a convenience, no access control.
"""

from collections.abc import Sequence
from re import fullmatch
from typing import Any

import streamlit as st
from streamlit.components.v2 import component

from annotator.answering.message import Message, Neighbours, names_answer, read_message
from annotator.project.people import Identity

MARKER = "marker"
"""The word marker's key."""
SENDER = "sender"
"""The key of what sends waiting answers from pages without the word marker."""
SENTENCES = "sentences"
"""The key of the list of sentences."""
OWN = "own"
"""The key of the list of one's own answers."""
REVIEW = "review"
"""The key of the sheet of sentences to settle."""
SEARCH = "search"
"""The filter of the list that holds text."""

_PERSON = "person"
_RECEIPTS = "receipts"
_HOLDING = "holding"
_NEIGHBOURS = "neighbours"
_BEGUN = "page begun"
_HEARD = "heard"
_TROUBLE = "trouble"
_LEFT = "left in the browser"
_ARRIVED = "arrived"
_WARNED = "warned of answers left"
_SCREEN = "screen"
_ROUND_TROUBLE = "round trouble"
_SHOWN_TROUBLE = "shown round trouble"
_TOLD = "told"
_REOPEN = "reopen"
_WORK = "work position"
_DECIDED = "decided"
_REVIEWED = "review position"
_LIST = "list position"
_FILTER = "filter"
_NOT_CANCELLED = "upload not cancelled"
_DISMISSED = "dismissed upload"
_PREVIEWED = "previewed upload"

_YEAR_S = 365 * 24 * 3600

_set_cookie = component(
    "whylight_person_cookie",
    js="""
    export default function ({ data }) {
      document.cookie = `${data.name}=${data.value}; path=/; max-age=${data.max_age_s}; samesite=strict`;
    }
    """,
)


def sign_in(person_uid: str) -> None:
    """Let this session act for that person."""
    st.session_state.clear()
    st.session_state[_PERSON] = person_uid


def sign_out() -> None:
    """Let this session act for nobody."""
    st.session_state.clear()
    st.session_state[_PERSON] = None


def person_uid(project_uid: str) -> str | None:
    """Return the uid of the person who signed in here, in this session or before it, or None."""
    if _PERSON not in st.session_state:
        remembered = st.context.cookies.get(_cookie_name(project_uid), "")
        st.session_state[_PERSON] = remembered if fullmatch("[0-9a-f]{32}", remembered) else None
    signed_in: str | None = st.session_state[_PERSON]
    return signed_in


def uses_provider() -> bool:
    """Whether people sign in through an identity provider: Streamlit's secrets have a section `auth`."""
    return st.secrets.load_if_toml_exists() and "auth" in st.secrets


def identity() -> Identity | None:
    """Give whom the identity provider vouches for in this browser, or None."""
    if not st.user.get("is_logged_in"):
        return None
    issuer, subject = st.user.get("iss"), st.user.get("sub")
    if not isinstance(issuer, str) or not isinstance(subject, str):
        return None
    return Identity(issuer, subject, str(st.user.get("name") or st.user.get("preferred_username") or subject))


def remember_person(project_uid: str) -> None:
    """Let the browser keep, or forget, who is signed in."""
    signed_in = st.session_state.get(_PERSON)
    value, max_age_s = ("", 0) if signed_in is None else (signed_in, _YEAR_S)
    _set_cookie(key="person-cookie", data={"name": _cookie_name(project_uid), "value": value, "max_age_s": max_age_s})


def marker_message() -> Message:
    """Return what the word marker has just sent."""
    return read_message(st.session_state.get(MARKER, {}).get("sync"))


def sender_message() -> Message:
    """Return what the sender has just sent."""
    return read_message(st.session_state.get(SENDER, {}).get("sync"))


def keep_receipts(receipts: Sequence[dict[str, str]], *, left: int = 0) -> None:
    """Keep for the next drawing what became of the last answers, and how many are left in the browser."""
    st.session_state[_RECEIPTS] = list(receipts)
    st.session_state[_LEFT] = left
    st.session_state[_TROUBLE] = ""
    if not left:
        st.session_state.pop(_WARNED, None)


def note_sent(number: int) -> None:
    """Note that so many answers are being stored: until their receipts are kept, the browser has them still."""
    st.session_state[_LEFT] = number


def left_in_browser() -> int:
    """Return how many answers the browser had, when it last spoke, that are without a receipt still."""
    left: int = st.session_state.get(_LEFT, 0)
    return left


def was_warned_of(left: int) -> bool:
    """Return whether this session has been warned already that so many answers are left; warned it is from now on."""
    warned = st.session_state.get(_WARNED) == left
    st.session_state[_WARNED] = left
    return warned


def note_arrived() -> None:
    """Note that answers have come on a page that counts them."""
    st.session_state[_ARRIVED] = True


def take_arrived() -> bool:
    """Return once whether answers have come since the page was drawn as a whole."""
    arrived: bool = st.session_state.pop(_ARRIVED, False)
    return arrived


def keep_asked(message: Message) -> None:
    """Keep for the next drawing what the browser holds and asks for.

    It asks for the newest answers where some of those that came are from before its page.
    """
    st.session_state[_HOLDING] = message.holding
    st.session_state[_NEIGHBOURS] = message.neighbours
    st.session_state[_BEGUN] = st.session_state.get(_BEGUN, False) or message.wants_newest


def hear(message: Message) -> None:
    """Keep the number of the message that the browser has just sent: each drawing says which one it answers."""
    st.session_state[_HEARD] = message.number


def heard() -> int:
    """Give the number of the message that came last; 0 when none has come."""
    number: int = st.session_state.get(_HEARD, 0)
    return number


def receipts() -> list[dict[str, str]]:
    """Give the receipts for the answers that came last; handing one out twice does no harm."""
    kept: list[dict[str, str]] = st.session_state.get(_RECEIPTS, [])
    return kept


def begin_page() -> None:
    """Note that the page is drawn as a whole: the marker may be a new one, which knows nothing yet."""
    st.session_state[_BEGUN] = True
    st.session_state[_NEIGHBOURS] = None


def page_begins() -> bool:
    """Whether the marker has been drawn not once since then; what a save draws is the marker alone."""
    begins: bool = st.session_state.get(_BEGUN, False)
    return begins


def neighbours() -> Neighbours | None:
    """Return which earlier answers the browser asked for, or None."""
    asked: Neighbours | None = st.session_state.get(_NEIGHBOURS)
    return asked


def holding() -> tuple[int, ...]:
    """Return the sentences that the browser held when it last spoke, the one on screen first."""
    held: tuple[int, ...] = st.session_state.get(_HOLDING, ())
    return held


def keep_trouble(message: str) -> None:
    """Keep why the last answers could not be saved."""
    st.session_state[_TROUBLE] = message


def trouble() -> str:
    """Give why the last answers could not be saved; empty when they could."""
    message: str = st.session_state.get(_TROUBLE, "")
    return message


def keep_round_trouble(message: str) -> None:
    """Keep why a round could not be started or cancelled, for the next drawing."""
    st.session_state[_ROUND_TROUBLE] = message


def take_round_trouble() -> str:
    """Give why a round could not be started or cancelled, once; empty when nothing went wrong."""
    message: str = st.session_state.pop(_ROUND_TROUBLE, "")
    st.session_state[_SHOWN_TROUBLE] = message
    return message


def show_round_trouble_again() -> None:
    """Let the next drawing say it once more: it is one that nobody has asked for."""
    st.session_state.setdefault(_ROUND_TROUBLE, st.session_state.get(_SHOWN_TROUBLE, ""))


def keep_told(message: str) -> None:
    """Keep what became of something that was asked for, for the next drawing."""
    st.session_state[_TOLD] = message


def take_told() -> str:
    """Give what became of something that was asked for, once; empty when nothing was."""
    message: str = st.session_state.pop(_TOLD, "")
    return message


def opened_sentence() -> str | None:
    """Give the id of the sentence that was just chosen in the list, or None."""
    chosen = st.session_state.get(SENTENCES, {}).get("open")
    return chosen if isinstance(chosen, str) else None


def reopen_own() -> None:
    """Keep which of their own answers somebody has just chosen to go back to."""
    chosen = st.session_state.get(OWN, {}).get("open")
    if names_answer(chosen):
        st.session_state[_REOPEN] = chosen


def reopening() -> bool:
    """Whether somebody is on their way back to one of their answers."""
    return _REOPEN in st.session_state


def take_reopened() -> str | None:
    """Give the key of the answer that somebody goes back to, once; None when there is none."""
    key: str | None = st.session_state.pop(_REOPEN, None)
    return key


def work_position(chosen: object) -> list[int]:
    """Give the ids before which the pages of somebody's own list began; another choice begins anew."""
    kept, starts = st.session_state.get(_WORK, (None, []))
    return starts if kept == chosen else [0]


def keep_work_position(chosen: object, starts: Sequence[int]) -> None:
    """Keep the ids before which the pages of somebody's own list began, for this choice."""
    st.session_state[_WORK] = (chosen, list(starts))


def keep_decided(receipts: Sequence[dict[str, str]]) -> None:
    """Keep for the next drawing what became of the last decisions."""
    st.session_state[_DECIDED] = list(receipts)


def decided() -> list[dict[str, str]]:
    """Give what became of the decisions that came last; handing it out twice does no harm."""
    receipts: list[dict[str, str]] = st.session_state.get(_DECIDED, [])
    return receipts


def review_message() -> object:
    """Return what the review sheet has just sent, decisions and admissions, or None."""
    return st.session_state.get(REVIEW, {}).get("settle")


def review_position(shown: str) -> int:
    """Give the place at which the page of sentences to review begins; another choice begins anew."""
    kept, first = st.session_state.get(_REVIEWED, (None, 0))
    return first if kept == shown else 0


def keep_review_position(shown: str, first: int) -> None:
    """Keep the place at which the page of sentences to review begins, for this choice."""
    st.session_state[_REVIEWED] = (shown, max(0, first))


def list_position(chosen: object) -> list[int]:
    """Give the ids after which the pages of the list so far began; another filter begins anew."""
    kept, starts = st.session_state.get(_LIST, (None, []))
    return starts if kept == chosen else [0]


def keep_list_position(chosen: object, starts: Sequence[int]) -> None:
    """Keep the ids after which the pages of the list so far began, for this filter."""
    st.session_state[_LIST] = (chosen, list(starts))


def filter_key(name: str) -> str:
    """Give the key of one of the widgets that filter the list."""
    return f"{_FILTER} {name}"


def clear_filters() -> None:
    """Empty every filter of the list; deleting them would let Streamlit bring back what it keeps of them."""
    for key in list(st.session_state):
        if str(key).startswith(_FILTER):
            st.session_state[key] = "" if key == filter_key(SEARCH) else None


def dismiss_upload(upload_id: int) -> None:
    """Let this session not be told of that upload any more."""
    st.session_state[_DISMISSED] = upload_id


def keep_preview(file_id: str, upload_id: int) -> None:
    """Remember which upload is the dry run of a file that was chosen in the form."""
    st.session_state[_PREVIEWED] = (file_id, upload_id)


def preview_of(file_id: str) -> int | None:
    """Return the upload that is the dry run of this file, or None."""
    kept_file, upload_id = st.session_state.get(_PREVIEWED, ("", None))
    return upload_id if kept_file == file_id else None


def dismissed_upload() -> int:
    """Give the last upload that this session does not want to be told of; 0 when there is none."""
    number: int = st.session_state.get(_DISMISSED, 0)
    return number


def keep_upload_refusal(upload_id: int, said: str) -> None:
    """Keep why that upload could not be cancelled."""
    st.session_state[_NOT_CANCELLED] = (upload_id, said)


def upload_refusal(upload_id: int) -> str:
    """Give why that upload could not be cancelled; empty when nothing was refused."""
    refused, said = st.session_state.get(_NOT_CANCELLED, (0, ""))
    return said if refused == upload_id else ""


def keep_screen(data: dict[str, Any]) -> None:
    """Keep what the word marker drew, for when the store cannot be read; its page has begun."""
    st.session_state[_BEGUN] = False
    st.session_state[_SCREEN] = data


def last_screen() -> dict[str, Any] | None:
    """Give what the word marker drew last, or None."""
    drawn: dict[str, Any] | None = st.session_state.get(_SCREEN)
    return drawn


def _cookie_name(project_uid: str) -> str:
    return f"whylight-person-{project_uid}"
