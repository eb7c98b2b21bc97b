from annotator.answering.leases import held_sentences, release_abandoned, why_nothing_is_next
from annotator.answering.screen import screen
from db.queue import claims
from db.records import OWNER, Person
from db.store import Store
from db.team import audit

LEASE_MS = 30 * 60_000


def test_leases_are_listed_with_their_age_and_only_abandoned_ones_are_released(
    store: Store, anna: Person, ben: Person
) -> None:
    claims.claim(store, ben.id, held_out=False, lease_ms=LEASE_MS)
    claims.claim(store, anna.id, held_out=False, lease_ms=-3 * 60_000)
    held = held_sentences(store, actor=OWNER)
    assert [(each.person, each.abandoned, each.silent_s // 60) for each in held] == [
        ("Anna", True, 33),
        ("Ben", False, 0),
    ]
    assert release_abandoned(store, actor=OWNER) == 1
    assert [each.person for each in held_sentences(store, actor=OWNER)] == ["Ben"]
    (row,) = audit.newest(store, 1)
    assert (row.action, row.detail) == ("abandoned leases released", {"leases": 1})


def test_releasing_nothing_leaves_no_line_in_the_audit(store: Store) -> None:
    assert release_abandoned(store, actor=OWNER) == 0
    assert audit.newest(store, 1) == []


def test_the_reason_for_an_empty_queue_is_the_one_that_annotators_read(store: Store, anna: Person, ben: Person) -> None:
    assert why_nothing_is_next(store) == ""
    while claims.claim(store, anna.id, held_out=False, lease_ms=LEASE_MS):
        pass
    assert why_nothing_is_next(store) == screen(store, ben)["notice"]
    assert "with other people" in why_nothing_is_next(store)
