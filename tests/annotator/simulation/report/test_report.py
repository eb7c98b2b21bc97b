import json
import random
import re
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from simulated import LABELS, MARKS, runs_of

from annotator.simulation.comparing import holm
from annotator.simulation.records import Arm, Point, Run
from annotator.simulation.report import write_report

NAMES = ("report.md", "report.json", "report.html")


def written(runs: Sequence[Run], folder: Path, title: str = "What marks buy") -> dict[str, str]:
    write_report(runs, folder, title=title)
    return {name: (folder / name).read_text(encoding="utf-8") for name in NAMES}


def beginning(report: dict[str, str]) -> str:
    """Return what a report says first, down to its first table."""
    return report["report.md"].split("\n## ")[1]


@pytest.fixture(scope="module")
def effect(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Marks are worth 3 points, and an answer with marks takes half as long again."""
    return written(runs_of(LABELS) + runs_of(MARKS, effect=3, minutes=0.3), tmp_path_factory.mktemp("effect"))


def test_an_effect_is_said_first_in_answers_and_in_minutes(effect: dict[str, str]):
    said = beginning(effect)
    saved, low, high, needed = map(
        int,
        re.search(r"saves (\d+) answers of 300 \(95 % interval (\d+) to (\d+)\): it takes (\d+)", said).groups(),
    )
    # The curve without luck is at 78 - 24 exp(-300 / 120) = 76.0 after 300; 3 points higher it is there after 169.
    assert saved == pytest.approx(131, abs=30)
    assert low <= saved <= high < 300
    assert needed == 300 - saved
    assert "With litbank and minilm, teaching with labels + marks" in said
    assert "where an answer takes 1.5 times as long, it saves" in said
    assert re.search(r"accuracy on dev is [23]\.\d points higher", said)
    assert "The one comparison over the whole curve shows that accuracy on dev is higher." in said
    assert all(f"{saved} answers of 300" in text for text in effect.values())


def test_without_an_effect_the_report_says_what_could_have_been_shown(tmp_path: Path):
    said = beginning(written(runs_of(LABELS) + runs_of(MARKS), tmp_path))
    assert "no difference between teaching with labels + marks (log-mass) and labels only could be shown" in said
    least = float(re.search(r"The smallest difference that 10 seeds could show is (\d\.\d) points", said)[1])
    # Seed by seed the areas differ by a deviation near sqrt(2) x 0.6 / sqrt(5 rounds) = 0.4; 0.996 of it can be shown.
    assert 0.1 < least < 0.8
    assert "shows no difference in accuracy on dev" in said


def test_harm_is_said_too(tmp_path: Path):
    said = beginning(written(runs_of(LABELS) + runs_of(MARKS, effect=-4), tmp_path))
    assert "teaching with labels + marks (log-mass) does harm" in said
    assert re.search(r"After 300 answers it does not reach the 7\d\.\d % that labels only has", said)


def test_two_seeds_are_too_few_to_say_anything(tmp_path: Path):
    runs = runs_of(LABELS, seeds=range(2)) + runs_of(MARKS, effect=9, seeds=range(2))
    assert "2 seeds are too few, it takes 3" in beginning(written(runs, tmp_path))


def test_where_an_answer_costs_the_same_minutes_are_not_mentioned(tmp_path: Path):
    assert "minutes" not in beginning(written(runs_of(LABELS) + runs_of(MARKS, effect=3), tmp_path))


def test_runs_in_any_order_give_the_same_bytes(tmp_path: Path):
    runs = [*runs_of(LABELS, seeds=range(4)), *runs_of(MARKS, seeds=range(3)), *runs_of(replace(LABELS, encoder="e5"))]
    shuffled = [replace(run, points=run.points[::-1]) for run in runs]
    random.Random(0).shuffle(shuffled)
    assert written(runs, tmp_path / "one") == written(shuffled, tmp_path / "other")


def test_a_seed_that_one_arm_lacks_is_named(tmp_path: Path):
    report = written(runs_of(LABELS) + runs_of(MARKS, seeds=range(1, 10)), tmp_path)
    left_out = "compared over 9 seeds, without seed 0 (run for one of the two only)"
    assert left_out in report["report.md"]
    assert left_out in report["report.html"]
    assert json.loads(report["report.json"])["comparisons"][0]["seeds"] == list(range(1, 10))


def test_a_run_that_was_cut_short_is_in_no_mean(tmp_path: Path):
    runs = [*runs_of(LABELS, seeds=range(4)), *runs_of(MARKS, seeds=range(4))]
    runs[2] = replace(runs[2], points=runs[2].points[:2])
    report = written(runs, tmp_path)
    assert "litbank, labels only: the means are without seed 2 (nothing at 150 answers)." in report["report.md"]
    assert "| labels only | 3 |" in report["report.md"]
    assert "labels only, seed 2: from" in report["report.html"]


def test_what_has_no_baseline_is_named(tmp_path: Path):
    runs = [run for name in ("margin", "badge") for run in runs_of(replace(LABELS, acquisition=name), seeds=range(3))]
    report = written(runs, tmp_path)["report.md"]
    assert "No arm could be compared" in report
    assert "litbank, asking (badge and margin): not compared" in report


def test_tables_have_mean_and_deviation_over_seeds(tmp_path: Path):
    points = {seed: Point(50, 0, 10.0, {"dev accuracy": value}) for seed, value in ((0, 0.7), (1, 0.72), (2, 0.74))}
    report = written([Run(LABELS, seed, [point]) for seed, point in points.items()], tmp_path)["report.md"]
    assert "| labels only | 3 | 72.0 ± 2.0 | 72.0 ± 2.0 | 10.0 |" in report


def test_answers_that_are_never_enough_are_not_reached(tmp_path: Path):
    report = written(runs_of(LABELS) + runs_of(MARKS, effect=-9), tmp_path)
    labels, marks = report["report.md"].split("### Answers needed")[1].split("###")[0].splitlines()[-3:-1]
    assert "not reached" not in labels
    assert marks.endswith("| not reached |")
    arms = json.loads(report["report.json"])["arms"]
    assert [arm["needed"][-1]["answers"] is None for arm in arms if arm["figure"] == "dev accuracy"] == [False, True]


def test_the_areas_of_one_factor_are_corrected_together(tmp_path: Path):
    arms = [MARKS, replace(MARKS, losses="hinge"), replace(MARKS, losses="mass"), replace(LABELS, acquisition="margin")]
    runs = runs_of(LABELS) + [run for place, arm in enumerate(arms) for run in runs_of(arm, effect=place * 0.3)]
    compared = json.loads(written(runs, tmp_path)["report.json"])["comparisons"]
    areas = [each["area"] for each in compared if each["figure"] == "dev accuracy"]
    assert [each["factor"] for each in compared[:4]] == ["losses"] * 3 + ["acquisition"]
    assert [area["holm_p"] for area in areas[:3]] == pytest.approx(holm([area["t_p"] for area in areas[:3]]), abs=1e-5)
    assert areas[3]["holm_p"] == areas[3]["t_p"]
    others = [each["area"] for each in compared if each["figure"] == "dev macro_f1"]
    assert {(each["t_p"], each["holm_p"]) for each in others} == {(None, None)}


def test_test_is_tested_where_all_runs_have_it(tmp_path: Path):
    both = {"dev accuracy": 0.7, "test accuracy": 0.6}
    report = written([Run(LABELS, 0, [Point(50, 0, 1.0, both)])], tmp_path)
    assert json.loads(report["report.json"])["figure"] == "test accuracy"


class Page(HTMLParser):
    """Follows a page's elements, each of which has to be closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attributes]
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attributes]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())


