import json
import re

import pytest

from learner.explaining import SentenceSaliency, explain, shade, to_html
from learner.training.checkpoint import save_checkpoint

TEXT = "filler1 exploded, <b>filler2</b>!"


@pytest.fixture(scope="module")
def checkpoint(trained, tmp_path_factory):
    folder = tmp_path_factory.mktemp("model") / "kept"
    save_checkpoint(trained, folder, {})
    return folder


def score_of(explained, word):
    return explained.scores[explained.tokens.index(word)]


@pytest.mark.parametrize("by", ["input_x_gradient", "integrated_gradients", "leave_one_out"])
def test_the_word_that_the_model_knows_speaks_for_its_label(trained, by):
    explained = explain(trained, TEXT, by=by)
    assert (explained.label, explained.by) == ("event", by)
    assert explained.probability > 0.5
    assert score_of(explained, "exploded") == max(explained.scores) > 0
    assert max(explained.strengths) == 1


def test_another_label_can_be_asked_about(trained):
    against = explain(trained, TEXT, label="quiet")
    assert against.probability < 0.5
    assert score_of(against, "exploded") < 0
    assert (against.predicted, against.heading[:11]) == ("event", "Words for “")


def test_words_past_those_that_the_model_sees_score_zero(trained):
    explained = explain(trained, "filler1 " * 12 + "exploded")
    assert len(explained.scores) == 13
    assert explained.scores[10:] == (0.0, 0.0, 0.0)


def test_a_terminal_gets_the_sentence_as_it_was_written_with_coloured_words(trained):
    shaded = shade(explain(trained, TEXT))
    assert re.sub(r"\x1b\[[0-9;]*m", "", shaded) == TEXT
    assert "48;2;232;178;60mexploded\x1b[0m" in shaded  # the strongest word, on amber


def test_a_control_sequence_in_the_sentence_does_not_reach_the_terminal(trained):
    assert "\x1b]0;" not in shade(explain(trained, "exploded \x1b]0;title\x07"))


def test_words_that_came_cut_are_kept(trained):
    explained = explain(trained, ["it exploded", "exploded"])
    assert explained.tokens == ("it exploded", "exploded")
    assert (explained.text, explained.starts) == ("it exploded exploded", (0, 12))
    assert score_of(explained, "exploded") > score_of(explained, "it exploded")


def test_the_page_shows_text_as_text_and_loads_nothing_from_a_server(trained):
    page = to_html(explain(trained, TEXT))
    assert "<b>" not in page
    assert "&lt;" in page
    assert not re.search(r"https?:|src=|href=|@import|url\(", page)
    assert re.search(r'<mark style="background:#e8b23c" title="\+[0-9.]+">exploded</mark>', page)


def test_a_sentence_of_which_no_word_counts_is_not_shaded():
    nothing = SentenceSaliency("a b", ("a", "b"), (0, 2), (0.0, 0.0), "quiet", 0.5, "gradient", "quiet", 0.5)
    assert nothing.strengths == (0.0, 0.0)
    assert "<mark" not in to_html(nothing)
    assert shade(nothing) == "a b"


def test_the_command_prints_scores_where_there_is_no_terminal(run, checkpoint):
    result = run("explain", checkpoint, "--text", "filler1 exploded [x]")
    assert result.exit_code == 0
    assert "event" in result.stdout
    assert re.search(r"exploded +\+\d", result.stdout)
    assert "[" in result.stdout
    assert "\x1b" not in result.stdout + result.stderr


def test_the_command_writes_a_page_and_json(run, checkpoint, tmp_path):
    page = tmp_path / "page.html"
    result = run("explain", checkpoint, "--text", TEXT, "--by", "leave_one_out", "--html", page, "--json")
    explained = json.loads(result.stdout.splitlines()[-1])
    assert (explained["label"], explained["predicted"], explained["by"]) == ("event", "event", "leave_one_out")
    assert len(explained["tokens"]) == len(explained["scores"])
    assert "exploded</mark>" in page.read_text()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--text", "   "], "text: found no word, expected a sentence"),
        (["--text", "a", "--label", "noise"], "label: found 'noise', expected one of quiet, event"),
        (["--text", "a", "--by", "magic"], "no attribution is called 'magic'"),
        (["--text", "a", "--html", "/nowhere/page.html"], "/nowhere/page.html: No such file"),
    ],
)
def test_what_cannot_be_explained_is_refused_in_a_sentence(run, checkpoint, arguments, complaint):
    result = run("explain", checkpoint, *arguments)
    assert result.exit_code == 1
    assert complaint in result.stderr
    assert "Traceback" not in result.stdout + result.stderr
