"""The Data page: what it shows, what it takes in, and that text from a file is text everywhere."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from annotator.importing.upload_files import uploads_folder
from annotator.importing.upload_settings import MOST_MEGABYTES
from annotator.project.projects import create_project
from db.answers import annotations
from db.corpus import sentences, uploads
from db.finding import search
from db.learning import rounds
from db.queue import queue_entries, slots
from db.queue.slots import QueueEntry
from db.records import OWNER, NewAnnotation
from db.store import Store
from db.team import people

HOSTILE = [
    "<img src=x onerror=\"fetch('http://127.0.0.1:9/pwned')\"> said the ship",
    "</script><script>alert(1)</script> and then <b>bold</b>",
    "[press here](javascript:alert(1)) and http://example.org/a",
    "![picture](http://example.org/a.png) and [link](http://example.org)",
    "$x^2$ is :red[x] at :material/home: and **strong** `code`",
    "<style>body{display:none}</style><svg onload=alert(1)>",
]
SLOW_MS = 60_000


@pytest.fixture
def hostile_file(tmp_path: Path) -> Path:
    """A file whose ids, texts, queries, field names and people's names are all markup."""
    rows = [
        {
            "id": f"{place} {text}"[:200],
            "text": text,
            "query": text,
            "split": "train",
            text: text,
            "annotations": [
                {"person": f"{text[:50]} {place}", "kind": "answer", "label": "<b>_l_</b>", "key": f"key-{place:06}"}
            ]
            if place
            else [],
        }
        for place, text in enumerate(HOSTILE)
    ]
    file = tmp_path / "![x](http:__example.org_a.png) <img src=x onerror=alert(1)>.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


@pytest.fixture
def data_page(
    page: Page, serve: Callable[[Path], Any], tmp_path: Path
) -> Iterator[Callable[..., tuple[Page, Any, list[str]]]]:
    """Open the Data page of a new project as Anna, and keep what the browser asks for."""

    def open_(*lines: dict[str, Any]) -> tuple[Page, Any, list[str]]:
        project = tmp_path / "shown.db"
        with create_project(project, labels=["none", "<b>_l_</b>", ":red[event]"], no_rationale=["none"]) as store:
            if lines:
                _fill(store, tmp_path, lines)
        server = serve(project)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
        page.context.add_cookies([server.cookie_of("Anna")])
        page.goto(f"{server.url}/data")
        expect(page.get_by_role("heading", name="Data")).to_be_visible(timeout=SLOW_MS)
        return page, server, asked

    yield open_


def _fill(store: Store, folder: Path, lines: tuple[dict[str, Any], ...]) -> None:
    from annotator.importing.run import import_file

    file = folder / "lines.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    import_file(store, file, actor=OWNER)
    search.index_missing(store)


