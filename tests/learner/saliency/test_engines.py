"""The closed form against the double backward: values and every parameter gradient, over random worlds."""

from contextlib import contextmanager
from dataclasses import dataclass
from typing import get_args

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from learner import registry
from learner.data.batches import Batch
from learner.device import seed_draws
from learner.errors import ConfigError, EngineError
from learner.loss_names import needs_evidence
from learner.models.cloze import ClozeCnn
from learner.models.cnn import LEVELS, DDim, EventCnn
from learner.models.words import WordTable
from learner.saliency.closed_form import differentiate_routes
from learner.saliency.engines import choose_engine, read_closed, read_whole_by_reference
from learner.saliency.gradients import NO_SALIENCY, TARGETS, VIEWS, differentiate, share_of
from learner.saliency.losses import SMALLEST_SHARE, mean_over
from learner.saliency.objective import Objective

LOSSES = [loss for loss in registry.names("loss") if loss != "none" and not needs_evidence(loss)]
DTYPES = (torch.float32, torch.float64)
DIVIDING = {"margin", "quiet", "rank", "mass", "log-mass", "log-even"}
"""The parts of a loss that divide by the size of a sentence's saliency."""
UNITS = 64
"""Units in the last place; over 3,000 worlds of every loss the engines differed by at most 6, see `rounding_of`."""
USUAL_ROUNDING = 1e-6


@dataclass(frozen=True)
class World:
    """A model and a batch with few words, so that sentences repeat them and maxima tie."""

    model: EventCnn
    batch: Batch
    seed: int


@st.composite
def worlds(draw, dtypes=DTYPES):
    seed, kind = draw(st.integers(0, 2**31)), draw(st.sampled_from(dtypes))
    classes, distinct = draw(st.integers(2, 4)), draw(st.integers(1, 6))
    kind_of_model = draw(st.sampled_from([EventCnn, ClozeCnn]))
    generator = torch.Generator().manual_seed(seed)
    settings = {"hidden_layer": draw(st.booleans()), "d_dim": draw(st.sampled_from(get_args(DDim)))}
    rows, trained = distinct + 2, draw(st.integers(2, distinct + 2))
    if kind_of_model is ClozeCnn:
        settings["shared_query_convolutions"] = draw(st.booleans())
    model = kind_of_model(
        WordTable(torch.zeros(rows, draw(st.integers(1, 6))), trained_rows=trained),
        classes=classes,
        max_words=12,
        **settings,
    )
    lengths = torch.tensor(draw(st.lists(st.integers(1, 12), min_size=1, max_size=5)))
    return World(on_a_grid(model.to(kind), generator), draw_batch(lengths, rows, classes, generator), seed)


def on_a_grid(model, generator):
    """Give the model weights of few bits, so that both engines' convolutions are exact and have the same ties."""
    with torch.no_grad():
        for tensor in (*model.parameters(), model.words.frozen):
            tensor.copy_(torch.randn(tensor.shape, generator=generator).mul(16).round().div(16).clamp(-2, 2))
        model.words.embedding.weight[:1] = 0  # padding
    return model.train()


def draw_batch(lengths, rows, classes, generator):
    real = torch.arange(int(lengths.max())) < lengths[:, None]
    ids = torch.where(real, torch.randint(1, rows, real.shape, generator=generator), 0)
    letters = torch.randint(0, 3, real.shape, generator=generator)
    labels = torch.randint(0, classes, (len(lengths),), generator=generator)
    query_real = torch.arange(3) < torch.randint(1, 4, (len(lengths), 1), generator=generator)
    query_ids = torch.where(query_real, torch.randint(1, rows, query_real.shape, generator=generator), 0)
    return Batch(ids, real, labels, real & (letters == 1), real & (letters == 2), query_ids, query_real)


