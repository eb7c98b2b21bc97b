import json
import shutil
from itertools import count, product

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from learner.config import TrainingConfig
from learner.data.batches import encode_examples
from learner.data.example import Example
from learner.encoders.piece_encoder import open_pieces
from learner.errors import CheckpointError, ConfigError, EncoderError, TrainingCancelled, TrainingError
from learner.explaining import explain
from learner.judging.evaluation import evaluate
from learner.judging.word_removal import REMOVALS, probabilities, remove
from learner.models.fine_tuned import FineTuned
from learner.models.trained_encoder import TrainedEncoder
from learner.prediction import predict
from learner.saliency.attributions import attribute
from learner.saliency.engines import choose_engine, read_by_reference, read_closed
from learner.saliency.gradients import answer, batch_word_saliency
from learner.saliency.objective import Objective
from learner.saliency.reading import read
from learner.training.checkpoint import load_checkpoint, save_checkpoint
from learner.training.run import train

pytestmark = pytest.mark.slow

LABELS = ("quiet", "event")
LONG = " ".join("abcdefghij" * 4)
OF_THE_GATE = ("hinge", "mass", "hinge+mass")  # the others hold a divisor constant, which differences do not
OF_EVIDENCE = ("log-mass", "log-even", "word-ce", "irrelevant", "log-mass+word-ce+head")


@pytest.fixture(scope="module")
def encoder(tiny_encoder):
    return open_pieces(str(tiny_encoder))


@pytest.fixture(scope="module")
def make(encoder):
    def model(*, classes=2, seed=0, **settings):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            words = TrainedEncoder(encoder.load())
            return FineTuned(words, classes=classes, max_words=4096, **settings).double().eval()

    return model


@pytest.fixture(scope="module")
def cut(encoder):
    def batch(*sentences, labels=(), marks=(), query=None):
        rows = zip(sentences, labels or [1] * len(sentences), marks or [None] * len(sentences), strict=True)
        examples = [Example(tuple(text.split()), label, letters, query=query) for text, label, letters in rows]
        return encode_examples(examples, encoder, max_words=4096).batch(torch.arange(len(examples)))

    return batch


@pytest.fixture(scope="module")
def two_words_at_once(tmp_path_factory, tiny_encoder):
    """An encoder with a piece for the two words "new york"."""
    tokenizers = pytest.importorskip("tokenizers")
    path = shutil.copytree(tiny_encoder, tmp_path_factory.mktemp("across") / "encoder")
    pieces = [("<unk>", 0.0), ("[CLS]", -1.0), ("[SEP]", -2.0), ("new▁york", -3.0), ("a", -4.0), ("▁a", -5.0)]
    tokenizer = tokenizers.Tokenizer(tokenizers.models.Unigram([*pieces, ("▁", -6.0)], unk_id=0))
    tokenizer.normalizer = tokenizers.normalizers.Replace(" ", "▁")
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    tokenizer.save(str(path / "tokenizer.json"))
    return open_pieces(str(path))


def contributions(model, batch):
    """Return input × gradient of each piece behind the embeddings' LayerNorm, (rows, windows, pieces), by autograd."""
    kept = []

    def hold(module, given, states):
        kept.append(states.detach().requires_grad_())
        return kept[0]

    handle = model.words.network.embeddings.register_forward_hook(hold)
    logits = model(batch).logits
    handle.remove()
    (slopes,) = torch.autograd.grad(answer(logits, batch.labels).sum(), kept[0])
    return (kept[0] * slopes).sum(dim=2).detach().view(batch.pieces.ids.shape)