def upload(page: Page, file: Path | dict[str, Any]) -> None:
    page.get_by_role("button", name="Import", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    start = dialog.get_by_role("button", name="Import", exact=True)
    expect(start).to_be_enabled(timeout=20_000)
    start.click()


def only_from(server: Any, asked: list[str]) -> None:
    own = (server.url, "data:", "blob:", server.url.replace("http", "ws"))
    assert [url for url in asked if not url.startswith(own)] == []
    assert not [url for url in asked if url.endswith("/x")], "an image of the file was asked for"


_MARKUP = (
    "[onerror], [onload], .katex, img[src='x'], img[src*='example.org'], a[href^='javascript'], "
    "a[href*='example.org']:not([href^='?sentence='])"
)


def no_markup_of_the_file(page: Page) -> None:
    found = page.evaluate(
        """(markup) => {
            const roots = [document], wrong = [];
            for (const root of roots) {
              for (const each of root.querySelectorAll("*")) if (each.shadowRoot) roots.push(each.shadowRoot);
              wrong.push(...root.querySelectorAll(markup));
            }
            return wrong.map((each) => each.outerHTML);
        }""",
        _MARKUP,
    )
    assert found == []


def drawn(page: Page) -> None:
    """Wait until the page has been drawn: what is being drawn may be exchanged under a click."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=20_000)


def test_text_from_a_file_is_text_on_every_page(
    data_page: Callable[..., tuple[Page, Any, list[str]]], hostile_file: Path, tmp_path: Path
) -> None:
    page, server, asked = data_page()
    upload(page, hostile_file)
    expect(page.get_by_text("Imported", exact=True)).to_be_visible(timeout=SLOW_MS)
    with Store.open(tmp_path / "shown.db") as store:  # why a round chose the one sentence that is still open
        landed = rounds.queue(store, config={}, seed=0, last_annotation=None)
        (waiting,) = slots.open_sentences(store)
        queue_entries.add(store, landed.id, [QueueEntry(waiting, "unsure", 1.0, why=HOSTILE[-1])])
        rounds.advance(store, landed.id, "failed")
    expect(page.get_by_text(hostile_file.name, exact=True)).to_have_count(1, timeout=20_000)
    rows = page.locator(".list a")
    expect(rows).to_have_count(len(HOSTILE), timeout=20_000)
    assert rows.locator(".text").all_text_contents() == HOSTILE
    no_markup_of_the_file(page)
    drawn(page)
    people = page.get_by_role("combobox", name="Person")
    people.scroll_into_view_if_needed()  # a list that is open closes when the page scrolls
    people.click()
    expect(page.get_by_role("option").filter(has_text="<style>body{display:none}")).to_be_visible()
    page.keyboard.press("Escape")
    for place, text in enumerate(HOSTILE):
        drawn(page)
        rows.nth(place).click()
        expect(page.locator(".text.words")).to_have_text(text, timeout=20_000)
        expect(page.locator(".query")).to_have_text(text)
        assert text in page.locator("dt").all_text_contents()
        assert text in page.locator("dd").all_text_contents()
        expect(page.locator(".chosen")).to_have_text([] if place else [f"Round 1, place 1: {HOSTILE[-1]}"])
        if place:
            expect(page.locator(".answer .label")).to_have_text("<b>_l_</b>")
            expect(page.locator(".answer header b")).to_have_text(f"{text[:50]} {place}".strip())
        no_markup_of_the_file(page)
        page.get_by_role("button", name="All sentences").click()
        expect(rows).to_have_count(len(HOSTILE), timeout=20_000)
    page.get_by_role("link", name="Annotate").click()
    expect(page.get_by_role("listbox")).to_have_text(HOSTILE[0], timeout=20_000)
    no_markup_of_the_file(page)
    page.get_by_role("link", name="Rounds").click()
    expect(page.get_by_role("heading", name="Rounds", exact=True)).to_be_visible(timeout=20_000)
    no_markup_of_the_file(page)
    only_from(server, asked)


def test_faults_quote_a_file_as_text(data_page: Callable[..., tuple[Page, Any, list[str]]], tmp_path: Path) -> None:
    page, server, asked = data_page()
    lines = "\n".join(f'"{label}",a' for label in ("![i](http://example.org/a.png)", "<img src=x onerror=alert(1)>"))
    (tmp_path / "bad.csv").write_text(f"label,text\n{lines}\n")
    page.get_by_role("button", name="Import", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.locator("input[type=file]").set_input_files(tmp_path / "bad.csv")
    faults = dialog.locator(".lines li")
    expect(faults).to_have_count(3, timeout=SLOW_MS)
    expect(faults.nth(0)).to_have_text(re.compile(r"^Line 2, label: found '!\[i\]\(http://example.org/a.png\)', exp"))
    expect(faults.nth(1)).to_have_text(re.compile(r"^Line 3, label: found '<img src=x onerror=alert\(1\)>', expected"))
    no_markup_of_the_file(page)
    only_from(server, asked)
    with Store.open(server.project) as store:
        assert sentences.count(store) == 0
    expect(dialog.get_by_role("button", name="Import", exact=True)).to_be_disabled()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Not imported", exact=True)).to_have_count(0)


def test_a_preview_shows_what_an_import_would_do_and_writes_nothing(
    data_page: Callable[..., tuple[Page, Any, list[str]]], tmp_path: Path
) -> None:
    page, server, _ = data_page()
    lines = [
        {"id": "s1", "text": "The ship sank", "label": 2, "rationale": [2], "spans": [[9, 13]], "split": "dev"},
        {"id": "<b>s2</b>", "text": "All survived", "label": 1, "answer": "reject", "split": "train"},
    ]
    file = tmp_path / "ships.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    page.get_by_role("button", name="Import", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.locator("input[type=file]").set_input_files(file)
    expect(dialog.get_by_text("say what the numbers mean with “Labels as written”")).to_be_visible(timeout=SLOW_MS)
    dialog.get_by_text("Marks, people and labels").click()
    dialog.get_by_role("textbox", name="Labels as written").fill("2=<b>_l_</b>")
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("Nothing is written yet.")).to_be_visible(timeout=SLOW_MS)
    expect(dialog.get_by_text("spans looks like marks and was only kept as metadata")).to_be_visible()
    expect(
        dialog.get_by_text('Sentences without an answer, because their line says so: 1; answer "reject"')
    ).to_be_visible()
    first_rows = dialog.get_by_role("region", name="The first rows of the file")
    expect(first_rows.locator("th")).to_have_text(["id", "text", "label", "rationale", "spans", "split", "answer"])
    expect(first_rows.locator("tbody tr").nth(1).locator("td").first).to_have_text("<b>s2</b>")
    expect(dialog.locator("td").filter(has_text="<b>_l_</b>")).to_have_count(1)
    expect(dialog.locator(".tokens").first.locator("> *")).to_have_text(["The", "ship", "sank"])
    expect(dialog.locator(".tokens mark")).to_have_text(["sank"])
    expect(dialog.locator(".tokens mark")).not_to_have_css("box-shadow", "none")
    expect(dialog.get_by_role("combobox", name="Marks", exact=True)).to_have_value("rationale")
    start, remarks = dialog.get_by_role("button", name="Import", exact=True), dialog.get_by_text("Please check")
    assert start.bounding_box()["y"] > remarks.bounding_box()["y"]  # type: ignore[index]
    start.focus()
    expect(start).to_have_css("color", "rgb(255, 255, 255)")
    expect(start).not_to_have_css("background-color", "rgba(0, 0, 0, 0)")
    page.emulate_media(color_scheme="dark")
    expect(dialog.locator(".preview")).to_have_css("background-color", "rgb(29, 33, 37)")
    page.emulate_media(color_scheme="light")
    expect(dialog.locator(".preview .where").nth(1)).to_have_text("<b>s2</b> \u00b7 pool \u00b7 2 words")
    no_markup_of_the_file(page)
    with Store.open(server.project) as store:
        assert sentences.count(store) == 0
    start.click()
    expect(page.get_by_text("Imported", exact=True)).to_be_visible(timeout=SLOW_MS)
    with Store.open(server.project) as store:
        assert sentences.count(store) == 2


def test_a_table_is_read_as_its_columns_are_guessed_and_corrected(
    data_page: Callable[..., tuple[Page, Any, list[str]]], tmp_path: Path
) -> None:
    page, server, _ = data_page()
    (tmp_path / "a.csv").write_text(
        "key,comment,class,other\nk1,It sank,none,The ship sank\nk2,b,:red[event],All survived\n"
    )
    page.get_by_role("button", name="Import", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.locator("input[type=file]").set_input_files(tmp_path / "a.csv")
    expect(dialog.get_by_text("4 columns, and the first rows.")).to_be_visible(timeout=20_000)
    expect(dialog.get_by_role("combobox", name="Sentence")).to_have_value("comment")
    expect(dialog.get_by_text("An import would add 2 sentences")).to_be_visible(timeout=SLOW_MS)
    dialog.get_by_role("combobox", name="Sentence").click()
    page.get_by_role("option", name="other").click()
    expect(dialog.locator(".tokens").first.locator("> *")).to_have_text(["The", "ship", "sank"], timeout=SLOW_MS)
    expect(dialog.get_by_text("2 labels of the pool are left out, because people answer the pool.")).to_be_visible()
    dialog.get_by_role("button", name="Keep them").click()
    expect(dialog.get_by_text("2 answers are added")).to_be_visible(timeout=SLOW_MS)
    dialog.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("2 answers were added")).to_be_visible(timeout=SLOW_MS)
    with Store.open(server.project) as store:
        found = sentences.find(store, ["k1", "k2"])
        assert [found[name].text for name in ("k1", "k2")] == ["The ship sank", "All survived"]


def test_a_file_above_the_limit_is_refused_before_it_is_sent(
    data_page: Callable[..., tuple[Page, Any, list[str]]], tmp_path: Path
) -> None:
    page, server, _ = data_page()
    large = tmp_path / "large.jsonl"
    with large.open("wb") as file:
        file.truncate(MOST_MEGABYTES * 1024 * 1024 + 1)
    page.get_by_role("button", name="Import", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.locator("input[type=file]").set_input_files(large)
    expect(dialog.get_by_text(re.compile(r"50(\.0)? ?MB or smaller"))).to_be_visible(timeout=20_000)
    expect(dialog.get_by_text("whylight import")).to_be_visible()
    expect(dialog.get_by_role("button", name="Import", exact=True)).to_be_disabled()
    with Store.open(server.project) as store:
        assert uploads.in_progress(store) is None


def test_an_import_outlives_clicks_a_reload_and_the_page(
    data_page: Callable[..., tuple[Page, Any, list[str]]], tmp_path: Path
) -> None:
    page, server, _ = data_page()
    many = tmp_path / "many.txt"
    many.write_text("".join(f"The ship number {number} sank in the storm.\n" for number in range(8000)))
    upload(page, many)
    expect(page.get_by_text("Importing", exact=True)).to_be_visible(timeout=20_000)
    page.get_by_role("link", name="Rounds").click()
    expect(page.get_by_role("heading", name="Rounds", exact=True)).to_be_visible(timeout=20_000)
    page.goto("about:blank")
    page.goto(f"{server.url}/data")
    expect(page.get_by_text("Imported", exact=True)).to_be_visible(timeout=SLOW_MS)
    expect(page.get_by_text("8,000 sentences in this project.")).to_be_visible()
    with Store.open(server.project) as store:
        assert sentences.count(store) == 8000
    folder = uploads_folder(server.project)
    assert [each.name for each in folder.iterdir()] == ["log.txt"]


def test_an_import_waits_for_no_dry_run_and_is_cancelled_with_a_click(
    data_page: Callable[..., tuple[Page, Any, list[str]]], tmp_path: Path
) -> None:
    page, server, _ = data_page()
    many = tmp_path / "many.txt"
    many.write_text("".join(f"The ship number {number} sank in the storm.\n" for number in range(100_000)))
    page.get_by_role("button", name="Import", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.locator("input[type=file]").set_input_files(many)
    expect(dialog.get_by_text("Reading the whole file")).to_be_visible(timeout=20_000)
    dialog.get_by_text("Leave out rows with a fault").click()
    start = dialog.get_by_role("button", name="Import", exact=True)
    start.focus()
    bar = dialog.get_by_role("progressbar")
    expect(bar).to_have_attribute("aria-valuenow", re.compile("^[2-9]"), timeout=20_000)  # it was drawn several times
    expect(start).to_be_focused()
    page.keyboard.press("Enter")
    cancel = page.get_by_role("button", name="Cancel", exact=True)
    expect(cancel).to_be_visible(timeout=20_000)
    with Store.open(server.project) as store:
        working = uploads.in_progress(store)
        assert working is not None
        dry_runs = [uploads.read(store, number) for number in range(1, working.id)]
    states = {each.state for each in dry_runs if each is not None}
    assert states == {"cancelled"}, "a dry run was waited for until it had ended"
    cancel.click()
    expect(page.get_by_text("Cancelled by Anna; nothing was added.")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("Cancelled", exact=True)).to_be_visible()
    with Store.open(server.project) as store:
        assert (uploads.in_progress(store), sentences.count(store)) == (None, 0)
    assert [each.name for each in uploads_folder(server.project).iterdir()] == ["log.txt"]


def test_the_keyboard_finds_opens_and_comes_back(data_page: Callable[..., tuple[Page, Any, list[str]]]) -> None:
    lines = [{"id": f"s{number}", "text": f"The ship {number} sank", "split": "dev"} for number in range(60)]
    page, _, _ = data_page(*lines)
    rows = page.locator(".list a")
    expect(rows).to_have_count(25, timeout=20_000)
    page.get_by_role("button", name="Later").press("Enter")
    expect(rows.first).to_contain_text("The ship 25 sank", timeout=20_000)
    expect(page.get_by_text("26 to 50")).to_be_visible()
    page.get_by_role("textbox", name="Search").fill('"SHIP 5')
    page.keyboard.press("Enter")
    expect(rows).to_have_count(11, timeout=20_000)
    expect(page.get_by_text("11 sentences found.")).to_be_visible()
    rows.nth(1).press("Enter")
    expect(page.locator(".text.words")).to_have_text("The ship 50 sank", timeout=20_000)
    assert page.url.endswith("/data?sentence=s50")
    page.reload()
    expect(page.locator(".text.words")).to_have_text("The ship 50 sank", timeout=SLOW_MS)
    page.get_by_role("button", name="All sentences").press("Enter")
    expect(rows).to_have_count(25, timeout=20_000)


def test_the_download_has_what_the_filters_let_through(data_page: Callable[..., tuple[Page, Any, list[str]]]) -> None:
    lines = [{"id": f"s{number}", "text": f"The ship {number} sank", "split": "dev"} for number in range(12)]
    page, server, _ = data_page(*lines)
    with Store.open(server.project) as store:
        anna = people.find(store, "Anna")
        assert anna is not None
        annotations.add(store, NewAnnotation(3, anna.id, "answer", "key-00003", label=1, marks="..+."))
    page.get_by_role("combobox", name="Label").click()
    page.get_by_role("option", name="<b>_l_</b>").click()
    expect(page.get_by_text("1 sentence found.")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Download").click()
    dialog = page.get_by_role("dialog")
    with page.expect_download() as download:
        dialog.get_by_role("button", name="Download").click()
    (line,) = download.value.path().read_text().splitlines()
    assert (json.loads(line)["id"], json.loads(line)["annotations"][0]["marks"]) == ("s2", "..+.")
    dialog.get_by_role("radio", name="Examples").click()
    expect(dialog.get_by_text("1 example.")).to_be_visible(timeout=20_000)
    dialog.get_by_role("combobox", name="Format").click()
    page.get_by_role("option", name="CSV of spans", exact=True).click()
    expect(dialog.get_by_text("CSV of spans cannot hold people's answers, votes, tags and metadata")).to_be_visible()
    dialog.get_by_role("combobox", name="Format").click()
    page.get_by_role("option", name="CSV", exact=True).click()
    expect(dialog.get_by_role("combobox", name="Between the cells")).to_be_visible(timeout=20_000)
    dialog.get_by_text("With a datacard").click()
    dialog.get_by_label("Licence").fill("cc0-1.0")
    dialog.get_by_label("Licence").press("Enter")
    expect(dialog.get_by_text("with a datacard, which says the licence cc0-1.0.")).to_be_visible(timeout=20_000)
    drawn(page)
    with page.expect_download() as download:
        dialog.get_by_role("button", name="Download").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        card, table = sorted(archive.namelist())
        assert (card, Path(table).suffix) == ("README.md", ".csv")
        assert 'license: "cc0-1.0"' in archive.read(card).decode()
        (row,) = csv.DictReader(io.StringIO(archive.read(table).decode("utf-8-sig")))
        assert (row["id"], row["marks"], row["words"]) == ("s2", "..+.", '["2"]')
    dialog.get_by_role("button", name="Close").click()
    page.locator(".list a").click()
    marked = page.locator(".answer mark")
    expect(marked).to_have_text(["2"], timeout=20_000)


def test_the_page_fits_a_telephone(browser: Browser, browser_context_args: dict[str, Any], shared_server: Any) -> None:
    context = browser.new_context(**browser_context_args | {"viewport": {"width": 390, "height": 800}})
    page = context.new_page()
    context.add_cookies([shared_server.cookie_of("Tele")])
    page.goto(f"{shared_server.url}/data")
    expect(page.locator(".list a").first).to_be_visible(timeout=SLOW_MS)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()
