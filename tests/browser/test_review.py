"""A disagreement settled by hand: seen, begun with one person's answer, changed, stored."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from annotator.answering.queue import submit
from annotator.project.label_changes import merge_labels
from db.answers import annotations
from db.queue import leases
from db.records import OWNER, NewAnnotation, Observed
from db.store import Store
from db.team import people

SETTLE_BOTH = """
    () => {
        const roots = [...document.querySelectorAll("*")].map(each => each.shadowRoot).filter(Boolean);
        for (const root of roots) root.querySelectorAll("button.primary").forEach(button => button.click());
    }
"""


def test_a_disagreement_is_settled_and_a_wrong_decision_withdrawn(page: Page, own_server: Callable[..., Any]) -> None:
    server = own_server(overlap=3)
    page.context.add_cookies([server.cookie_of("Rita")])
    with Store.open(server.project) as store:
        for name, label, marks in (
            ("Anna", 1, ".....+........"),
            ("Ben", 2, "..........+..."),
            ("<b>Cem</b>", 1, None),
        ):
            person = people.add(store, name)
            key = f"browser-key-{person.id}"
            leases.record(store, person.id, 1)
            submit(store, person, NewAnnotation(1, person.id, "answer", key, label, marks, Observed(note="*Why?*")))
    page.goto(f"{server.url}/review")
    card = page.get_by_role("article")
    expect(card).to_have_count(1, timeout=60_000)
    expect(card.get_by_text("<b>Cem</b>", exact=True)).to_be_visible()
    assert card.locator("[data-cell='+']").count() == 2
    expect(card.get_by_role("listitem").filter(has_text="Anna")).to_contain_text("Marked: finished.")
    card.get_by_role("button", name="Take Ben").click()
    card.get_by_role("checkbox", name="went").click()
    card.get_by_role("radio", name="event").click()
    card.get_by_role("button", name="Settle").click()
    expect(page.get_by_text("Settled.", exact=True)).to_be_visible(timeout=20_000)
    with Store.open(server.project) as store:
        log = annotations.of_sentences(store, [1])[1]
    assert [(each.kind, each.label, each.marks) for each in log][-1] == ("adjudicated", 1, "..........++..")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("The decision is withdrawn")).to_be_visible(timeout=20_000)
    card.get_by_role("button", name="Take Anna").click()
    card.get_by_role("button", name="Settle").click()
    expect(page.get_by_text("Settled.", exact=True)).to_be_visible(timeout=20_000)
    page.get_by_text("Settled", exact=True).click()
    expect(card.get_by_text("Settled by Rita")).to_be_visible()
    card.get_by_role("button", name="Withdraw the decision of Rita").click()
    expect(card).to_have_count(0, timeout=20_000)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("The decision is back.")).to_be_visible(timeout=20_000)
    expect(card.get_by_text("Settled by Rita")).to_be_visible()
    with Store.open(server.project) as store:
        log = annotations.of_sentences(store, [1])[1]
    assert [(each.kind, each.withdrawn) for each in log][-2:] == [("adjudicated", True), ("adjudicated", False)]


def test_two_decisions_at_once_are_both_kept(page: Page, own_server: Callable[..., Any]) -> None:
    server = own_server(overlap=2)
    page.context.add_cookies([server.cookie_of("Rita")])
    with Store.open(server.project) as store:
        for name, label in (("Anna", 1), ("Ben", 2)):
            person = people.add(store, name)
            for sentence in (1, 2):
                leases.record(store, person.id, sentence)
                submit(store, person, NewAnnotation(sentence, person.id, "answer", f"key-{name}-{sentence}", label))
    page.goto(f"{server.url}/review")
    cards = page.get_by_role("article")
    expect(cards).to_have_count(2, timeout=60_000)
    for number in (0, 1):
        cards.nth(number).get_by_role("button", name="Take Ben").click()
    page.evaluate(SETTLE_BOTH)
    expect(page.get_by_text("There is nothing to settle.")).to_be_visible(timeout=20_000)
    with Store.open(server.project) as store:
        logs = annotations.of_sentences(store, [1, 2])
    assert [[each.label for each in log if each.kind == "adjudicated"] for log in logs.values()] == [[2], [2]]


def test_a_label_that_is_merged_while_somebody_decides_for_it_leaves_the_card_and_its_marks_stay(
    page: Page, own_server: Callable[..., Any]
) -> None:
    server = own_server(overlap=2)
    page.context.add_cookies([server.cookie_of("Rita")])
    with Store.open(server.project) as store:
        for name, label, marks in (("Anna", 0, None), ("Ben", 2, "..........+...")):
            person = people.add(store, name)
            leases.record(store, person.id, 1)
            submit(store, person, NewAnnotation(1, person.id, "answer", f"browser-key-{person.id}", label, marks))
    page.goto(f"{server.url}/review")
    card = page.get_by_role("article")
    expect(card).to_have_count(1, timeout=60_000)
    card.get_by_role("button", name="Take Ben").click()
    with Store.open(server.project) as store:
        merge_labels(store, "doubt", "event", actor=OWNER)
    card.get_by_role("button", name="Settle").click()
    refusal = "The label 'doubt' was merged into 'event'; choose that, and your marks are kept."
    expect(page.get_by_text(refusal)).to_be_visible(timeout=20_000)
    expect(card.get_by_role("radio")).to_have_count(2)
    expect(card.get_by_role("button", name="Settle")).to_be_disabled()
    card.get_by_role("radio", name="event").click()
    card.get_by_role("button", name="Settle").click()
    expect(page.get_by_text("Settled.", exact=True)).to_be_visible(timeout=20_000)
    with Store.open(server.project) as store:
        decided = annotations.of_sentences(store, [1])[1][-1]
    assert (decided.kind, decided.label, decided.marks) == ("adjudicated", 1, "..........+...")


def test_a_surplus_answer_is_admitted_and_withdrawn(page: Page, own_server: Callable[..., Any]) -> None:
    server = own_server(overlap=1)
    page.context.add_cookies([server.cookie_of("Rita")])
    with Store.open(server.project) as store:
        for name, label in (("Anna", 1), ("<b>Ben</b>", 2)):
            person = people.add(store, name)
            leases.record(store, person.id, 1)
            submit(store, person, NewAnnotation(1, person.id, "answer", f"browser-key-{person.id}", label))
        ben = people.find(store, "<b>Ben</b>")
    page.goto(f"{server.url}/review")
    expect(page.get_by_text("There is nothing to settle.")).to_be_visible(timeout=60_000)
    page.get_by_text("Surplus", exact=True).click()
    card = page.get_by_role("article")
    expect(card.get_by_text("surplus, does not count")).to_be_visible(timeout=20_000)
    card.get_by_role("button", name="Admit the answer of <b>Ben</b>").click()
    expect(card.get_by_text("surplus, admitted")).to_be_visible(timeout=20_000)
    with Store.open(server.project) as store:
        assert annotations.newest(store, 1, ben.id).admitted
    page.get_by_text("To settle", exact=True).click()
    expect(card.get_by_role("button", name="Take")).to_have_count(2, timeout=20_000)
    page.get_by_text("Surplus", exact=True).click()
    card.get_by_role("button", name="Withdraw the answer of <b>Ben</b>").click()
    expect(card.get_by_text("surplus, does not count")).to_be_visible(timeout=20_000)
    with Store.open(server.project) as store:
        assert not annotations.newest(store, 1, ben.id).admitted
