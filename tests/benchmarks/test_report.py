"""The report: every number has a source, and the page is what its text and the committed files make."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree.ElementTree import fromstring

import evidence_study
import pytest
import report
from documents import pages
from evidence.choosing import read_chosen
from evidence.protocol import DEAR_SIZES, MARKS, SETS, study_trials
from made_up_trials import few_seeds, with_those_of_the_default, write_trials
from report_parts.figures import check_traced, fill
from report_parts.page import TEXT, WAITING, page, parts
from report_parts.pdf import as_html
from report_parts.placing import BEGIN, END, NoPlace, place_table, with_table
from report_parts.sources import RESULTS, ROOT, Sources, Untraced


def test_the_report_is_made_from_its_text_and_the_committed_files_byte_for_byte() -> None:
    made = page(Sources())
    assert report.REPORT.read_text(encoding="utf-8") == made, "run `python benchmarks/report.py`"
    assert "{{" not in made


@pytest.mark.parametrize("part", sorted(TEXT.glob("*.md")), ids=lambda part: part.stem)
def test_no_part_of_the_text_has_a_number_without_a_source(part: Path) -> None:
    check_traced(part.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "text",
    [
        "Marks save 40 % of the answers.",
        "With {{protocol > ONE_SIZE}} answers it is right on 78.2 %.",
        "| LitBank | 77.3 → 78.2 |",
        "- at −0.4 points",
        "Figure 1 shows 20 seeds.",
        "with 2000 answers",
        "p < 0.05, for n > 3",
        "the 99th percentile is 331 ms",
    ],
)
def test_a_number_that_is_written_by_hand_is_refused(text: str) -> None:
    with pytest.raises(Untraced, match="a number without a source"):
        check_traced(text)


def test_years_names_links_code_and_places_in_the_text_are_no_figures() -> None:
    check_traced("## 2. Related work\n\nGhaeini et al. (2019), Equation 4; Tables 1, 2\nand 3; the 95 % interval")
    check_traced("F1 of all-MiniLM-L6-v2 with `0.3*log-mass`, by [a page](decisions/0015-x.md); 99th percentile")
    check_traced('<div class="equation" markdown>\n\nmax(0, 1)\n\n</div>')


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    """A folder of results with one made-up file."""
    records = [{"name": "LitBank, 300", "mean": -0.44}, {"name": "the sample", "mean": 12.0}]
    figures = {
        "share": 0.125,
        "answers": 9686,
        "seeds": [0, 1, 2],
        "found": records,
        "said": ["Yes.", "No."],
        "of": None,
    }
    (tmp_path / "made_up.json").write_text(json.dumps({"command": "python make.py", "figures": figures}))
    return Sources(tmp_path)


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("figures > answers | ,", "9,686"),
        ("figures > share | .1%", "12.5 %"),
        ("figures > found > LitBank, 300 > mean | +.1f", "−0.4"),
        ("figures > found >\n  the sample > mean | +.1f", "+12.0"),
        ("figures > seeds", "0, 1 and 2"),
        ("figures > seeds > -1", "2"),
        ("figures > seeds > count | words", "three"),
        ("figures > said | list", "- Yes.\n- No."),
        ("command", "python make.py"),
    ],
)
def test_a_figure_is_read_from_its_field_and_written_in_its_format(sources: Sources, asked: str, written: str) -> None:
    text, figures = fill(f"So {{{{made_up.json > {asked}}}}} it is.", sources)
    assert text == f"So {written} it is."
    assert figures[0].source.commands == ["python make.py"]


def test_a_figure_of_the_protocol_is_its_constant() -> None:
    text, (figure,) = fill("{{evidence.protocol > COUNTS > litbank > 0 | ,}}", Sources())
    assert (text, figure.source.name) == ("5,000", "benchmarks/evidence/protocol.py")


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ("missing.json > figures", "neither a file of benchmarks/results nor a module"),
        ("made_up.json > figures > wrong", "has no 'figures > wrong'"),
        ("made_up.json > figures > found > HateXplain", "has no 'figures > found > HateXplain'"),
        ("made_up.json > figures > seeds > 9", "has no"),
        ("made_up.json > figures > of | .1f", "is None: give a format that suits it"),
        ("made_up.json > figures > answers | words", "give a format that suits it"),
    ],
)
def test_a_figure_that_no_file_has_is_refused(sources: Sources, asked: str, reason: str) -> None:
    with pytest.raises(Untraced, match=reason):
        fill(f"{{{{{asked}}}}}", sources)


def test_while_the_study_has_no_tables_its_figures_are_left_out() -> None:
    without, with_tables = parts(has_tables=False), parts(has_tables=True)
    assert [path.stem.removesuffix(WAITING) for path in without] == [path.stem for path in with_tables]
    assert "evidence.json" not in "".join(path.read_text() for path in without)
    waiting = [path.read_text() for path in without if path.stem.endswith(WAITING)]
    assert len(waiting) > 1
    assert all("evidence_trials.jsonl > finished" in text for text in waiting)


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of results as if the study had been run, with few seeds and made-up figures."""
    folder = tmp_path_factory.mktemp("results")
    out, chosen = folder / "evidence.json", folder / "evidence_chosen.json"
    for path in RESULTS.glob("*.json"):
        if path.name != out.name:
            (folder / path.name).symlink_to(path)
    trials = folder / "evidence_trials.jsonl"
    made_up = few_seeds(study_trials(read_chosen(chosen)), number=5)
    write_trials(trials, with_those_of_the_default(made_up, read_chosen(chosen)))
    with pytest.MonkeyPatch.context() as patch:
        for command in ("default", "tables"):
            arguments = [command, "--trials", str(trials), "--chosen", str(chosen), "--out", str(out)]
            patch.setattr("sys.argv", ["evidence_study.py", *arguments])
            evidence_study.main()
    return folder