def test_the_gradient_at_the_gate_is_input_x_gradient_summed_over_the_words_pieces(make, cut):
    model, batch = make(), cut("filler12 exploded a", "b c", labels=[1, 0])
    by_piece = contributions(model, batch)
    found = batch_word_saliency(model, batch, batch.labels)
    for row, word in product(range(2), range(3)):
        expected = by_piece[row][(batch.pieces.words[row] == word).any(dim=2)].sum()
        torch.testing.assert_close(found[row, word], expected)
    assert (batch.pieces.words[0, 0, :, 0] == 0).sum() == 3  # filler, ##1, ##2
    assert not found[1, 2]
    torch.testing.assert_close(batch_word_saliency(model, batch, batch.labels, view="gradient"), found)


def test_words_share_a_piece_that_belongs_to_both(two_words_at_once):
    torch.manual_seed(0)
    model = FineTuned(TrainedEncoder(two_words_at_once.load()), classes=2, max_words=9).double().eval()
    example = Example(("a", "new", "york"), 1)
    batch = encode_examples([example], two_words_at_once, max_words=9).batch(torch.tensor([0]))
    assert batch.pieces.words.shape[3] == 2
    shared = (batch.pieces.words[0] >= 0).all(dim=2)
    found = batch_word_saliency(model, batch, batch.labels)[0]
    assert shared.sum() == 1
    torch.testing.assert_close(found[1], contributions(model, batch)[0][shared][0] / 2)
    torch.testing.assert_close(found[1], found[2])
    vectors = model.words(batch.text)
    torch.testing.assert_close(vectors[0, 1], vectors[0, 2])


def test_a_word_has_the_mean_of_its_pieces_last_states(make, cut):
    model, batch = make(), cut("filler12 a")
    pieces = batch.pieces
    states = model.words.network(pieces.ids[:, 0], pieces.types[:, 0])
    torch.testing.assert_close(model.words(batch.text)[0, 0], states[0, 1:4].mean(dim=0))
    torch.testing.assert_close(model.words(batch.text)[0, 1], states[0, 4])


def test_a_long_text_is_read_in_windows_and_its_gate_reaches_all_of_them(make, cut):
    model, batch = make(), cut(LONG, "a b")
    assert batch.pieces.ids.shape[:2] == (2, 3)
    by_piece = contributions(model.eval(), cut(LONG))
    found = batch_word_saliency(model, batch, batch.labels)
    windows = cut(LONG).pieces.words
    for word in range(40):
        torch.testing.assert_close(found[0, word], by_piece[0][(windows[0] == word).any(dim=2)].sum())
    assert (windows == 15).sum() == 2  # read once, but seen twice
    torch.testing.assert_close(found[0], batch_word_saliency(model, cut(LONG), torch.tensor([1]))[0])
    assert not found[1, 2:].any()


@given(st.lists(st.integers(1, 60), min_size=2, max_size=4))
def test_company_changes_no_answer_and_no_saliency(make, cut, lengths):
    sentences = [" ".join("abcdefghij"[(place * step) % 10] for place in range(step)) for step in lengths]
    model, batch = make(), cut(*sentences)
    together = read(model, batch)
    saliency = together.explain(batch.labels)
    for row, sentence in enumerate(sentences):
        single, labels = read(model, cut(sentence)), torch.tensor([1])
        alone = single.explain(labels)
        torch.testing.assert_close(single.logits[0], together.logits[row])
        for view in ("evidence", "gradient"):
            own = saliency.view(view, "word")[row]
            torch.testing.assert_close(alone.view(view, "word")[0], own[: lengths[row]])
            assert not own[lengths[row] :].any()


def test_a_query_is_read_with_the_sentence_and_has_no_gate(make, cut):
    model, alone, asked = make(), cut("a b c"), cut("a b c", query=("d", "e"))
    assert asked.query is None
    assert asked.pieces.ids.shape[2] == alone.pieces.ids.shape[2] + 3
    assert asked.pieces.types.sum() == 3
    assert asked.pieces.words.max() == 2
    assert not torch.allclose(model(alone).logits, model(asked).logits)


def test_a_query_that_is_too_long_is_read_where_there_is_room(make, cut):
    batch = cut("a b c", query=tuple("abcdefghij" * 3))
    assert batch.pieces.ids.shape[1] == 1
    assert make()(batch).logits.isfinite().all()


