"""From words to the pieces that an encoder reads, and back.

The words are joined by spaces and cut by the encoder's own tokenizer. A piece belongs to each word of which it has a
letter; it is found by its place in the text. SentencePiece's piece for a space alone (▁) has none, although at the
beginning of a text it is in the place of the first letter. A word without a piece (control characters, for example) is
given the tokenizer's unknown token, or its mask token where it knows none.

`windows.py` puts the pieces into what the encoder reads at once. `directory.READING` and `directory.READING_OF_SPACES`
are the versions of these rules and of that file's.
"""

import json
import re
from collections.abc import Sequence
from itertools import chain, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from learner.encoders.windows import Numbers, Text, Window, Windows, frame_of
from learner.errors import EncoderError

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

Words = Sequence[str]

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_LEAST_WINDOW = 8
_SPACE = "▁"
_IN_PLACE_OF_A_WORD = ("[UNK]", "<unk>", "[MASK]", "<mask>")


class Reading(NamedTuple):
    """What the encoder reads for a sentence."""

    windows: list[Window]
    words: int
    query_words: int | None


class PieceReader:
    """An encoder's tokenizer; `window` is the most pieces that the encoder reads at once."""

    def __init__(self, file: Path, *, window: int) -> None:
        if window < _LEAST_WINDOW:
            raise EncoderError(f"{file.parent} reads {window} pieces at once; expected at least {_LEAST_WINDOW}")
        self._file, self._tokenizer = file, _load_tokenizer(file)
        self._unknown = _unknown_id(file, self._tokenizer)
        self._space = self._tokenizer.token_to_id(_SPACE)
        self._special = [number for number, each in self._tokenizer.get_added_tokens_decoder().items() if each.special]
        _require_places(self._tokenizer, file)
        alone, pair = self._tokenizer.encode("a"), self._tokenizer.encode("a", "a")
        self._windows = Windows(window, frame_of(alone), frame_of(pair))

    def require_in(self, vocabulary: int | None) -> None:
        """Raise EncoderError if there are more pieces than the network has vectors for; None means unknown."""
        if vocabulary is not None and vocabulary < (pieces := self._tokenizer.get_vocab_size()):
            found = f"{self._file} has {pieces} pieces, but config.json says {vocabulary}"
            raise EncoderError(f"{found}: the files are not of one encoder; download them again")

    def read(self, sentences: Sequence[Words], queries: Sequence[Words | None]) -> list[Reading]:
        """Return what the encoder reads for each sentence and its query."""
        texts = self._cut([*sentences, *(query or () for query in queries)])
        pairs = zip(texts[: len(sentences)], texts[len(sentences) :], queries, strict=True)
        return [self._reading(text, second, query is not None) for text, second, query in pairs]

    def _reading(self, text: Text, query: Text, has_query: bool) -> Reading:
        return Reading(self._windows.of(text, query), text.word_count, query.word_count if has_query else None)

    def _cut(self, sentences: Sequence[Words]) -> list[Text]:
        """Return the pieces of each text; all texts are computed on as one, with a space between them."""
        if not sentences:
            return []
        cut = self._tokenizer.encode_batch(
            [_LONE_SURROGATE.sub("\ufffd", " ".join(words)) for words in sentences], add_special_tokens=False
        )
        words = np.fromiter(map(len, sentences), np.int64, len(sentences))
        lengths = np.fromiter(map(len, chain.from_iterable(sentences)), np.int64, words.sum())
        pieces = _located(cut, words, lengths, space=self._space)
        pieces.ids[np.isin(pieces.ids, self._special)] = self._unknown  # a word such as "</s>" does not end the text
        if (missing := np.setdiff1d(np.arange(len(lengths)), pieces.words())).size:
            pieces = pieces.with_words(missing, self._unknown, words, lengths)
        return pieces.by_text(words)


