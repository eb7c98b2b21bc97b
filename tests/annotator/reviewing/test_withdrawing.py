import json

import pytest
from click.testing import CliRunner

from annotator.cli import main
from annotator.errors import BadDecision
from annotator.reviewing.message import ReviewMessage, Withdrawal, read_review_message
from annotator.reviewing.review import list_shared, settle
from annotator.reviewing.withdrawing import withdraw, withdraw_all
from annotator.rounds.learning.decided import decisions
from annotator.rounds.learning.training_set import build_training_set, training_set_of
from db.answers import annotations, votes
from db.learning import rounds
from db.records import OWNER, Annotation, NewAnnotation, Person
from db.store import Store
from db.team import audit, people


@pytest.fixture
def disputed(store: Store, anna: Person, ben: Person) -> tuple[Annotation, Annotation]:
    """Two answers to the first sentence, and the two decisions of Anna about it: first "event", then "none"."""
    for person, label, marks in ((anna, 1, "..+."), (ben, 1, "..+."), (people.add(store, "Cem"), 0, None)):
        annotations.add(store, NewAnnotation(1, person.id, "answer", f"key-{person.name}-1", label, marks))
    first = settle(store, anna, 1, label=1, marks="+...", key="decision-1")
    return first, settle(store, anna, 1, label=0, marks=None, key="decision-2")


def learned(store: Store) -> tuple[int, str | None, int]:
    """Return label and marks of the one example, and how many decisions it is of."""
    made = build_training_set(store, up_to=annotations.last_id(store))
    (example,) = made.examples["pool"]
    assert decisions(store).labels == {1: example.label}, "a list and a round decide the same"
    return example.label, example.marks, made.adjudicated


def test_what_is_withdrawn_gives_way_to_the_decision_before_and_then_to_people(store, anna, disputed) -> None:
    first, second = disputed
    assert learned(store) == (0, None, 1)
    assert withdraw(store, second.id, actor=anna).withdrawn
    assert learned(store) == (1, "+...", 1)
    (reviewed,) = list_shared(store, actor=OWNER)
    assert (reviewed.decision.id, reviewed.is_settled, len(reviewed.answers)) == (first.id, True, 3)
    withdraw(store, first.id, actor=anna)
    assert learned(store) == (1, "..+.", 0), "Anna's own answer counts, although her decision is newer"
    (reviewed,) = list_shared(store, actor=OWNER)
    assert (reviewed.decision, reviewed.is_settled) == (None, False)
    assert not any(vote.is_decision for vote in votes.votes(store))
    third = settle(store, anna, 1, label=0, marks=None, key="decision-3")
    assert learned(store) == (0, None, 1)
    superseded = {each.id: each.superseded for each in annotations.of_sentences(store, [1])[1][-3:]}
    assert superseded == {first.id: True, second.id: True, third.id: False}


def test_a_decision_can_be_put_back_and_the_history_keeps_all_of_it(store, anna, disputed) -> None:
    _, second = disputed
    withdraw(store, second.id, actor=anna)
    withdraw(store, second.id, actor=anna)
    withdraw(store, second.id, withdrawn=False, actor=OWNER)
    assert learned(store) == (0, None, 1)
    acts = [(row.person, row.action, row.detail) for row in audit.newest(store, 2)]
    detail = {"decision": second.id, "sentence": 1}
    assert acts == [(None, "decision put back", detail), ("Anna", "decision withdrawn", detail)]
    assert len(annotations.of_sentences(store, [1])[1]) == 5


def test_a_round_is_rebuilt_with_the_decisions_of_when_it_was_queued(store, anna, disputed) -> None:
    queued = rounds.queue(store, config={}, seed=0, last_annotation=annotations.last_id(store))
    before = training_set_of(store, queued)
    store.db.execute("UPDATE rounds SET created_ms = created_ms - 1000")
    withdraw(store, disputed[1].id, actor=anna)
    assert training_set_of(store, rounds.read(store, queued.id)) == before
    assert build_training_set(store, up_to=queued.last_annotation).hash != before.hash


def test_only_a_decision_can_be_withdrawn(store, anna, disputed) -> None:
    with pytest.raises(BadDecision, match="no decision 1;"):
        withdraw(store, 1, actor=anna)
    with pytest.raises(BadDecision, match="no decision 99;"):
        withdraw(store, 99, actor=anna)
    with pytest.raises(Exception, match="only a decision can be withdrawn"):
        store.db.execute("INSERT INTO withdrawals (annotation_id, withdrawn, at_ms) VALUES (1, 1, 0)")


def test_the_browser_s_withdrawals_have_a_receipt_each(store, anna, disputed) -> None:
    sent = [
        {"key": "withdraw-1", "decision": disputed[1].id, "withdrawn": True},
        {"key": "withdraw-2", "decision": 1, "withdrawn": True},
        {"key": "withdraw-3", "decision": "2", "withdrawn": True},
        {"decision": 2, "withdrawn": True},
    ]
    receipts = withdraw_all(store, anna, read_review_message({"withdrawals": sent}))
    assert [(one["key"], bool(one["refused"])) for one in receipts] == [
        ("withdraw-1", False),
        ("withdraw-2", True),
        ("withdraw-3", True),
    ]
    again = ReviewMessage(withdrawals=(Withdrawal("withdraw-1", disputed[1].id, True),))
    assert withdraw_all(store, anna, again) == [{"key": "withdraw-1", "refused": ""}]


def test_the_command_takes_a_decision_back_and_puts_it_back(store, disputed) -> None:
    number = disputed[1].id
    for act, withdrawn in (("withdraw", True), ("admit", False)):
        done = CliRunner().invoke(main, ["review", act, str(store.path), str(number), "--json"])
        assert done.exit_code == 0, done.output
        assert json.loads(done.stdout.splitlines()[-1]) == {"decision": number, "withdrawn": withdrawn}
        assert annotations.read(store, number).withdrawn is withdrawn
