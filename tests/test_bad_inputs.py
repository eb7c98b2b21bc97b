"""The bad inputs that we know of, what becomes of each, and the test that holds it."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

FILES = {
    "a file without a sentence is refused": "[no-sentences-",
    "a text of more than 100,000 characters is refused": "[long-text-",
    "a text of more than 4,096 tokens is refused": "[many-tokens-",
    "a NUL in a text or an id is refused": "[nul-",
    "another control character in a text is refused by its number": "[control-",
    "bytes that are not UTF-8 are refused, with their place": "[not-utf8-",
    "a byte order mark is dropped": "::test_a_byte_order_mark_is_dropped",
    "UTF-16 is read, and refused where it is damaged": "[utf16-",
    "half a character, as JSON can write it, is refused": "[half-character-",
    "an id that two lines have is refused": "[same-id-",
    "an id that the project has, with another text, is refused": "[known-id-",
    "an id that the project has, with the same text, is skipped; odd ids are strings; equal texts are counted": (
        "::test_ids_are_strings_known_ones_are_skipped_and_equal_texts_counted"
    ),
    "words that other programs read as nothing or a number are text": "[null-word-",
    "a text in which nothing can be seen is refused": "[invisible-",
    "a file without a text is refused by the fields that it has": "[fields-",
    "fields that we do not know are metadata": "::test_other_columns_are_metadata",
    "columns with the same name, apart from case and space, are refused": "[twin-headers-",
    "a row with too few or too many cells is refused": "[ragged-",
    "a quoted cell that is never closed is refused": "[open-quote-",
    "a cell of more than 131,072 characters is refused": "[long-cell-",
    "a table whose separator is not certain, or not the one asked for, is refused with a hint": "[separator-",
    "any end of a line does, and what only looks like one stays in the text": "[line-end-",
    "a table may end its lines in any way": "::test_a_table_may_end_its_lines_in_any_way",
    "a line that is no JSON object is refused": "[no-object-",
    "JSON of thousands of levels or digits is refused": "[deep-json-",
    "JSON with a number that is none, or a field twice, is refused": "[odd-json-",
    "tokens that are not the text's are refused": "[other-tokens-",
    "a token that is no word is refused": "[odd-token-",
    "more or fewer marks than tokens are refused": "[marks-count-",
    "a mark that is none is refused": "[odd-mark-",
    "true and false are marks in JSON": "::test_true_and_false_are_marks_in_json",
    "a label that the project does not have is refused": "[odd-label-",
    "digits are a label where the command says so": "::test_digits_in_a_table_are_an_index_where_that_is_said",
    "labels that a project cannot have make none": "::test_unusable_labels_make_no_project",
    "labelled and unlabelled rows may be mixed": "::test_labelled_and_unlabelled_rows_may_be_mixed_and_are_counted",
    "more answers to a sentence than it wants are history": "::test_many_peoples_answers_are_history_and_no_slots",
    "writing that is turned round is kept, and counted": "[turned-",
    "characters without a width are kept": "[zero-width-",
    "a grapheme is never cut": "[grapheme-",
    "odd spaces are kept": "[odd-space-",
    "HTML is text": "[html-",
    "Markdown is text": "[markdown-",
    "a spreadsheet's formula is text": "[formula-",
    "SQL is text": "[sql-",
    "SQL is a person's name": "::test_a_persons_name_is_never_sql",
    "a zip, a database or damaged gzip is refused by its first bytes": "[no-text-",
    "gzip is read whatever the suffix, where the format is named": "::test_a_packed_table_is_read_whatever_its_suffix",
    "seconds that no clock gives are refused": "[odd-seconds-",
    "a name that a person cannot have is refused with its line": "[odd-name-",
    "names that differ in case are one person": "::test_names_in_another_case_are_one_person",
    "a second import or project at the same time changes nothing": "::test_a_second_import_or_project_at_the_same_time",
    "a file that is no project is not opened": "::test_what_is_no_project_is_refused_unchanged",
}
ACTS = {
    "one key from two tabs at once is one row": "::test_one_key_from_two_tabs_at_once_is_one_row",
    "one key twice in a message is one row": "::test_one_key_twice_in_one_message_is_one_row",
    "an answer in another's name is refused": "::test_an_answer_in_somebody_else_s_name_is_refused",
    "another's key is refused": "::test_somebody_else_s_key_is_refused",
    "a sentence of another project is refused": "::test_a_sentence_of_another_project_is_refused",
    "a deactivated person stores nothing": "::test_somebody_deactivated_stores_nothing",
    "an answer to a sentence that was never given is refused": "::test_an_answer_to_a_sentence_that_was_never_given",
    "an answer after the lease is kept, and not beyond the quota": "::test_an_answer_after_the_lease_is_kept",
    "the learner's numbers are stored as numbers": "::test_what_the_learner_computes_is_stored_as_numbers_and_text",
    "another library's number is refused by the schema": "::test_a_number_that_was_not_converted_is_refused",
    "a number out of range is refused in words": "::test_a_number_out_of_range_is_refused_in_words",
    "an overlap out of range makes no project": "::test_an_overlap_out_of_range_makes_no_project",
    "a name that could pass for another is refused": "::test_a_name_that_could_pass_for_another_is_refused",
    "a name in another case is the same person": "::test_a_name_in_another_case_is_the_same_person",
    "a setting that cannot be is refused by name": "::test_a_setting_that_cannot_be_is_refused_by_name",
}
CHECKPOINTS = {
    "weights that are a pickle, half a file, or none are refused": "::test_files_that_are_not_weights_are_refused",
    "a folder in the place of a file is refused": "::test_a_folder_in_place_of_a_file_is_refused",
    "one bit that flipped is refused": "::test_one_bit_that_flipped_is_refused",
    "weights, words, labels and settings that do not fit are refused": "::test_what_does_not_fit_together_is_refused",
    "settings that are no JSON are refused": "::test_files_that_are_not_settings_are_refused",
    "weights that claim to be huge are refused before they are made": "[claimed-size-",
}
ELSEWHERE = {
    "a file that is too large to upload is refused": (
        "tests/annotator/importing/test_uploads.py::test_a_file_that_is_too_large_is_refused_with_its_size"
    ),
    "what is typed into a search is never its syntax": (
        "tests/annotator/reviewing/test_browsing.py::test_a_search_is_literal"
    ),
    "an uploaded file's name leads nowhere else": (
        "tests/annotator/importing/test_uploads.py::test_a_file_name_that_cannot_be_is_refused_and_leaves_nothing"
    ),
    "a link in the place of an upload is never followed": (
        "tests/annotator/importing/test_uploads.py::test_a_link_in_the_place_of_the_file_is_never_followed"
    ),
}
"""What is tested with the part that takes it."""


@pytest.mark.slow
def test_every_bad_input_has_its_test() -> None:
    command = [sys.executable, "-m", "pytest", "--collect-only", *_files()]  # -q comes from our settings
    collected = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    expected = FILES | ACTS | CHECKPOINTS
    assert [kind for kind, test in expected.items() if test not in collected] == []


@pytest.mark.parametrize("test", ELSEWHERE.values(), ids=ELSEWHERE)
def test_what_is_tested_elsewhere_is_there(test: str) -> None:
    file, _, name = test.partition("::")
    assert f"def {name}(" in (ROOT / file).read_text()


def _files() -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests").rglob("test_bad_*.py"))