class _Pieces(NamedTuple):
    """Pieces of many texts: each one's id, where it begins, its first word, the word after its last, and its text."""

    ids: Numbers
    start: Numbers
    first: Numbers
    stop: Numbers
    text: Numbers

    def words(self) -> Numbers:
        """Return the word of each pair of a piece and a word of it."""
        sizes = self.stop - self.first
        return np.repeat(self.first, sizes) + _counted(sizes)

    def with_words(self, missing: Numbers, unknown: int, words: Numbers, lengths: Numbers) -> "_Pieces":
        """Return the pieces with an unknown one for each of the missing words, in its place."""
        begins = _begins(lengths)[missing]
        text = np.repeat(np.arange(len(words)), words)[missing]
        place = np.searchsorted(np.maximum.accumulate(self.start), begins)
        new = (np.full_like(missing, unknown), begins, missing, missing + 1, text)
        return _Pieces(*(np.insert(old, place, added) for old, added in zip(self, new, strict=True)))

    def by_text(self, words: Numbers) -> list[Text]:
        """Return the pieces of each text, whose words are counted from 0."""
        sizes = self.stop - self.first
        counts = np.bincount(self.text, minlength=len(words))
        pairs = np.bincount(self.text, weights=sizes, minlength=len(words)).astype(np.int64)
        places = np.repeat(_counted(counts), sizes)
        of_word = self.words() - np.repeat(np.cumsum(words) - words, pairs)
        pieces_at, pairs_at = (pairwise(np.cumsum([0, *each]).tolist()) for each in (counts, pairs))
        return [
            Text(
                self.ids[piece:next_piece],
                places[pair:next_pair],
                of_word[pair:next_pair],
                np.ones(next_pair - pair, np.bool_),
                count,
            )
            for (piece, next_piece), (pair, next_pair), count in zip(pieces_at, pairs_at, words.tolist(), strict=True)
        ]


def _located(cut: Sequence["Encoding"], words: Numbers, lengths: Numbers, *, space: int | None) -> _Pieces:
    """Return the pieces with their words, numbered through all texts; a piece of spaces alone has none."""
    counts = [len(encoding) for encoding in cut]
    ids = np.fromiter(chain.from_iterable(encoding.ids for encoding in cut), np.int64, sum(counts))
    spans = chain.from_iterable(chain.from_iterable(encoding.offsets for encoding in cut))
    start, end = np.fromiter(spans, np.int64, 2 * sum(counts)).reshape(-1, 2).T
    begins = _begins(lengths)
    text = np.repeat(np.arange(len(cut)), counts)
    base = np.append(begins, 0)[np.cumsum(words) - words][text]  # the 0 is for texts without words at the end
    first = np.searchsorted(begins + lengths, base + start, side="right")
    stop = np.searchsorted(begins, base + end, side="left")
    stop[ids == space] = 0
    return _Pieces(ids, base + start, first, np.maximum(first, stop), text)


def _begins(lengths: Numbers) -> Numbers:
    """Return where each word begins if all words of all texts are joined by spaces."""
    return np.cumsum(lengths + 1) - 1 - lengths


def _counted(sizes: Numbers) -> Numbers:
    """Return 0, 1, … for each size, one after the other: (2, 3) gives 0, 1, 0, 1, 2."""
    return np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)


def _load_tokenizer(file: Path) -> "Tokenizer":
    try:
        from tokenizers import Tokenizer
    except ImportError as error:
        raise EncoderError("an encoder needs the package tokenizers: pip install tokenizers") from error
    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception as error:  # its errors have no class of their own
        raise EncoderError(f"{file} is damaged ({error}): download it again") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True  # it then cuts a word such as "[SEP]" as it cuts any
    return tokenizer


def _unknown_id(file: Path, tokenizer: "Tokenizer") -> int:
    model: dict[str, Any] = json.loads(file.read_bytes())["model"]
    if isinstance(number := model.get("unk_id"), int):
        return number
    for token in (model.get("unk_token"), *_IN_PLACE_OF_A_WORD):
        if token is not None and (number := tokenizer.token_to_id(token)) is not None:
            return int(number)
    raise EncoderError(f"{file} has no token for an unknown word: expected one of {', '.join(_IN_PLACE_OF_A_WORD)}")


def _require_places(tokenizer: "Tokenizer", file: Path) -> None:
    spans = tokenizer.encode("one two", add_special_tokens=False).offsets
    if not any(start < 3 for start, _ in spans) or not any(start < 7 and end > 4 for start, end in spans):
        raise EncoderError(f"{file} does not say where its pieces are in a text: give an encoder whose tokenizer does")
