"""Figures read the same wherever they are shown."""

import re
from pathlib import Path

import annotator
from annotator.wording import from_to, in_percent, number, percent, signed, verb_for


def test_a_figure_reads_the_same_however_it_was_computed() -> None:
    by_share, by_count = 100 * (102 / 160), 100 * 102 / 160
    assert by_share != by_count  # 63.74999999999999 and 63.75
    assert number(by_share) == number(by_count) == "63.8"
    assert signed(-by_share) == "−63.8"
    assert from_to(by_share, by_count) == "63.8 to 63.8"


def test_counts_shares_and_plurals_are_written_in_one_place() -> None:
    own = re.compile(
        r"""['"]1 [a-z ]+['"] if |['"]{2} if [^}]* == 1 else ['"]s|else ['"](?:has|have|was|were|is|are)['"]\n"""
    )
    found = [path.name for path in Path(annotator.__file__).parent.rglob("*.py") if own.search(path.read_text("utf-8"))]
    assert found == [], "use `counted` and `verb_for`"
    assert [verb_for(number, "has", "have") for number in (0, 1, 2)] == ["have", "has", "have"]
    assert (percent(1, 8), percent(0.5, 1, digits=0), in_percent(33.333)) == ("12.5 %", "50 %", "33.3 %")
