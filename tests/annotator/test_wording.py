"""Figures read the same wherever they are shown."""

from annotator.wording import from_to, number, signed


def test_a_figure_reads_the_same_however_it_was_computed() -> None:
    by_share, by_count = 100 * (102 / 160), 100 * 102 / 160
    assert by_share != by_count  # 63.74999999999999 and 63.75
    assert number(by_share) == number(by_count) == "63.8"
    assert signed(-by_share) == "−63.8"
    assert from_to(by_share, by_count) == "63.8 to 63.8"