def results(world, read, **settings):
    """Return the terms of the objective and every parameter's gradient, with the same dropout for every engine."""
    seed_draws(world.seed, torch.device("cpu"))
    objective = Objective(world.model, **settings)
    objective.read = read
    seed_draws(world.seed, torch.device("cpu"))
    terms = objective(world.batch)
    objective.zero_grad()
    terms.total.backward()
    slopes = {name: each.grad.clone() for name, each in objective.named_parameters() if each.grad is not None}
    return {"label loss": terms.label_loss, "saliency loss": terms.saliency_loss} | slopes


def assert_equal_to_rounding(found, expected, rounding):
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        assert not (found[name] - tensor).abs().max() > rounding * tensor.abs().max().clamp(min=1.0), name


def rounding_of(logits, divisor=1.0):
    """Return how far two ways to compute the same may differ, because of what enlarges the rounding of their numbers.

    A logit z is rounded by |z| units, so the probabilities, its exponential, have an error of |z| units of their
    size. What is divided by a number below 1 keeps the rounding of its terms, which may cancel, times its inverse.
    """
    largest = max(1.0, float(logits.detach().abs().max()))
    return UNITS * torch.finfo(logits.dtype).eps * largest / min(1.0, divisor)


def smallest_divisor(reading, loss, levels):
    """Return the smallest number by which a loss divides the saliency of a marked sentence; 1 if it divides by none."""
    rows = reading.marked.marked_rows
    if not DIVIDING & set(loss.split("+")) or not len(rows):
        return 1.0
    views = [reading.saliency(levels).view("input_x_gradient", level).detach() for level in levels]
    sizes = [mean_over(view.abs(), reading.marked.real)[rows] for view in views]
    smallest = max(NO_SALIENCY, float(torch.cat(sizes).min()))
    return smallest * SMALLEST_SHARE if "log-" in loss else smallest


@pytest.mark.parametrize("loss", LOSSES)
@given(
    world=worlds(),
    levels=st.lists(st.sampled_from(LEVELS[:2]), min_size=1, max_size=2, unique=True) | st.none(),
    target=st.sampled_from(TARGETS),
)
def test_the_closed_form_is_the_reference_to_rounding(loss, world, levels, target):
    closed, reference = (read_every_row(world, read, target) for read in (read_closed, read_whole_by_reference))
    assume(is_nowhere_zero_but_for_rounding(closed, reference, world.model.levels))
    divisor = smallest_divisor(reference, loss, levels or registry.load("loss", loss).levels)
    settings = {"loss": loss, "levels": levels, "target": target, "weight": 0.7}
    expected = results(world, read_whole_by_reference, **settings)
    found = results(world, read_closed, **settings)
    # A gradient that only the reference computes is exactly zero.
    for name in expected.keys() - found.keys():
        assert not expected.pop(name).any(), name
    assert_equal_to_rounding(found, expected, rounding_of(reference.logits, divisor))


@pytest.mark.parametrize("loss", ["hinge", "margin+quiet"])
@pytest.mark.parametrize("hidden_layer", [False, True])
def test_in_float32_a_usual_model_agrees_to_a_millionth(loss, hidden_layer):
    generator = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    vectors = torch.randn(200, 50, generator=generator) * 0.4
    vectors[0] = 0  # padding
    model = EventCnn(WordTable(vectors, trained_rows=200), classes=2, max_words=25, hidden_layer=hidden_layer).train()
    world = World(model, draw_batch(torch.randint(5, 26, (32,), generator=generator), 200, 2, generator), seed=0)
    found, expected = (results(world, read, loss=loss) for read in (read_closed, read_whole_by_reference))
    assert_equal_to_rounding(found, {name: expected[name] for name in found}, USUAL_ROUNDING)


def read_every_row(world, read, target):
    """Return the reading with the saliency of every row, with the dropout of `results`."""
    seed_draws(world.seed, torch.device("cpu"))
    return read(world.model, world.batch, torch.arange(len(world.batch.labels)), target)


def is_nowhere_zero_but_for_rounding(closed, reference, levels):
    """Return whether no saliency is zero but for rounding: at zero the losses have a kink without one slope."""
    one, other = (reading.saliency(levels) for reading in (closed, reference))
    views = [(view, level) for view in VIEWS for level in levels]
    return all(torch.equal(one.view(*view).sign(), other.view(*view).sign()) for view in views)