@pytest.mark.parametrize("constant", [(), (0,), (1, 2)])
def test_it_has_as_many_classes_as_asked_for(make, cut, constant):
    model, batch = make(classes=4, constant_labels=constant), cut("a b", "c", labels=[3, 0])
    output = model(batch)
    assert output.logits.shape == (2, 4)
    assert output.levels["evidence"].shape == (2, 2, 4 - len(constant))
    assert output.levels["word"].tolist() == [[1, 1], [1, 0]]


def marked(cut):
    return cut("a b filler1 d", "e f", "g h i", labels=[1, 0, 1], marks=["+..-", "..", "..+"])


def slopes_of(objective, batch):
    objective.zero_grad()
    terms = objective(batch)
    terms.total.backward()
    return terms, {name: each.grad.clone() for name, each in objective.named_parameters() if each.grad is not None}


@pytest.mark.parametrize("loss", OF_EVIDENCE)
def test_the_closed_form_of_a_loss_of_evidence_is_the_double_backward(make, cut, loss):
    found, expected = (Objective(make(), loss=loss, engine=engine) for engine in ("auto", "reference"))
    if found.head is not None:
        expected.head.load_state_dict(found.head.double().state_dict())
        expected.head.double()
    assert (found.read, expected.read) == (read_closed, read_by_reference)
    (one, slopes), (other, by_reference) = (slopes_of(each, marked(cut)) for each in (found, expected))
    torch.testing.assert_close(torch.stack(one), torch.stack(other))
    assert one.saliency_loss > 0
    for name, slope in by_reference.items():
        torch.testing.assert_close(slopes[name], slope, msg=name)


@pytest.mark.parametrize("loss", [*OF_THE_GATE, "log-mass"])
def test_the_gradients_agree_with_finite_differences(make, cut, loss):
    model, batch = make(), marked(cut)
    objective = Objective(model, loss=loss, weight=1.0)
    assert objective.read is (read_closed if loss == "log-mass" else read_by_reference)
    terms, slopes = slopes_of(objective, batch)
    assert terms.saliency_loss > 0
    draw = torch.Generator().manual_seed(1)
    for name, parameter in objective.named_parameters():
        along = torch.randn(parameter.shape, dtype=torch.float64, generator=draw)
        values = []
        for step in (1e-6, -1e-6):
            with torch.no_grad():
                parameter.add_(along, alpha=step)
            values.append(float(objective(batch).total.detach()))
            with torch.no_grad():
                parameter.sub_(along, alpha=step)
        slope = float((slopes[name] * along).sum()) if name in slopes else 0.0
        assert slope == pytest.approx((values[0] - values[1]) / 2e-6, rel=1e-3, abs=1e-6), name


def test_a_loss_of_the_gate_has_no_closed_form(make):
    assert choose_engine("auto", make(), of_gradient=True) is read_by_reference
    with pytest.raises(ConfigError, match="engine closed: the gradient at the words of FineTuned has no closed form"):
        Objective(make(), loss="margin", engine="closed")
    assert Objective(make(), loss="margin", levels=["evidence"]).read is read_closed


def test_without_a_mark_the_objective_is_cross_entropy(make, cut):
    batch = cut("a b", "c d e", labels=[0, 1])
    for loss in ("log-mass", "margin"):
        terms = Objective(make(), loss=loss)(batch)
        torch.testing.assert_close(terms.total, torch.nn.functional.cross_entropy(make()(batch).logits, batch.labels))


def test_only_the_last_layers_are_trained_and_kept(make, cut):
    model = make(trained_layers=2)
    names = {name for name, _ in model.words.named_parameters()}
    assert {name.split(".")[3] for name in names} == {"1", "2"}
    assert {f"words.{name}" for name in names} == {name for name in model.state_dict() if name.startswith("words")}
    torch.testing.assert_close(model(cut("a b")).logits, make()(cut("a b")).logits)
    slopes = slopes_of(Objective(model, loss="margin"), marked(cut))[1]
    assert slopes.keys() == {f"model.{name}" for name, _ in model.named_parameters()} - unused(model)


