"""A run over the pool: who is asked about, what is kept, and what leaves the machine."""

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from click.testing import CliRunner
from language_models import Answer, FakeModel, fails, fake_model, says, suggests

from annotator.cli import main
from annotator.errors import CannotSuggest, NotAllowed
from annotator.language_model.run import MOST_UNANSWERED, SuggestReport, SuggestSettings, is_drawn, suggest
from annotator.project.guidelines import write_guidelines
from annotator.reviewing.review import list_shared, report
from annotator.rounds.learning.training_set import build_training_set
from db.answers import annotations, suggestion_counts, suggestions
from db.corpus import sentences
from db.errors import StoreUnavailable
from db.opening.locks import file_lock
from db.queue import slots
from db.records import OWNER, NewAnnotation, NewSentence, Person, Suggestion
from db.store import Store
from db.team import audit, project

FINE = suggests("event", 2)


@contextmanager
def asking(*answers: Answer) -> Iterator[FakeModel]:
    with fake_model(answers or (FINE,)) as fake:
        yield fake


def run(store: Store, fake: FakeModel, *, actor: Any = OWNER, **chosen: Any) -> SuggestReport:
    settings = SuggestSettings(fake.url, "m", **({"share": 1.0} | chosen))
    return suggest(store, settings, key=None, actor=actor, progress=lambda *_: None, sleep=lambda _: None)


def settled(store: Store) -> set[int]:
    rows = store.db.execute("SELECT sentence_id FROM suggestions WHERE label IS NOT NULL")
    return {sentence_id for (sentence_id,) in rows}


def test_numbered_tokens_go_in_and_words_come_out(store: Store) -> None:
    with asking() as fake:
        assert run(store, fake, limit=1).given == 1
    (row,) = store.db.execute("SELECT sentence_id, model, label, words, why_none FROM suggestions").fetchall()
    assert row[1:] == ("m", 1, "[2]", None)
    tokens = sentences.read(store, row[0]).tokens
    assert fake.words(0).splitlines()[1:] == [f"{number} {token}" for number, token in enumerate(tokens)]
    assert 'The labels: ["none", "event"]' in fake.bodies[0]["messages"][0]["content"]
    assert 'empty list: ["none"]' in fake.bodies[0]["messages"][0]["content"]


def test_the_head_of_the_queue_comes_first_and_a_run_resumes_where_the_last_one_ended(store: Store) -> None:
    order = [slot.sentence_id for slot in slots.upcoming(store, 10)]
    with asking() as fake:
        assert run(store, fake, limit=3).ended_by == "limit"
        assert settled(store) == set(order[:3])
        again = run(store, fake)
        assert (again.given, again.ended_by) == (7, "all done")
        assert run(store, fake).sends == 0
    assert len(fake.bodies) == 10


def test_half_are_left_without_by_the_ids_alone_and_stay_so(empty_store: Store, add_sentences) -> None:
    add_sentences(200)
    uid = project.read(empty_store).uid
    keys = {each.id: each.external_id for page in sentences.pages(empty_store) for each in page}
    with asking() as fake:
        first = run(empty_store, fake, share=0.5)
        assert settled(empty_store) == {each for each, key in keys.items() if is_drawn(uid, key, 0.5)}
        assert 70 < first.given < 130
        assert first.given + first.left_without == 200
        later = run(empty_store, fake, share=1.0)
    assert (later.given, later.left_without) == (0, 0)


def test_the_draw_is_fair_and_larger_shares_hold_the_smaller_ones() -> None:
    keys = [f"s{number}" for number in range(4000)]
    drawn = {share: {key for key in keys if is_drawn("uid", key, share)} for share in (0.1, 0.5, 1.0)}
    assert drawn[0.1] < drawn[0.5] < drawn[1.0] == set(keys)
    assert [round(len(each) / 4000, 1) for each in drawn.values()] == [0.1, 0.5, 1.0]
    assert drawn[0.5] != {key for key in keys if is_drawn("other", key, 0.5)}


