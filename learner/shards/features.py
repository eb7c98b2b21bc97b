"""What an acquisition can read of candidates: their words from the shards, saliency and embeddings from the scores."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from learner.acquisition.pool import Array, Features, Rows
from learner.acquisition.vectors import Text, compared
from learner.acquisition.word_rows import WordRows, together
from learner.data.example import Example, Sentence
from learner.errors import ShardError
from learner.shards.candidates import Candidates
from learner.shards.places import Source, rows_at
from learner.shards.scores import PROJECTION_SEED, damaged, open_scores
from learner.shards.shard import readable_columns, sentence_of, unreadable

if TYPE_CHECKING:
    from learner.training.trained import TrainedModel


@dataclass(frozen=True)
class Contents:
    """The candidates, and the files that they are in: what is read of them is read once for all."""

    candidates: Candidates
    shards: Sequence[Path]
    scores: Sequence[Path]
    """Empty if no model has read the shards."""

    @cached_property
    def sentences(self) -> list[Sentence]:
        """Return the sentences of all candidates; raise ShardError if an id is not that of the scores."""
        sentences = self._read_sentences()
        ids: dict[str, int] = {}
        known = [sentence.id or "" for sentence in sentences]
        if self.scores:
            known = [record["id"] for record in self.scored(np.arange(len(self.candidates)), ["id"])]
        for row, (sentence, scored_id) in enumerate(zip(sentences, known, strict=True)):
            shard = self._shard(row)
            if sentence.id != scored_id:
                raise ShardError(f"{shard}: the shard has changed since it was scored; score it again")
            if (other := ids.setdefault(scored_id, row)) != row:
                raise ShardError(
                    f"id {scored_id}: found it twice, in {self._shard(other).name} and in {shard.name}, expected "
                    "another id for each sentence of the pool"
                )
        return sentences

    def rows(self, which: Rows) -> list[dict[str, Any]]:
        """Return everything that the shards say about some candidates, also columns that a model does not read."""
        from pyarrow import parquet

        chosen = self.candidates.take(which)
        source = Source(self.shards, parquet.ParquetFile, lambda name, schema: schema.names, unreadable)
        return rows_at(source, chosen.files, chosen.rows)

    def scored(self, rows: Rows, columns: Sequence[str]) -> list[dict[str, Any]]:
        """Return some columns of the scores of some candidates."""
        chosen = self.candidates.take(rows)
        source = Source(self.scores, open_scores, lambda name, schema: columns, lambda path, error: damaged(path))
        return rows_at(source, chosen.files, chosen.rows)

    def texts(self, rows: Rows) -> list[Text]:
        """Return the words and the queries of some candidates."""
        return [(self.sentences[row].tokens, self.sentences[row].query) for row in rows.tolist()]

    def saliency(self, rows: Rows) -> WordRows:
        """Return each word's saliency, by the view that people see."""
        return together([np.asarray(record["saliency"], np.float32) for record in self.scored(rows, ["saliency"])])

    def embeddings(self, rows: Rows) -> Array:
        """Return the embeddings of some candidates: (rows, dimension)."""
        return np.array([record["embedding"] for record in self.scored(rows, ["embedding"])], dtype=np.float32)

    def _read_sentences(self) -> list[Sentence]:
        from pyarrow import parquet

        source = Source(self.shards, parquet.ParquetFile, readable_columns, unreadable)
        records = rows_at(source, self.candidates.files, self.candidates.rows)
        places = enumerate(zip(records, self.candidates.rows.tolist(), strict=True))
        return [sentence_of(record, f"{self._shard(at).name} row {row + 1}") for at, (record, row) in places]

    def _shard(self, row: int) -> Path:
        return self.shards[int(self.candidates.files[row])]


class WordsOfShards(Features):
    """Features without a model, for an acquisition of probabilities alone: near-duplicates are found by their words."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents

    def words(self, rows: Rows) -> list[tuple[str, ...]]:
        """Return the words of each row."""
        return [self._contents.sentences[row].tokens for row in rows.tolist()]

    def compared_words(self, rows: Rows) -> list[tuple[str, ...]]:
        """Return the words of each row, told apart by its query."""
        return compared(self._contents.texts(rows))


def features_of_model(
    trained: "TrainedModel", contents: Contents, *, answered: Sequence[Example], embedded: bool
) -> Features:
    """Return what a model says about candidates; if the shards were embedded, their vectors are not computed again."""
    from learner.acquisition.of_model import ModelFeatures

    class _Embedded(ModelFeatures):
        def vectors(self, rows: Rows) -> Array:
            return contents.embeddings(rows)

    kind = _Embedded if embedded else ModelFeatures
    return kind(trained, texts=contents.texts, scores=contents.saliency, answered=answered, seed=PROJECTION_SEED)
