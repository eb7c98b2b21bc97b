import subprocess
import sys
from pathlib import Path

import pytest
from marks_study.shortcut import WORD, keep_marks, plant

from learner.data.example import Example

SPLITS = ("train", "dev", "test")


@pytest.fixture
def examples() -> list[Example]:
    return [
        Example((f"w{number}", "ran", "."), number % 2, ".+." if number % 2 else "...", split=split)
        for split in SPLITS
        for number in range(40)
    ]


def _share(examples: list[Example], split: str, label: int) -> float:
    chosen = [WORD in each.tokens for each in examples if each.split == split and each.label == label]
    return sum(chosen) / len(chosen)


@pytest.mark.parametrize(
    ("split", "positives", "negatives"), [("train", 0.9, 0.1), ("dev", 0.9, 0.1), ("test", 0.5, 0.5)]
)
def test_the_word_tells_the_label_except_on_test(
    examples: list[Example], split: str, positives: float, negatives: float
) -> None:
    planted = plant(examples, seed=0)
    assert _share(planted, split, 1) == positives
    assert _share(planted, split, 0) == negatives


@pytest.mark.parametrize(("dash", "letter"), [(False, "."), (True, "-")])
def test_marks_stay_on_their_words(examples: list[Example], dash: bool, letter: str) -> None:
    for before, after in zip(examples, plant(examples, seed=0, dash=dash), strict=True):
        assert after.tokens != before.tokens or after == before
        assert after.marks is not None
        marked = dict(zip(after.tokens, after.marks, strict=True))
        assert marked["ran"] == ("+" if after.label == 1 else ".")
        if WORD in marked:
            assert marked[WORD] == (letter if after.label == 1 else ".")


def test_the_same_seed_plants_the_same(examples: list[Example]) -> None:
    assert plant(examples, seed=3) == plant(examples, seed=3) != plant(examples, seed=4)


def test_a_word_that_is_there_already_is_refused(examples: list[Example]) -> None:
    with pytest.raises(ValueError, match="'ran' is already in the sentences"):
        plant(examples, seed=0, word="ran")


def test_only_so_many_marks_are_kept_and_no_answer_is_lost(examples: list[Example]) -> None:
    kept = keep_marks(examples, 5)
    assert [each.marks for each in kept if each.marks] == [".+."] * 5
    assert [(each.tokens, each.label) for each in kept] == [(each.tokens, each.label) for each in examples]


def test_it_needs_no_torch() -> None:
    code = "import sys, marks_study.shortcut; print('torch' in sys.modules)"
    folder = Path(__file__).parents[2] / "benchmarks"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(folder)!r}); {code}"],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder.parent,
    )
    assert done.stdout.strip() == "False"
