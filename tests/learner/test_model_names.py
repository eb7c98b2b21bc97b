"""What is said of the models without loading torch is what their classes say."""

import pytest

from learner import registry
from learner.config import STATIC
from learner.loss_names import RECOMMENDED
from learner.model_names import KNOWN, can_learn, fitting_model, losses_for, model_of_evidence, own_loss, trains_encoder
from learner.models.choosing import load_model
from learner.models.protocol import EvidenceModel


def test_every_model_of_ours_is_known_with_its_own_loss():
    assert list(KNOWN) == list(registry._BUILT_IN["model"])
    assert {name: load_model(name).default_loss for name in KNOWN} == {name: own_loss(name) for name in KNOWN}
    assert own_loss("of another package") is None


@pytest.mark.parametrize("model", sorted(KNOWN))
def test_a_model_of_ours_is_known_with_the_properties_that_its_class_declares(model):
    kind, known = load_model(model), KNOWN[model]
    assert (known.reads_queries, known.trains_encoder) == (kind.reads_queries, kind.trains_encoder)
    assert known.has_evidence == issubclass(kind, EvidenceModel)
    assert trains_encoder(model) == kind.trains_encoder
    assert not trains_encoder("of another package")


def test_a_model_is_chosen_by_what_it_declares_and_not_by_its_name(monkeypatch):
    queries = {name: known._replace(reads_queries=name == "evidence") for name, known in KNOWN.items()}
    monkeypatch.setattr("learner.model_names.KNOWN", queries)
    assert [fitting_model(STATIC, has_queries=has) for has in (True, False)] == ["evidence", "cnn"]


def test_a_model_of_evidence_is_known_by_what_it_declares_and_not_by_its_name(monkeypatch):
    swapped = {name: known._replace(has_evidence=name == "cloze") for name, known in KNOWN.items()}
    monkeypatch.setattr("learner.model_names.KNOWN", swapped)
    assert model_of_evidence() == fitting_model("minilm", has_queries=False) == "cloze"
    assert [model for model in KNOWN if can_learn(model, "word-ce")] == ["cloze"]


@pytest.mark.parametrize("has_queries", [False, True])
def test_on_the_static_encoder_the_fitting_model_reads_queries_if_there_are_any(has_queries):
    assert load_model(fitting_model(STATIC, has_queries=has_queries)).reads_queries == has_queries
    assert not load_model(fitting_model("minilm", has_queries=has_queries)).reads_queries


@pytest.mark.parametrize("model", sorted(KNOWN))
def test_the_losses_to_choose_from_begin_with_the_models_own_and_can_teach_it(model):
    losses = losses_for(model)
    assert losses[0] == own_loss(model)
    assert {"hinge", "none"} <= set(losses) <= set(RECOMMENDED)
    assert all(can_learn(model, loss) for loss in losses)
    assert can_learn(model, "word-ce") == issubclass(load_model(model), EvidenceModel)


def test_all_losses_are_offered_for_another_packages_model():
    assert losses_for("of another package") == list(RECOMMENDED)
