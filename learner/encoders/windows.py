"""Cut the pieces of a text and of its query into the windows that an encoder reads at once.

A text that is too long for the encoder is read in windows, each of which begins in the middle of the one before; a word
is taken from the window in which it has most context. A query is the second text of every window. At most half
of a window is the query's: of a longer one its beginning is read there, and its vectors come from reading it alone.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tokenizers import Encoding

Numbers = NDArray[np.int64]


class Window(NamedTuple):
    """One input of the encoder. Its piece at `all_places[i]` is a part of the word `all_words[i]`.

    `is_read[i]` is false if the word's vector comes from another window, where the word has more context.
    """

    ids: Numbers
    types: Numbers  # 0 in the first text, 1 in the second, if the encoder tells them apart
    all_places: Numbers
    all_words: Numbers  # those of the query follow those of the sentence
    is_read: NDArray[np.bool_]

    @property
    def places(self) -> Numbers:
        """Return the places from which vectors are read."""
        return self.all_places[self.is_read]

    @property
    def words(self) -> Numbers:
        """Return the words to which those places belong."""
        return self.all_words[self.is_read]


class Text(NamedTuple):
    """The pieces of a text; `places[i]` is a piece of word `words[i]`."""

    ids: Numbers
    places: Numbers
    words: Numbers
    is_read: NDArray[np.bool_]
    word_count: int


class Frame(NamedTuple):
    """What the tokenizer puts around the texts: ids, each with its type below it."""

    before: Numbers  # (2, pieces)
    between: Numbers
    after: Numbers
    types: tuple[int, int]  # of the two texts

    @property
    def size(self) -> int:
        """Return the number of pieces that are put around."""
        return sum(part.shape[1] for part in (self.before, self.between, self.after))


class Windows(NamedTuple):
    """How texts become windows: of at most so many pieces, with what is put around one text and around a pair."""

    most: int
    alone: Frame
    pair: Frame

    def of(self, text: Text, query: Text) -> list[Window]:
        """Return the windows of a text and its query, which has no words if there is none."""
        if text.word_count + query.word_count == 0:
            return []
        return self._with_query(text, query) if query.word_count else self._windows(text, self.alone)

    def _with_query(self, text: Text, query: Text) -> list[Window]:
        half = (self.most - self.pair.size) // 2
        if len(query.ids) <= half:
            return self._windows(text, self.pair, query._replace(words=query.words + text.word_count))
        first = text.word_count
        alone = [window._replace(all_words=window.all_words + first) for window in self._windows(query, self.alone)]
        return [*self._windows(text, self.pair, _without_words(query, half)), *alone]

    def _windows(self, text: Text, frame: Frame, second: Text | None = None) -> list[Window]:
        room = self.most - frame.size - (len(second.ids) if second else 0)
        if len(text.ids) <= room:
            return [_framed(text, frame, second)]
        parts = _parts(text, room)
        again = second and _without_words(second, len(second.ids))
        return [_framed(part, frame, again if number else second) for number, part in enumerate(parts)]


def frame_of(encoding: "Encoding") -> Frame:
    """Return what the tokenizer put around one text or two."""
    texts = encoding.sequence_ids
    both = np.array([encoding.ids, encoding.type_ids])
    begin, end = texts.index(0), len(texts) - texts[::-1].index(max(each for each in texts if each is not None))
    between = [place for place in range(begin, end) if texts[place] is None]
    types = (int(both[1, begin]), int(both[1, end - 1]))
    return Frame(both[:, :begin], both[:, between], both[:, end:], types)


def _parts(text: Text, room: int) -> list[Text]:
    """Return the text in parts of `room` pieces; a word is read in the one in which it has most context."""
    size = len(text.ids)
    starts = np.unique(np.minimum(np.arange(0, size, max(1, room // 2)), size - room))
    best = _best_part(text, starts, room)
    parts = []
    for number, start in enumerate(starts):
        here = (start <= text.places) & (text.places < start + room)
        ids, is_read = text.ids[start : start + room], best[here] == number
        parts.append(Text(ids, text.places[here] - start, text.words[here], is_read, text.word_count))
    return parts


def _best_part(text: Text, starts: Numbers, room: int) -> Numbers:
    """Return, for each pair of a piece and a word, the part that has the piece, and the most context for the word.

    The text's own ends cut no context off. A word that fits into no part is taken piece by piece.
    """
    first, last = _ends_of_words(text)
    best, most = np.zeros_like(text.places), np.full(len(text.places), np.iinfo(np.int64).min)
    for number, start in enumerate(starts):
        stop = start + room
        before = first - start if start else np.full_like(first, room)
        after = stop - 1 - last if stop < len(text.ids) else np.full_like(last, room)
        context = np.minimum(before, after)
        better = (start <= text.places) & (text.places < stop) & (context > most)
        best[better], most[better] = number, context[better]
    return best


def _ends_of_words(text: Text) -> tuple[Numbers, Numbers]:
    """Return, for each pair, the places of its word's first and last pieces."""
    first = np.full(text.word_count, len(text.ids))
    last = np.zeros(text.word_count, np.int64)
    np.minimum.at(first, text.words, text.places)
    np.maximum.at(last, text.words, text.places)
    return first[text.words], last[text.words]


def _framed(text: Text, frame: Frame, second: Text | None) -> Window:
    begin = frame.before.shape[1]
    end = begin + len(text.ids)
    second_begin = end + frame.between.shape[1]
    second_end = second_begin + (len(second.ids) if second else 0)
    both = np.empty((2, second_end + frame.after.shape[1]), np.int64)
    both[:, :begin], both[:, end:second_begin], both[:, second_end:] = frame.before, frame.between, frame.after
    both[0, begin:end], both[1, begin:end] = text.ids, frame.types[0]
    places, words, is_read = text.places + begin, text.words, text.is_read
    if second:
        both[0, second_begin:second_end], both[1, second_begin:second_end] = second.ids, frame.types[1]
        places, words = np.append(places, second.places + second_begin), np.append(words, second.words)
        is_read = np.append(is_read, second.is_read)
    return Window(both[0], both[1], places, words, is_read)


def _without_words(text: Text, pieces: int) -> Text:
    """Return the first pieces of a text that is read, but whose vectors are taken from elsewhere."""
    return Text(text.ids[:pieces], text.places[:0], text.words[:0], text.is_read[:0], 0)