def unused(model):
    return {"model.constants"} if model.constants is not None else set()


def test_more_layers_than_there_are_cannot_be_trained(make):
    with pytest.raises(ConfigError, match="trained_layers: found 4, expected 1 to 3"):
        make(trained_layers=4)


def test_computing_layers_twice_changes_no_bit(make, cut):
    results = []
    for recomputes in (False, True):
        model = make(recompute_layers=recomputes).train()
        torch.manual_seed(3)
        results.append(slopes_of(Objective(model, loss="margin"), marked(cut))[1])
    assert all(torch.equal(results[0][name], results[1][name]) for name in results[0])


def test_bfloat16_is_near_float32(make, cut):
    one, other = (make(precision=precision).float()(cut("a b filler1")).logits for precision in ("float32", "bfloat16"))
    assert one.dtype == other.dtype == torch.float32
    assert not torch.equal(one, other)
    torch.testing.assert_close(one, other, rtol=0.05, atol=0.05)


@pytest.mark.parametrize("by", ["gradient_norm", "integrated_gradients", "leave_one_out", "evidence"])
def test_attributions_work_on_the_gate(make, cut, by):
    model, batch = make(), cut("a b c", "d")
    scores = attribute(model, batch, batch.labels, by=by)
    assert scores.shape == (2, 3)
    assert scores[0].abs().min() > 0
    assert not scores[1, 1:].any()


def test_leaving_a_word_out_is_closing_its_gate(make, cut):
    model, batch = make(), cut("a b c")
    closed = torch.tensor([[1.0, 0.0, 1.0]], dtype=torch.float64)
    lost = answer(model(batch).logits, batch.labels) - answer(model(batch, words=closed).logits, batch.labels)
    torch.testing.assert_close(attribute(model, batch, batch.labels, by="leave_one_out")[0, 1], lost[0].detach())


# A training ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def fit(tiny_encoder, make_planted):
    def training(**options):
        settings = {"learning_rate": 2e-2, "max_steps": 60, "seed": 1, **options.pop("settings", {})}
        config = TrainingConfig(model="fine-tuned", encoder=str(tiny_encoder), **settings)
        examples, dev = make_planted(64, seed=1), make_planted(30, seed=2)
        return train(examples, dev, labels=LABELS, config=config, device="cpu", **options)

    return training


@pytest.fixture(scope="module")
def taught(fit):
    return fit()


def test_it_learns_the_trigger_and_says_so(taught, make_planted):
    figures = evaluate(taught, make_planted(40, seed=3))
    assert figures["accuracy"] > 90
    assert figures["average_precision_evidence"] > 90
    assert (taught.config.batch_size, taught.config.loss) == (16, "log-mass")
    assert taught.vectors.found == taught.vectors.total == 512


def test_predictions_and_explanations_use_the_view_that_people_see(taught):
    sentence = ("filler1", "exploded", "filler2")
    (prediction,) = predict(taught, [sentence])
    assert prediction.saliency.keys() == {"evidence", "gradient"}
    explained = explain(taught, sentence, label="event")
    assert explained.by == FineTuned.shown_view
    assert max(explained.scores) == explained.scores[1]


@pytest.mark.parametrize("how", REMOVALS)
def test_words_can_be_removed(taught, how):
    examples = [Example(("filler1", "exploded"), 1), Example(("exploded",), 1)]
    left = probabilities(taught, remove(taught, examples, [{1}, {0}], how=how))
    assert left.shape == (2, 2)
    whole = probabilities(taught, remove(taught, examples, [set(), set()]))
    assert (left[:, 1] < whole[:, 1]).all()


