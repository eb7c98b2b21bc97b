"""What a file says of one text in several lines comes together, in little memory, wherever the lines are."""

import tracemalloc
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.formats.faults import BadInput, Fault, Faults
from annotator.formats.tools import together
from annotator.formats.tools.together import Together

LINES = st.lists(st.sampled_from(["a", "b", "c", "d", None, 7]), max_size=12)


def groups_of(keys, faults=None, rest=""):
    def objects(faults):
        for line, key in enumerate(keys, 1):
            yield line, {"text": key, "place": line, "rest": rest}, 30 + len(rest)

    return Together(objects, lambda given: given["text"]).groups(Faults("file") if faults is None else faults)


@given(LINES)
def test_lines_with_the_same_key_are_one_group_in_their_order(keys):
    expected = defaultdict(list)
    for line, key in enumerate(keys, 1):
        expected[key].append((line, key))
    found = [[(line, given["text"]) for line, given, _ in group] for group in groups_of(keys)]
    assert sorted(found, key=str) == sorted(expected.values(), key=str)
    ends = [group[-1][0] for group in found]
    assert ends == sorted(ends)


def test_groups_wait_for_their_last_line_up_to_a_limit(monkeypatch):
    monkeypatch.setattr(together, "MOST_WAITING", 1000)
    faults = Faults("file")
    assert [len(group) for group in groups_of("aabbcc", faults, rest="x" * 300)] == [2, 2, 2] and not faults
    with pytest.raises(BadInput, match="Line 3: found more than 1,000 bytes between the answers to the same sentence"):
        sum(1 for _ in groups_of("abcabc", faults, rest="x" * 300))
        faults.raise_if_any()


def test_a_file_has_a_limit_of_lines(monkeypatch):
    monkeypatch.setattr(together, "MOST_LINES", 3)
    faults = Faults("file")
    assert not list(groups_of("abcd", faults))
    with pytest.raises(BadInput, match="found more than 3 lines"):
        faults.raise_if_any()


@pytest.mark.parametrize("people", [1, 2])
def test_memory_grows_by_a_few_bytes_for_each_line(people):
    keys = [f"The ship {number // people} sank." for number in range(20_000)]
    tracemalloc.start()
    assert sum(1 for _ in groups_of(keys)) == 20_000 / people
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 60 * 20_000


def test_faulty_lines_of_a_first_reading_are_noted_in_the_second():
    left = []

    def objects(faults):
        for line in range(1, 61):
            faults.add(Fault(line, "text", "null", "a text"))
        yield 61, {"text": "a"}, 5

    faults = Faults("file", left.append)
    assert len(list(Together(objects, lambda given: given["text"]).groups(faults))) == 1
    assert [fault.line for fault in left] == [*range(1, 61)]