def test_dev_test_their_texts_and_what_chance_chose_are_never_sent(empty_store: Store, add_sentences, anna) -> None:
    add_sentences(3, split="dev")
    add_sentences(3, split="test")
    pool = add_sentences(5)
    twin = sentences.read(empty_store, pool[0])
    import_id = sentences.begin_import(empty_store, source="t", source_hash="", tokenizer="given")
    sentences.add(empty_store, import_id, [NewSentence("twin", twin.text, twin.tokens, twin.starts, "test")])
    sentences.finish_import(empty_store, import_id)
    slots.create_missing(empty_store)
    slots.refill(
        empty_store, None, [slots.QueueEntry(pool[1], "random", None), slots.QueueEntry(pool[2], "start", 1.0)]
    )
    key = "key-of-an-answer"
    annotations.add(empty_store, NewAnnotation(pool[3], anna.id, "answer", key, 1, "+..."))
    slots.fill(
        empty_store, slots.place_for(empty_store, anna.id, pool[3]) or 0, anna.id, annotations.last_id(empty_store)
    )
    with asking() as fake:
        run(empty_store, fake)
    assert settled(empty_store) == {pool[2], pool[4]}
    assert len(fake.bodies) == 2


def test_each_bad_answer_is_counted_by_its_reason_and_asked_again_after_all_others(store: Store) -> None:
    bad = [
        *(says("Sorry."), suggests("doubt"), suggests("event", 9), suggests("none", 1)),
        *(suggests("event", 1, finish="length"), fails(413), FINE),
    ]
    with asking(FINE, *bad) as fake:
        first = run(store, fake)
    assert first.given == 4
    assert first.unusable == {
        **{"bad JSON": 1, "unknown label": 1, "index outside": 1, "words without need": 1, "cut off": 1},
        "no answer": 1,
    }
    with asking() as fake:
        again = run(store, fake)
    assert (again.given, again.unusable.total(), len(settled(store))) == (6, 0, 10)
    assert suggestion_counts.asked(store).unusable == first.unusable


def test_what_could_not_be_used_does_not_stop_a_limited_run_from_going_on(store: Store) -> None:
    with asking(says("Sorry.")) as fake:
        run(store, fake, limit=2)
    with asking() as fake:
        run(store, fake, limit=8)
    failed = {row.sentence_id for row in suggestions.unsettled(store)}
    assert (len(failed), all(row.was_asked for row in suggestions.unsettled(store))) == (2, True)


def test_tokens_end_a_run_and_are_estimated_where_the_server_counts_none(store: Store) -> None:
    with asking(suggests("event", tokens=100)) as fake:
        ended = run(store, fake, max_tokens_total=250)
    assert (ended.given, ended.tokens, ended.ended_by, ended.tokens_are_estimated) == (3, 300, "tokens", False)
    with asking(suggests("event", tokens=None)) as fake:
        ended = run(store, fake, limit=1)
    assert ended.tokens_are_estimated
    assert ended.tokens == pytest.approx(ended.characters / 4, rel=0.1)


def test_a_server_that_stops_answering_ends_the_run_and_what_came_is_kept(store: Store) -> None:
    with asking(FINE, FINE, fails(500, "out of memory")) as fake:
        ended = run(store, fake)
    assert len(settled(store)) == ended.given == 2
    assert ended.unusable == {"no answer": MOST_UNANSWERED}
    assert ended.ended_by.startswith("3 sentences in a row got no answer; the last time: 127.0.0.1:")
    assert ended.ended_by.endswith("answered 500 (out of memory).")


