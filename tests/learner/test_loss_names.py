import pytest
from hypothesis import given
from hypothesis import strategies as st

from learner import registry
from learner.config import TrainingConfig
from learner.errors import ConfigError, UnknownName
from learner.loss_names import DEFAULT_LOSS, RECOMMENDED, Part, parse_loss

SINGLE = [name for name in registry.names("loss") if "+" not in name]


def test_a_sum_is_read_part_by_part():
    assert parse_loss("margin:1+0.3*quiet + head") == (
        Part("margin", None, 1.0),
        Part("quiet", 0.3, None),
        Part("head", None, None),
    )


@given(st.lists(st.sampled_from([name for name in SINGLE if name != "none"]), min_size=1, unique=True))
def test_any_sum_of_registered_names_is_a_loss(names):
    text = "+".join(names)
    assert TrainingConfig(loss=text).loss == text
    assert registry.load("loss", text).is_taught


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("mass+nonesuch", "no loss is called 'nonesuch'.*or a sum of them"),
        ("mass+", "no loss is called ''"),
        ("", "no loss is called ''"),
        ("mass+mass", "found 'mass' twice"),
        ("none+mass", "found 'none' in a sum"),
        ("0*mass", "weight of '0\\*mass': found '0', expected a number above 0"),
        ("-1*mass", "found '-1'"),
        ("nan*mass", "found 'nan'"),
        ("much*mass", "found 'much'"),
        ("margin:wide", "margin of 'margin:wide': found 'wide'"),
        ("mass:1", "'mass' has no margin; those with one are margin, quiet, rank"),
    ],
)
def test_what_is_not_a_sum_of_losses_is_refused_in_one_sentence(text, complaint):
    with pytest.raises(ConfigError, match=complaint):
        TrainingConfig(loss=text)


def test_an_unknown_part_is_an_unknown_name():
    with pytest.raises(UnknownName):
        registry.check("loss", "mass+nonesuch")


def test_the_recommended_losses_can_be_loaded_and_include_the_default():
    assert DEFAULT_LOSS in RECOMMENDED
    for name in RECOMMENDED:
        registry.load("loss", name)