def read(html: str) -> Page:
    page = Page()
    page.feed(html)
    page.close()
    return page


def test_the_page_is_whole_and_loads_nothing(effect: dict[str, str]):
    page = read(effect["report.html"])
    assert page.open == []
    assert not {"script", "link", "img", "iframe", "object", "use", "image", "a"} & set(page.tags)
    assert not {"src", "href", "xlink:href", "srcset", "style"} & {name for name, _ in page.attributes}
    addresses = re.findall(r"https?://[^\"' )]+|url\(|@import", effect["report.html"])
    assert set(addresses) == {"http://www.w3.org/2000/svg"}  # the name of SVG, which is not fetched


def test_the_page_has_every_seed_of_every_arm_and_says_which_it_is(effect: dict[str, str]):
    titles = [text for text in read(effect["report.html"]).texts if ", seed " in text]
    for name in ("labels only", "labels + marks (log-mass)"):
        for seed in range(10):
            # By answers and by minutes, and by answers for the two other figures; each for wide and narrow.
            assert sum(title.startswith(f"{name}, seed {seed}:") for title in titles) == 8


def test_lines_differ_by_their_dashes_too(tmp_path: Path):
    losses = ("none", "log-mass", "mass", "head", "hinge")
    runs = [run for name in losses for run in runs_of(replace(LABELS, losses=name), seeds=range(2), sizes=(50, 100))]
    keys = written(runs, tmp_path)["report.html"].split('<ul class="keys">')[1].split("</ul>")[0].splitlines()
    dashes = [re.search(r'stroke-dasharray="(.+?)"', key) for key in keys if key]
    assert len({found and found[1] for found in dashes}) == len(losses)


def test_names_from_outside_are_text_everywhere(tmp_path: Path):
    name = '<script>alert("1")</script> a|b *c* [d](e)'
    arms = [Arm(name, name, losses, name, name) for losses in ("none", "0.3*log-mass")]
    report = written([run for arm in arms for run in runs_of(arm, seeds=range(3))], tmp_path, title=name)
    page = read(report["report.html"])
    assert "script" not in page.tags
    assert name in page.texts
    assert not re.search(r"(?<!\\)<script|(?<!\\)\*c", report["report.md"])
    rows = [line for line in report["report.md"].splitlines() if line.startswith("|")]
    assert not [row for row in rows if re.search(r"a\|b", row)]
    assert json.loads(report["report.json"])["title"] == name


def test_a_single_model_has_a_report(tmp_path: Path):
    report = written([Run(LABELS, 0, [Point(50, 0, 0.0, {"dev accuracy": 0.5})])], tmp_path)
    assert "1 run: 1 arm on litbank, 1 seed" in report["report.md"]
    assert read(report["report.html"]).open == []


def test_a_seed_that_is_there_twice_is_refused(tmp_path: Path):
    with pytest.raises(ValueError, match="found 2 runs of 1 arms and seeds"):
        write_report(runs_of(LABELS, seeds=(3, 3)), tmp_path, title="twice")