@pytest.mark.parametrize("trained_layers", [None, 1])
def test_a_checkpoint_has_the_weights_that_were_trained_bit_for_bit(fit, tmp_path, make_planted, trained_layers):
    trained = fit(settings={"trained_layers": trained_layers, "max_steps": 5})
    save_checkpoint(trained, tmp_path / "model", {})
    again = load_checkpoint(tmp_path / "model")
    before, after = trained.model.state_dict(), again.model.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    sentences = [each.tokens for each in make_planted(6, seed=5)]
    for one, other in zip(predict(trained, sentences), predict(again, sentences), strict=True):
        assert one.probabilities == other.probabilities
        assert (one.saliency["gradient"] == other.saliency["gradient"]).all()
    known = json.loads((tmp_path / "model" / "config.json").read_text())["encoder"]
    assert known == trained.encoder.identity()


def test_a_checkpoint_needs_the_encoder_that_it_was_trained_on(tiny_encoder, tmp_path, make_planted):
    path = shutil.copytree(tiny_encoder, tmp_path / "encoder")
    config = TrainingConfig(model="fine-tuned", encoder=str(path), max_steps=1)
    trained = train(make_planted(8, seed=1), labels=LABELS, config=config, device="cpu")
    save_checkpoint(trained, tmp_path / "model", {})
    (path / "config.json").write_text((path / "config.json").read_text() + " ")
    with pytest.raises(CheckpointError, match="it was trained on another encoder"):
        load_checkpoint(tmp_path / "model")


@pytest.mark.slow
@pytest.mark.parametrize(("loss", "cuts"), [("log-mass", [1, 26]), ("margin+quiet+head", [30])])
def test_a_training_that_was_cut_off_ends_with_the_same_bits(fit, tmp_path, loss, cuts):
    settings = {"loss": loss, "max_steps": 32}
    whole, before = fit(settings=settings), 0
    for cut_at in cuts:
        asked = count(before + 1)
        with pytest.raises(TrainingCancelled):
            fit(
                settings=settings,
                resume_from=tmp_path / "state",
                should_stop=lambda asked=asked, cut_at=cut_at: next(asked) == cut_at,
            )
        before = cut_at
    resumed = fit(settings=settings, resume_from=tmp_path / "state").model.state_dict()
    assert all(torch.equal(resumed[name], each) for name, each in whole.model.state_dict().items())


def test_the_encoder_has_a_tenth_of_the_learning_rate(make):
    model = make(constant_labels=(0,))
    encoder, others = model.parameter_groups(1e-3)
    assert (encoder["lr"], others["lr"]) == (pytest.approx(1e-4), 1e-3)
    every = [*encoder["params"], *others["params"]]
    assert sorted(map(id, every)) == sorted(map(id, model.parameters()))


def test_a_table_is_no_encoder_to_train(make_planted):
    with pytest.raises(TrainingError, match="the fine-tuned encoder trains a pretrained encoder: give one"):
        train(make_planted(8, seed=1), labels=LABELS, config=TrainingConfig(model="fine-tuned"), device="cpu")


def test_an_encoder_of_another_family_cannot_be_trained(tiny_encoder, tmp_path):
    path = shutil.copytree(tiny_encoder, tmp_path / "encoder")
    config = json.loads((path / "config.json").read_text())
    (path / "config.json").write_text(json.dumps({**config, "model_type": "modernbert"}))
    with pytest.raises(EncoderError, match=r"\(modernbert\) can be read, but not trained: give BERT or a relative"):
        open_pieces(str(path))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
@pytest.mark.parametrize("loss", ["log-mass", "margin+quiet"])
def test_a_gpu_computes_what_the_cpu_does(make, cut, loss):
    batch = marked(cut)
    _, expected = slopes_of(Objective(make(), loss=loss), batch)
    _, found = slopes_of(Objective(make().to("cuda"), loss=loss), batch.to(torch.device("cuda")))
    for name, slope in expected.items():
        torch.testing.assert_close(found[name].cpu(), slope, msg=name)