@pytest.mark.slow
def test_with_tables_the_report_has_them_and_lists_where_they_come_from(made_up: Path) -> None:
    found = json.loads((made_up / "evidence.json").read_text())
    made = page(Sources(made_up))
    for name, table in found["tables"].items():
        assert "\n".join(table) in made, name
    assert f"{found['trials']['finished']:,} of 1,562 trials are finished" in made
    assert "is not finished" not in made
    for rule, line in zip(found["rule"]["settings"], found["rule"]["sentences"], strict=True):
        assert line.startswith(f"The {rule['setting']} ")
        assert f"`{rule['becomes']}`: {rule['why']}." in line
    assert "\n".join(f"- {line}" for line in found["rule"]["sentences"]) in made
    sources = made.partition("## Where every number comes from")[2]
    assert "- `evidence.json` (`python benchmarks/evidence_study.py tables`): " in sources
    assert all(f"a table `tables > {name}`" in sources for name in found["tables"])
    assert page(Sources(made_up)) == made


@pytest.mark.slow
def test_the_one_table_has_a_row_for_every_set_and_encoder_and_for_the_shortcuts(made_up: Path) -> None:
    found = json.loads((made_up / "evidence.json").read_text())
    head, _, *rows = found["tables"]["headline"]
    assert [row.split(" | ")[0].removeprefix("| ") for row in rows] == [
        "LitBank, MiniLM, `log-even`",
        "LitBank, MiniLM, `log-mass`",
        "LitBank, the CNN",
        "LitBank, MiniLM, fine-tuned",
        "HateXplain, MiniLM, `log-even`",
        "HateXplain, MiniLM, `log-mass`",
        "HateXplain, the CNN",
        "CBT-NE, MiniLM, `log-even`",
        "CBT-NE, MiniLM, `log-mass`",
        "CBT-NE, the CNN",
        "the sample, MiniLM, `log-even`",
        "the sample, MiniLM, `log-mass`",
        "the sample, the CNN",
        "the sample, MiniLM, fine-tuned",
        "LitBank, MiniLM, `log-even`, a shortcut of 90 %",
        "LitBank, MiniLM, `log-mass`, a shortcut of 90 %",
        "the sample, MiniLM, `log-even`, a shortcut of 90 %",
        "the sample, MiniLM, `log-mass`, a shortcut of 90 %",
    ]
    assert {row.count("|") for row in (head, *rows)} == {8}
    compared = {each["name"]: each for each in found["comparisons"]["marks"]}
    means = {each["name"]: each["mean"] for each in found["cells"]}
    cells = [means[f"LitBank, MiniLM, {loss}, {DEAR_SIZES[0]}, accuracy"] for loss in ("none", MARKS)]
    assert rows[1].split(" | ")[2] == f"{cells[0]:.1f} → {cells[1]:.1f}"
    assert compared["LitBank, MiniLM, 300"]["mean"] == pytest.approx(cells[1] - cells[0], abs=2e-4)


