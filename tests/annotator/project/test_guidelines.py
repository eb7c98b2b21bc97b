import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from annotator.answering.message import read_message, receive
from annotator.answering.screen import screen
from annotator.cli import main
from annotator.errors import BadGuidelines, NotAllowed
from annotator.project.guidelines import _MARKDOWN, LONGEST, current, guidelines_html, write_guidelines
from annotator.project.guidelines_diff import compare_texts
from db.answers import annotations
from db.records import OWNER, Person
from db.store import Store
from db.team import guidelines, people


def test_versions_are_kept_and_an_unchanged_text_makes_none(store: Store) -> None:
    first = write_guidelines(store, "Mark *what happened*.\r\n", actor=OWNER)
    assert write_guidelines(store, "Mark *what happened*.", actor=OWNER) == first
    second = write_guidelines(store, "Mark what happened.", actor=OWNER)
    assert [(each.version, each.text) for each in guidelines.all_of(store)] == [
        (second.version, "Mark what happened."),
        (first.version, "Mark *what happened*."),
    ]
    write_guidelines(store, "", actor=OWNER)
    assert current(store) is None


def test_a_version_that_came_in_between_is_not_put_aside_unseen(store: Store) -> None:
    seen = write_guidelines(store, "One.", instead_of=0, actor=OWNER).version
    between = write_guidelines(store, "Two.", instead_of=seen, actor=OWNER).version
    with pytest.raises(BadGuidelines, match=f"Version {between} was saved while you were writing"):
        write_guidelines(store, "Three.", instead_of=seen, actor=OWNER)
    assert [each.text for each in guidelines.all_of(store)] == ["Two.", "One."]
    assert write_guidelines(store, "Three.", instead_of=between, actor=OWNER).text == "Three."


@given(*[st.text(alphabet="ab .\n\u2028é", max_size=40)] * 2)
def test_a_comparison_contains_both_texts(before: str, after: str) -> None:
    pieces = compare_texts(before, after)
    assert "".join(piece.text for piece in pieces if piece.change != "added") == before
    assert "".join(piece.text for piece in pieces if piece.change != "removed") == after
    assert (before == after) == all(piece.change == "same" for piece in pieces)


def test_long_guidelines_are_compared_at_once() -> None:
    pieces = compare_texts("a b\n" * 25_000, "b a\n" * 25_000)
    assert {piece.change for piece in pieces} <= {"removed", "added"}


