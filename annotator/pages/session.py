"""What the pages keep for their next drawing, in this browser tab's session, and who is here.

Only this file names keys of the session, and widgets.py those of widgets whose values it reads.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotator.answering.message import Message, Neighbours
from annotator.answering.screen import ScreenRequest
from annotator.pages.kept import Kept, KeptFor
from annotator.rounds.asking.model_message import WordChange
from annotator.rounds.asking.scorer_messages import WithoutWord
from annotator.rounds.asking.trying import Trial


@dataclass(frozen=True)
class PutRight:
    """What removing a sentence, or correcting its text, did."""

    title: str
    lines: tuple[str, ...]
    undo: tuple[str, str, str | None] | None = None
    """The sentence's id, and its text and query before; kept in memory alone, so that it can be put back."""


Receipts = list[dict[str, str]]
Act = Callable[[], None]

PAIRS_AT_ONCE = 20
"""How many compared sentences are shown before the person asks for more."""

person = Kept[str | None]("person", "")
"""The uid of the person who is here; None if no one is, and empty until their browser has been asked."""
leaving = Kept("leaving", False)
"""Whether they have signed out and their browser still remembers them."""

receipts = Kept[Receipts]("receipts", [])
"""What happened to the answers that came last; returning it twice does no harm."""
left_in_browser = Kept("left in the browser", 0)
"""How many answers were in the browser's last message and are still without a receipt."""
trouble = Kept("trouble", "")
"""Why the last answers could not be saved; empty when they could."""
answers_arrived = Kept("answers arrived", False)
"""Whether answers have arrived since the page was drawn as a whole."""
holding = Kept[Sequence[int]]("holding", ())
"""The sentences that the browser held when its last message came, the one on screen first."""
has = Kept[Mapping[int, int | None]]("has", {})
"""Those that it had as a whole, and the round whose saliency it had of each."""
neighbours = Kept[Neighbours | None]("neighbours", None)
"""Which earlier answers the browser asked for."""
page_is_new = Kept("page is new", False)
"""Whether the page was drawn as a whole and its marker not since then; a save draws only the marker."""
last_message_number = Kept("last message number", 0)
"""The number of the last message, which each drawing names; 0 if there has been none."""
last_screen = Kept[dict[str, Any] | None]("last screen", None)
"""What the word marker drew last, for times when the store cannot be read."""
reopened = Kept[str | None]("reopened", None)
"""The key of the person's own answer to which they are going back."""

welcome = Kept("welcome", "")
"""What someone who has just come for the first time may do, until they close it."""
notice = Kept("notice", "")
"""What happened to something that the person asked for."""
outcome = KeptFor[str, tuple[str, bool]]("outcome", ("", False))
"""What the last click did, and whether it was refused, for the place where the button is."""
asked_twice = Kept("asked twice", "")
"""The place of the button that asks for confirmation before it acts; empty if none does."""
refused_choices = Kept("refused choices", 0)
"""How often a choice was refused or discarded: its widget then starts again with the stored value."""
backup_to_restore = Kept("backup to restore", "")
"""The path of the backup about which the page asks; empty if it asks about none."""
typed_guidelines = Kept[str | None]("typed guidelines", None)
"""The guidelines as they are being written; None if they are as they were saved."""
history_position = Kept[list[int]]("history position", [0])
"""The numbers before which the pages of the history so far began."""
_part = Kept("part of the project page", "")
round_trouble = Kept("round trouble", "")
"""Why a round could not be started or cancelled."""
decided = Kept[Receipts]("decided", [])
"""What happened to the decisions that came last; returning it twice does no harm."""
undoable = Kept[tuple[Sequence[int], bool]]("undoable", ((), False))
"""The decisions that were just made or withdrawn, by number, and whether undoing that withdraws them."""
upload_refusal = KeptFor[int, str]("upload refusal", "")
"""Why an upload could not be cancelled, by its id."""
dry_run = KeptFor[str, int | None]("dry run", None)
"""Which upload is the dry run of a file that was chosen in the form, by the file's id and the form's settings."""
own_position = KeptFor[object, list[int]]("own position", [0])
"""The ids before which the pages of the person's own list began, for what they chose to see."""
list_position = KeptFor[object, list[int]]("list position", [0])
"""The ids after which the pages of the list so far began, for its filter."""
last_tagging = Kept[tuple[str, int] | None]("last tagging", None)
"""The tag that the last act on the list gave, and when; it can be taken back."""
put_right = Kept[PutRight | None]("put right", None)
"""What the last removal or correction of a sentence did, until it is dismissed."""
acts_done = Kept("acts done", 0)
"""How often something was done in a popover, which is then closed."""
review_position = KeptFor[str, int]("review position", 0)
"""The place at which the page of sentences to review begins, for what is shown."""