@given(world=worlds(), target=st.sampled_from(TARGETS))
def test_every_view_of_every_level_is_the_reference_to_rounding(world, target):
    model, batch = world.model.eval(), world.batch
    every = torch.arange(len(batch.labels))
    closed = read_closed(model, batch, every, target).saliency(model.levels)
    output = model(batch)
    reference = differentiate(output, batch, batch.labels, levels=model.levels, target=target)
    views = [(view, level) for view in VIEWS for level in model.levels]
    found, expected = ({str(each): one.view(*each) for each in views} for one in (closed, reference))
    assert_equal_to_rounding(found, expected, rounding_of(output.logits))


@given(world=worlds(), target=st.sampled_from(TARGETS))
def test_a_table_of_the_vocabulary_gives_the_same_answers_and_saliency(world, target):
    model, batch = world.model.eval(), world.batch
    found, expected = {}, {}
    for into, routes in ((found, model.route_from(model.tabulate(), batch)), (expected, model.route(batch))):
        saliency = differentiate_routes(routes, batch.labels, target=target)
        into["logits"] = routes.logits
        into |= {f"{view} {level}": saliency.view(view, level) for view in VIEWS for level in model.levels}
    assert_equal_to_rounding(found, expected, rounding_of(expected["logits"]))


@given(world=worlds(dtypes=(torch.float32,)), target=st.sampled_from(TARGETS), threads=st.sampled_from((1, 2)))
def test_compiled_code_gives_the_same_answers_and_saliency(world, target, threads):
    compiled_reading = pytest.importorskip("learner.saliency.compiled_reading", reason="the extra `fast` is missing")
    model, batch = world.model.eval(), world.batch
    table = model.tabulate()
    assert compiled_reading.can_read(model, table) is not model.reads_queries
    assume(not model.reads_queries)
    with using_threads(threads):
        reading = compiled_reading.CompiledReader(model, table).read(batch)
        found = reading.explain(batch.labels, target=target)
    routes = model.route_from(table, batch)
    expected = differentiate_routes(routes, batch.labels, target=target)
    assert_equal_to_rounding({"logits": reading.logits}, {"logits": routes.logits}, rounding_of(routes.logits))
    views = ({view: each.view(view, "word") for view in VIEWS} for each in (found, expected))
    assert_equal_to_rounding(*views, rounding_of(routes.logits))
    assert found.view("share", "word").equal(share_of(found.view("input_x_gradient", "word")))
    with pytest.raises(ConfigError, match="'gradient' of 'intermediate'"):
        found.view("gradient", "intermediate")


def test_compiled_code_passes_on_what_is_not_a_number():
    routing = pytest.importorskip("learner.models.compiled_routing", reason="the extra `fast` is missing")
    d, table = 3, torch.ones(4, 8 * 3)
    table[2] = torch.nan
    ids = torch.tensor([[1, 2, 3, 1, 1, 1, 1]])  # the later words would be the largest
    entries = routing.entries_of_table(table, ids, ids > 0, torch.zeros(2, d))
    assert torch.from_numpy(entries.values[0, :d]).isnan().all()


@contextmanager
def using_threads(number):
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@given(world=worlds(dtypes=(torch.float64,)))
def test_pads_change_no_answer_and_no_saliency(world):
    model, batch = world.model.eval(), world.batch
    together = read_closed(model, batch, torch.arange(len(batch.labels)), "log_odds")
    for row, length in enumerate(batch.real.sum(dim=1).tolist()):
        alone = Batch(*(each[row : row + 1, :length] for each in (batch.ids, batch.real)), batch.labels[row : row + 1],
                      batch.contributory[row : row + 1, :length], batch.irrelevant[row : row + 1, :length],
                      batch.query_ids[row : row + 1], batch.query_real[row : row + 1])  # fmt: skip
        single = read_closed(model, alone, torch.arange(1), "log_odds")
        torch.testing.assert_close(single.logits[0], together.logits[row])
        for level in model.levels:
            one, other = (each.saliency(model.levels).view("gradient", level) for each in (single, together))
            torch.testing.assert_close(one[0], other[row, :length])
            assert not other[row, length:].any()