@pytest.mark.slow
def test_the_figure_has_a_chart_for_every_set_and_colours_for_a_dark_page(made_up: Path) -> None:
    drawn = fromstring((made_up / "evidence.svg").read_text())
    charts = drawn.findall("{http://www.w3.org/2000/svg}svg")
    assert len(charts) == len(SETS)
    for chart in charts:
        names = [text.text for text in chart.iter("{http://www.w3.org/2000/svg}text")]
        assert {"with marks", "labels only", "answers"} <= set(names)
    assert "prefers-color-scheme: dark" in (made_up / "evidence.svg").read_text()


@pytest.mark.slow
def test_the_table_takes_its_place_in_a_page_and_the_rest_stays(made_up: Path, tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"# Before\n\n{BEGIN}\n\nan older table\n\n{END}\n\nAfter.\n")
    place_table(readme, Sources(made_up))
    placed = readme.read_text()
    table = json.loads((made_up / "evidence.json").read_text())["tables"]["headline"]
    assert placed == "\n".join(["# Before", "", BEGIN, "", *table, "", END, "", "After.", ""])
    place_table(readme, Sources(made_up))
    assert readme.read_text() == placed


def test_a_page_without_a_place_for_the_table_stays_as_it_is(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("# No place\n")
    for page_without in (readme, tmp_path / "missing.md"):
        with pytest.raises(NoPlace, match="has no place for the table"):
            place_table(page_without, Sources())
    assert readme.read_text() == "# No place\n"
    with pytest.raises(Untraced, match="write it with"):
        with_table(f"{BEGIN}\n{END}", Sources(tmp_path))


@pytest.mark.parametrize("document", pages(), ids=lambda document: str(document.relative_to(ROOT)))
def test_the_table_of_a_page_is_the_one_of_the_study(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    assert with_table(text, Sources()) == text, f"run `python benchmarks/report.py --table-in {document}`"


def test_on_paper_the_report_has_sections_drawings_and_no_link_to_a_file(tmp_path: Path) -> None:
    (tmp_path / "drawn.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"><title>drawn</title></svg>')
    text = (
        "# A title\n\nIt's [here](method.md), [there](https://example.org).\n\n## 1. Related work\n\n![](drawn.svg)\n"
    )
    html = as_html(text, folder=tmp_path)
    assert "<title>A title</title>" in html
    assert '<p>It’s here, <a href="https://example.org">there</a>.</p>' in html
    assert '<section class="related-work">' in html
    assert "<title>drawn</title>" in html
    assert str(tmp_path) not in html


@pytest.mark.slow
@pytest.mark.browser
def test_the_report_is_printed_on_a_few_pages_of_a4(tmp_path: Path) -> None:
    if not any(map(shutil.which, (os.environ.get("CHROMIUM", "chromium"), "chromium-headless-shell"))):
        pytest.skip("no Chromium: install Debian's chromium-headless-shell or chromium, or name one in $CHROMIUM")
    pdf = tmp_path / "report.pdf"
    # In a process of its own: playwright allows one event loop per process, and other tests have one.
    program = (
        "import sys; from pathlib import Path; from report_parts.pdf import write_pdf; "
        "print(write_pdf(*map(Path, sys.argv[1:])))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program, report.REPORT, pdf],
        cwd=ROOT / "benchmarks",
        capture_output=True,
        text=True,
        check=True,
    )
    assert 5 <= int(printed.stdout) <= 10
    content = pdf.read_bytes()
    assert b"/MediaBox [0 0 594.95996 841.91998]" in content
    assert b"SourceSerif4" in content
    assert list(tmp_path.iterdir()) == [pdf]