pairs_shown = KeptFor[object, int]("pairs shown", PAIRS_AT_ONCE)
"""How many compared sentences are shown, for the two rounds and the kind of sentences."""
trial = Kept[Trial | None]("trial", None)
"""The sentence that is tried on models."""
refused_changes = Kept("refused changes", 0)
"""How often a change of a word was refused: the sentence is then drawn again, and waits for no answer."""
asked_change = Kept[WordChange | None]("asked change", None)
"""The change of a word of that sentence that the person has just asked for."""
telling_position = KeptFor[object, int]("telling position", 0)
"""Which of the sentences that show what the marks did is shown, for a twin and its round."""
changed_telling = KeptFor[object, Trial | None]("changed telling", None)
"""That sentence with the change of a word that the person asked for, for a twin, its round and the sentence."""
asked_about_telling = Kept[WordChange | None]("asked about telling", None)
"""The change of a word of that sentence that the person has just asked for."""
loaded_ahead = KeptFor[object, bool]("loaded ahead", False)
"""Whether the models of a twin and its round are being loaded for the first changed word, or were."""
asked_removal = Kept("asked removal", "")
"""The word that the person has just asked to delete from every sentence."""
removals = KeptFor[int, dict[str, WithoutWord]]("removals", {})
"""What deleting words from every sentence changed, by the round that was asked."""
model_trouble = Kept("model trouble", "")
"""Why a model could not be asked, or a rule for a word not be made."""
word_position = KeptFor[str, list[int]]("word position", [0])
"""The sentences after which the pages of the person's own answers with a word began, for that word."""
picked = Kept("picked", 0)
"""The sentence that the person has chosen to answer next; 0 for none."""

_warned_of = Kept("warned of answers left", 0)
_warned_of_repeating = Kept("warned of repeating a round", 0)
_shown_trouble = Kept("shown round trouble", "")


def keep_receipts(came: Sequence[dict[str, str]], *, left: int = 0) -> None:
    """Keep for the next drawing what happened to the last answers, and how many are left in the browser."""
    receipts.keep(list(came))
    left_in_browser.keep(left)
    trouble.keep("")
    if not left:
        _warned_of.take()


def was_warned_of(left: int) -> bool:
    """Return whether this session has been warned that this many answers are left; from now on it has."""
    was_warned = _warned_of.get() == left
    _warned_of.keep(left)
    return was_warned


def was_warned_of_repeating(round_id: int) -> bool:
    """Return whether this session has been warned that it would repeat this round; from now on it has."""
    was_warned = _warned_of_repeating.get() == round_id
    _warned_of_repeating.keep(round_id)
    return was_warned


def keep_asked(message: Message) -> None:
    """Keep for the next drawing what the browser holds, and which earlier answers it asks for.

    It asks for the newest answers if some of those that came were given before its page was loaded.
    """
    holding.keep(message.holding)
    has.keep(message.has)
    neighbours.keep(message.neighbours)
    page_is_new.keep(page_is_new.get() or message.wants_newest)


def begin_page() -> None:
    """Note that the page is drawn as a whole: the marker may be a new one that has no answers yet."""
    page_is_new.keep(True)
    neighbours.keep(None)


def take_screen_request() -> ScreenRequest:
    """Return what the page has and asks for; an answer is reopened only once."""
    return ScreenRequest(
        holding=holding.get(),
        has={} if page_is_new.get() else has.get(),
        receipts=receipts.get(),
        earlier=page_is_new.get(),
        neighbours=neighbours.get(),
        reopen=reopened.take(),
        picked=picked.take(),
    )


def keep_screen(data: dict[str, Any]) -> None:
    """Keep what the word marker drew; its page is no longer new."""
    page_is_new.keep(False)
    last_screen.keep(data)


def take_round_trouble() -> str:
    """Return why a round could not be started or cancelled, only once; empty if nothing went wrong."""
    shown = round_trouble.take()
    _shown_trouble.keep(shown)
    return shown


def show_round_trouble_again() -> None:
    """Show the last round trouble again at the next drawing, which the person did not ask for."""
    round_trouble.keep(round_trouble.get() or _shown_trouble.get())


def leave_other_parts(part: str) -> None:
    """Forget what the Project page was asking, and where it was, when another part of it is opened."""
    if _part.get() != part:
        _part.keep(part)
        for kept in (asked_twice, backup_to_restore, history_position):
            kept.take()