def test_the_split_reference_gives_the_whole_one(make_model, make_batch):
    batch = make_batch("a b c d", "e f", "g h", labels=[1, 0, 1], marks=["++.-", None, "+."])
    terms = [Objective(make_model(), loss="hinge", engine=engine)(batch) for engine in ("closed", "reference")]
    for one, other in zip(*terms, strict=True):
        torch.testing.assert_close(one, other)


class Other(torch.nn.Module):
    """Another package's model, which returns no routes."""

    dimension = 4

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, batch):
        return self.inner(batch)


class Wrong(Other):
    """A model whose routes are wrong."""

    def route(self, batch):
        routes = self.inner.route(batch)
        return routes._replace(logits=2 * routes.logits)


def test_auto_is_the_closed_form_where_the_model_offers_it(make_model, make_batch):
    batch = make_batch("a b c", marks=["+.."])
    assert choose_engine("auto", make_model()) is read_closed
    assert choose_engine("auto", Other(make_model())) is not read_closed
    assert Objective(Other(make_model()), loss="hinge")(batch).saliency_loss >= 0
    with pytest.raises(ConfigError, match="Other has no closed form; use auto or reference"):
        choose_engine("closed", Other(make_model()))
    with pytest.raises(ConfigError, match="found fast, expected one of auto, closed, reference"):
        choose_engine("fast", make_model())


@pytest.mark.parametrize("loss", LOSSES)
def test_the_check_passes_where_the_engines_agree_and_changes_nothing(make_model, make_batch, loss):
    batch = make_batch("a b a b", "e f", labels=[1, 0], marks=["++.-", None])
    terms = []
    for check in (False, True):
        torch.manual_seed(3)
        objective = Objective(make_model().train(), loss=loss, check=check)
        torch.manual_seed(4)
        terms.append(objective(batch).total)
    assert torch.equal(*terms)


def test_the_check_says_where_the_engines_differ(make_model, make_batch):
    batch = make_batch("a b c d", marks=["++.."])
    objective = Objective(Wrong(make_model().train()), loss="hinge", check=True)
    with pytest.raises(EngineError, match=r"the engines differ by .* in .*: train with engine=reference"):
        objective(batch)


def test_the_check_waits_for_the_first_marks(make_model, make_batch):
    objective = Objective(Wrong(make_model().train()), loss="hinge", check=True)
    objective(make_batch("a b", marks=[None]))
    with pytest.raises(EngineError):
        objective(make_batch("a b", marks=["++"]))
    Objective(make_model(), loss="hinge").check(make_batch("a b", marks=["++"]))


def test_a_view_without_a_closed_form_is_refused(make_model, make_batch):
    saliency = read_closed(make_model(), make_batch("a b"), torch.arange(1), "log_odds").saliency(["word"])
    with pytest.raises(ConfigError, match="view 'norm': the closed engine has"):
        saliency.view("norm", "word")


def test_a_level_that_the_model_lacks_is_refused_when_asked_for(make_model):
    model = EventCnn(WordTable(torch.zeros(3, 2), trained_rows=3), classes=2, max_words=4, d_dim="off")
    assert Objective(model, loss="hinge").levels == ("word", "intermediate")
    with pytest.raises(ConfigError, match="levels: found decision"):
        Objective(model, loss="hinge", levels=["decision"])


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("loss", LOSSES)
def test_the_engines_agree_on_cuda(make_model, make_batch, loss):
    batch = make_batch("a b a b", "e f", labels=[1, 0], marks=["++.-", None])
    on_device = batch.to(torch.device("cuda"))
    Objective(make_model().train().cuda(), loss=loss, check=True)(on_device).total.backward()