@pytest.fixture
def interrupt() -> Iterator[Callable[[], None]]:
    """Press Ctrl-C, with Python's own handler: another test of this process may have left one of its own."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield lambda: signal.raise_signal(signal.SIGINT)
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_keeps_what_came_and_the_audit_says_how_much_was_sent(
    store: Store, interrupt: Callable[[], None]
) -> None:
    done: list[int] = []

    def progress(asked: int, total: int) -> None:
        done.append(asked)
        if asked == 4:
            interrupt()

    with asking() as fake:
        settings = SuggestSettings(fake.url, "m", share=1.0)
        ended = suggest(store, settings, key=None, actor=OWNER, progress=progress)
    assert (ended.ended_by, ended.given, len(settled(store)), done) == ("interrupted", 4, 4, [0, 1, 2, 3, 4])
    end, start = audit.newest(store, 2)
    assert (start.action, start.detail["at most"]) == ("suggestions started", 10)
    sent = sum(len(message["content"]) for body in fake.bodies for message in body["messages"])
    assert end.detail == {
        **{"model": "m", "host": "127.0.0.1", "leaves this machine": False, "guidelines": None},
        **{"sentences sent": 4, "characters": sent},
    }
    assert suggestion_counts.asked(store).characters == sent


def test_the_guidelines_go_along_only_if_they_are_asked_for(store: Store) -> None:
    version = write_guidelines(store, "A ship is an event.", actor=OWNER).version
    with asking() as fake:
        run(store, fake, limit=1)
        run(store, fake, limit=1, with_guidelines=True)
    without, with_them = (body["messages"][0]["content"] for body in fake.bodies)
    assert ("A ship is an event." in without, "A ship is an event." in with_them) == (False, True)
    assert audit.newest(store, 1)[0].detail["guidelines"] == version


def test_a_person_who_answers_meanwhile_is_not_overtaken(store: Store, anna: Person) -> None:
    order = [slot.sentence_id for slot in slots.upcoming(store, 10)]

    def answered(number: int, _: int) -> None:
        if number == 1:
            stored = annotations.add(store, NewAnnotation(order[1], anna.id, "answer", "key-of-hers", 1, "+..."))
            slots.fill(store, slots.place_for(store, anna.id, order[1]) or 0, anna.id, stored.id)

    with asking() as fake:
        settings = SuggestSettings(fake.url, "m", share=1.0)
        suggest(store, settings, key=None, actor=OWNER, progress=answered)
    assert settled(store) == set(order) - {order[1]}


@pytest.mark.parametrize(
    ("chosen", "says_"),
    [({"share": 0.0}, "--share is 0"), ({"share": 1.5}, "--share is 1.5"), ({"share": float("nan")}, "--share is nan")],
)
def test_a_share_that_is_none_is_refused(store: Store, chosen: dict[str, Any], says_: str) -> None:
    with asking() as fake, pytest.raises(CannotSuggest, match=says_):
        run(store, fake, **chosen)
    assert fake.bodies == []


def test_it_takes_a_researcher_and_one_run_at_a_time(store: Store, carl: Person) -> None:
    with asking() as fake:
        with pytest.raises(NotAllowed):
            run(store, fake, actor=carl)
        with (
            file_lock(store.path, purpose="suggest"),
            pytest.raises(StoreUnavailable, match="Another `whylight suggest` is at work"),
        ):
            run(store, fake)
    assert fake.bodies == []


@pytest.fixture
def carl(empty_store: Store) -> Person:
    from db.team import people

    return people.add(empty_store, "Carl", role="annotator")


def _learned(store: Store) -> str:
    return build_training_set(store, up_to=annotations.last_id(store)).hash


def test_a_suggestion_is_no_answer_to_any_figure_or_round(store: Store, anna: Person, ben: Person) -> None:
    for person in (anna, ben):
        annotations.add(store, NewAnnotation(1, person.id, "answer", f"key-of-{person.name}", 1, "+..."))
    before = report(store, list_shared(store, actor=OWNER), actor=OWNER), _learned(store)
    for sentence in range(1, 11):
        suggestions.add(store, Suggestion(sentence, "m", 1, (0,)), characters=1)
    assert (report(store, list_shared(store, actor=OWNER), actor=OWNER), _learned(store)) == before


Command = Callable[..., Any]


@pytest.fixture
def command(store: Store, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.delenv("WHYLIGHT_LLM_KEY", raising=False)
    return lambda *arguments: CliRunner().invoke(main, ["suggest", str(store.path), *map(str, arguments)])


def test_the_command_says_what_it_did_and_what_was_sent(command: Command, store: Store) -> None:
    with asking(FINE, says("Sorry."), FINE) as fake:
        done = command("--base-url", fake.url, "--model", "m", "--share", "1", "--limit", "3", "--json")
    assert done.exit_code == 0, done.output
    *lines, facts = done.stdout.splitlines()
    assert lines[0] == "Suggestions: 2; sentences left without: 0."
    assert lines[1] == "1 answer could not be used: bad JSON 1. The next run asks again."
    assert lines[2].endswith(" characters in 3 requests were sent; none left this machine; 30 tokens.")
    assert lines[3] == "It ended after 3 sentences, as --limit says."
    assert json.loads(facts)["asked"] == 3


def test_the_command_refuses_in_one_sentence_and_keeps_the_key_to_itself(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = command("--base-url", "https://api.example.com/v1", "--model", "m")
    assert refused.exit_code == 1
    assert refused.stderr.count("\n") == 1
    assert "add `--send-text-to api.example.com`" in refused.stderr
    assert "Give both --base-url and --model" in command("--model", "m").stderr
    monkeypatch.setenv("WHYLIGHT_LLM_KEY", "s3cret-key")
    with asking(fails(401, "bad key s3cret-key")) as fake:
        refused = command("--base-url", fake.url, "--model", "m")
    assert (refused.exit_code, fake.headers[0]["Authorization"]) == (1, "Bearer s3cret-key")
    assert "s3cret" not in refused.output
    assert refused.stderr.endswith("What came before is kept; the same command resumes.\n")
