import pytest

from learner import registry
from learner.acquisition_names import KNOWN, OLD_NAMES, about, current_name, line_of, offered, parse_mix
from learner.errors import ConfigError, UnknownName


def test_every_registered_acquisition_is_described_and_every_described_one_is_registered():
    assert {current_name(name) for name in registry.names("acquisition")} == set(KNOWN)
    for old, new in OLD_NAMES.items():
        assert registry.load("acquisition", old) is registry.load("acquisition", new)


def test_the_weights_of_a_mix_are_shares():
    assert parse_mix("margin") == (("margin", 1.0),)
    assert parse_mix(" 3 * margin + typical ") == (("margin", 0.75), ("typical", 0.25))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("margin+margin", "found 'margin' twice"),
        ("-1*margin+typical", "above 0"),
        ("much*margin", "found 'much', expected a number"),
        ("nan*margin", "above 0"),
    ],
)
def test_a_mix_that_cannot_be_is_refused_with_what_was_expected(text, says):
    with pytest.raises(ConfigError, match=says):
        parse_mix(text)


def test_each_part_of_a_mix_has_to_be_registered():
    registry.check("acquisition", "0.7*margin+0.3*typical")
    for mix in ("0.7*margin+0.3*taste", "margin+"):
        with pytest.raises(UnknownName, match="or a mix of them"):
            registry.check("acquisition", mix)


def test_with_two_labels_one_name_is_offered_for_one_order():
    assert {*offered(3)} - {*offered(2)} == {"entropy", "least-confident"}
    assert offered(2)[0] == offered(3)[0] == "margin"


def test_ours_are_marked_experimental():
    marked = {name for name in KNOWN if about(name).startswith("Experimental.")}
    assert marked == {"diffuse", "lexicon-conflict", "disagreement"}


def test_what_annotators_read_names_neither_a_label_nor_a_probability():
    lines = [line_of(name) for name in (*KNOWN, "uncertainty", "0.7*typical+0.3*margin", "theirs")]
    assert all(line.endswith(".") and not any(map(str.isdigit, line)) for line in lines)
    assert line_of("0.7*typical+0.3*margin") == line_of("typical")