def test_versions_are_compared_by_the_command(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for text in ("Mark what happened.", "Mark who sank."):
        write_guidelines(store, text, actor=OWNER)
    done = CliRunner().invoke(main, ["guidelines", "compare", "events.db", "1", "2"])
    assert done.stdout == "Mark [-what-]{+who+} [-happened-]{+sank+}.\n"
    missing = CliRunner().invoke(main, ["guidelines", "compare", "events.db", "1", "7"])
    assert (missing.exit_code, "no version 7" in missing.stderr) == (1, True)


def test_an_annotator_does_not_write_them(store: Store, anna: Person) -> None:
    ben = people.add(store, "Ben")
    with pytest.raises(NotAllowed, match="Ben is an annotator, but this takes a researcher"):
        write_guidelines(store, "Mine", actor=ben)
    assert guidelines.all_of(store) == []


@pytest.mark.parametrize("text", ["x" * (LONGEST + 1), "a\x00b", "a\x1bb"])
def test_what_cannot_be_guidelines_is_refused_in_one_sentence(store: Store, text: str) -> None:
    with pytest.raises(BadGuidelines, match=r"^The guidelines have .*[.]$"):
        write_guidelines(store, text, actor=OWNER)


@pytest.mark.parametrize(
    ("markdown", "absent"),
    [
        ("<script>alert(1)</script>", "<script"),
        ("<img src=x onerror=alert(1)>", "<img"),
        ("![a picture](https://example.org/a.png)", "<img"),
        ("[here](javascript:alert(1))", "<a "),
        ("[here](data:text/html,x)", "<a "),
        ('[here](https://example.org "" onmouseover=alert(1)")', '" onmouseover'),
    ],
)
def test_nothing_of_the_author_s_runs_or_is_loaded(markdown: str, absent: str) -> None:
    assert absent not in guidelines_html(markdown)


def test_links_open_elsewhere_and_tables_are_tables() -> None:
    html = guidelines_html("[a](https://example.org)\n\n| a | b |\n|---|---|\n| 1 | 2 |")
    assert '<a target="_blank" rel="noopener noreferrer" href="https://example.org">' in html
    assert "<td>1</td>" in html


def test_the_version_that_was_unfolded_is_stored_with_the_answer(store: Store, anna: Person) -> None:
    version = write_guidelines(store, "# Events", actor=OWNER).version
    drawn = screen(store, anna)
    assert drawn["guidelines"] == {"version": version, "html": "<h1>Events</h1>\n"}
    sentence = drawn["queue"][0]["sentence_id"]
    sent = {"key": "browser-key-1", "sentence_id": sentence, "kind": "answer", "label": 1, "marks": "..+."}
    (receipt,) = receive(store, anna, read_message({"outbox": [sent | {"guidelines_version": version}]}))
    assert receipt["state"] == "saved"
    assert annotations.of_sentences(store, [sentence])[sentence][0].observed.guidelines_version == version
    unknown = sent | {"key": "browser-key-2", "guidelines_version": 99}
    (receipt,) = receive(store, anna, read_message({"outbox": [unknown]}))
    assert (receipt["state"], "version 99" in receipt["message"]) == ("rejected", True)


def test_a_text_is_rendered_once_however_many_pages_ask_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    text, rendered, real = "_a_" * 1000 + " once", [], _MARKDOWN.render

    def render(source: str) -> str:
        rendered.append(source)
        return str(real(source))

    monkeypatch.setattr(_MARKDOWN, "render", render)
    all_ready = threading.Barrier(8)

    def draw() -> None:
        all_ready.wait()
        for _ in range(3):
            guidelines_html("".join(list(text)))  # a new string each time, as when a page reads it from the project

    threads = [threading.Thread(target=draw) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(rendered) == 1


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., object]:
    monkeypatch.chdir(tmp_path)
    return lambda *arguments, **more: CliRunner().invoke(main, arguments, **more)


def test_the_commands_write_show_and_list_them(run: Callable[..., object], tmp_path: Path) -> None:
    run("init", "p.db", "--label", "a", "--label", "b")
    (tmp_path / "g.md").write_text("First")
    assert run("guidelines", "set", "p.db", "g.md").exit_code == 0
    assert run("guidelines", "set", "p.db", "-", input="Second").exit_code == 0
    assert run("guidelines", "show", "p.db").stdout == "Second\n"
    assert run("guidelines", "show", "p.db", "--version", "1").stdout == "First\n"
    listed = json.loads(run("guidelines", "list", "p.db", "--json").stdout.splitlines()[-1])["guidelines"]
    assert [each["version"] for each in listed] == [2, 1]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("set", "p.db", "absent.md"), "absent.md"),
        (("set", "p.db", "latin.md"), "latin.md is not UTF-8 at byte 2"),
        (("show", "p.db"), "has no guidelines yet"),
        (("show", "p.db", "--version", "7"), "no version 7"),
    ],
)
def test_bad_input_is_one_sentence(
    run: Callable[..., object], tmp_path: Path, arguments: tuple[str, ...], says: str
) -> None:
    run("init", "p.db", "--label", "a", "--label", "b")
    (tmp_path / "latin.md").write_bytes(b"n\xe9")
    result = run("guidelines", *arguments)
    assert (result.exit_code, says in result.stderr) == (1, True), result.output


def test_a_file_without_end_is_refused_after_as_much_as_guidelines_may_have(run: Callable[..., object]) -> None:
    run("init", "p.db", "--label", "a", "--label", "b")
    done = run("guidelines", "set", "p.db", "/dev/zero")
    assert done.exit_code == 1  # type: ignore[attr-defined]
    expected = "/dev/zero has more than 400,003 bytes, but guidelines at most 100,000 characters; shorten it."
    assert expected in done.stderr  # type: ignore[attr-defined]
