"""The saved state tells the truth, and no answer is lost or stored twice."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from annotator.answering.queue import submit
from db.queue import leases
from db.records import NewAnnotation
from db.store import Store
from db.team import people


@pytest.fixture
def start(page: Page, own_server: Callable[..., Any], sign_in: Callable[..., Any]) -> Callable[..., Any]:
    """Start an app that this test may kill, and sign in to it."""
    return lambda **settings: sign_in(page, own_server(**settings), "Anna")


def test_answers_made_while_the_server_is_dead_arrive_once(start: Callable[..., Any]) -> None:
    screen = start()
    screen.press("1", "Enter")
    screen.shows("ran")
    screen.is_saved()
    screen.server.kill()
    gone = screen.page.get_by_text("All saved; the server is not responding, trying again")
    expect(gone).to_be_visible(timeout=3000)
    screen.press("1", "Enter")
    screen.word("Don't").click()
    screen.press("2", "Enter")
    expect(screen.page.get_by_text("Not saved (2): the server is not responding, trying again")).to_be_visible(
        timeout=15_000
    )
    screen.server.start()
    answers = screen.stored()
    assert [answer.sentence_id for answer in answers] == [1, 2, 3]
    assert answers[2].marks.count("+") == 1
    assert len({answer.submission_key for answer in answers}) == 3


def test_the_outbox_survives_a_reload(start: Callable[..., Any]) -> None:
    screen = start()
    screen.page.on("dialog", lambda dialog: dialog.accept())
    screen.server.kill()
    screen.press("1", "Enter", "1", "Enter")
    screen.server.start()
    screen.page.reload()
    expect(screen.words.first).to_be_visible(timeout=60_000)
    screen.shows("emoji")
    assert [answer.sentence_id for answer in screen.stored()] == [1, 2]


FORGE = """
    label => {
        const draft = Object.keys(localStorage).find(name => name.startsWith("whylight-draft:"));
        const [, project, person, sentence] = draft.split(":");
        const answer = {key: "forged-answer", sentence_id: Number(sentence), kind: "answer", label, at: 1, order: 1};
        localStorage.setItem(`whylight:${project}:${person}:${answer.key}`, JSON.stringify(answer));
    }
"""


def test_an_answer_that_is_refused_says_why_and_is_sent_no_more(start: Callable[..., Any]) -> None:
    screen = start()
    screen.word("captain").click()
    screen.page.evaluate(FORGE, 7)
    refused = screen.page.get_by_text("An answer was not accepted:")
    expect(refused).to_be_visible(timeout=15_000)
    screen.is_saved()
    screen.page.get_by_role("button", name="Dismiss").click()
    expect(refused).to_be_hidden()


FORGE_UNSEEN = """
    sentence => {
        const draft = Object.keys(localStorage).find(name => name.startsWith("whylight-draft:"));
        const [, project, person] = draft.split(":");
        const answer = {key: `forged-${sentence}`, sentence_id: sentence, kind: "answer", label: 1, at: 1, order: 1};
        localStorage.setItem(`whylight:${project}:${person}:${answer.key}`, JSON.stringify(answer));
    }
"""


def test_an_answer_to_a_sentence_that_was_never_given_is_refused_without_a_word_of_it(
    start: Callable[..., Any],
) -> None:
    screen = start(texts=[f"Secret{number} sentence." for number in range(20)])
    screen.word("sentence").click()
    with Store.open(screen.server.project) as store:
        (unseen, *_) = sorted({*range(1, 21)} - {row[0] for row in store.db.execute("SELECT sentence_id FROM leases")})
    screen.page.evaluate(FORGE_UNSEEN, unseen)
    refused = screen.page.get_by_text("An answer was not accepted: You were never given this sentence")
    expect(refused).to_be_visible(timeout=15_000)
    assert f"Secret{unseen - 1}" not in screen.page.content()
    assert screen.stored() == []


def test_an_empty_queue_says_why_and_undo_still_goes_back(start: Callable[..., Any]) -> None:
    screen = start(texts=["Only this one."])
    screen.press("1", "Enter")
    expect(screen.page.get_by_text("Every sentence has been answered. Thank you.")).to_be_visible(timeout=10_000)
    screen.press("u")
    expect(screen.text).to_have_text("Only this one.")
    screen.press("Escape")
    screen.page.get_by_role("link", name="Start a round on Rounds").click()
    expect(screen.page.get_by_role("heading", name="Rounds")).to_be_visible()
    expect(screen.page).to_have_url(f"{screen.server.url}/rounds")


def test_shading_is_there_from_the_start_when_the_project_says_always(start: Callable[..., Any]) -> None:
    screen = start(saliency_mode="always")
    assert screen.shades()[1] == 5
    screen.press("1", "Enter")
    (answer,) = screen.stored()
    assert (answer.observed.saliency_round, answer.observed.marks_at_reveal) == (1, "." * 14)


def test_an_answer_beyond_the_overlap_is_kept_and_the_person_is_told(start: Callable[..., Any]) -> None:
    screen = start()
    with Store.open(screen.server.project) as store:
        ben = people.add(store, "Ben")
        leases.record(store, ben.id, 1)
        with store.writing() as db:
            db.execute("UPDATE slots SET person_id = NULL, lease_until_ms = 0")
        answer = NewAnnotation(1, ben.id, "answer", "quicker-key-1", label=0)
        assert submit(store, ben, answer).state == "saved"
    screen.press("1", "Enter")
    told = screen.page.get_by_text("already had its answers; yours is kept as well.")
    expect(told).to_be_visible(timeout=15_000)
    (kept,) = screen.stored()
    assert (kept.sentence_id, kept.surplus) == (1, True)


REFUSE_TO_STORE = """
    () => {
        const put = Storage.prototype.setItem;
        Storage.prototype.setItem = function (name, value) {
            if (name.startsWith("whylight")) throw new DOMException("full", "QuotaExceededError");
            return put.call(this, name, value);
        };
    }
"""


def test_a_browser_that_keeps_nothing_says_so(start: Callable[..., Any]) -> None:
    screen = start()
    screen.page.evaluate(REFUSE_TO_STORE)
    with Store.open(screen.server.project) as store, store.writing():
        screen.word("captain").click()
        screen.press("2", "Enter")
        expect(screen.page.get_by_text("this browser stores nothing: stay on this page")).to_be_visible()
    (answer,) = screen.stored()
    assert answer.marks.count("+") == 1
