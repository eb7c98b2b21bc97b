"""Read a CoNLL file with the package conllu, comments and all."""

import json
import sys
from pathlib import Path

import conllu

text = Path(sys.argv[1]).read_text("utf-8")
for sentence in conllu.parse(text, fields=["form", "tag"]):
    words: list[list[str]] = []
    for token in sentence:
        if token["tag"].startswith("B-"):
            words.append([token["form"]])
        elif token["tag"].startswith("I-") and words:
            words[-1].append(token["form"])
    said = sentence.metadata
    print(
        json.dumps(
            {
                "id": said["id"],
                "label": said["label"],
                "tokens": [token["form"] for token in sentence],
                "words": words,
            }
        )
    )
