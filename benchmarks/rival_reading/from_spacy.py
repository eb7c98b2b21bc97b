"""Read the DocBins of an export with spaCy, or have `spacy convert` read a CoNLL file without its comments."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import spacy
from spacy.tokens import DocBin

given = Path(sys.argv[1])


def docs(path: Path) -> list[spacy.tokens.Doc]:
    """Return the documents of a file."""
    return list(DocBin(store_user_data=True).from_disk(path).get_docs(spacy.blank("xx").vocab))


if given.is_dir():
    for path in sorted(given.glob("*.spacy")):
        for doc in docs(path):
            spans = [[span.start_char, span.end_char] for span in doc.spans["rationale"]]
            label = max(doc.cats, key=doc.cats.__getitem__)
            print(json.dumps({"id": doc.user_data["id"], "text": doc.text, "label": label, "spans": spans}))
else:
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder) / "bare.conll"
        lines = given.read_text("utf-8").splitlines(keepends=True)
        bare.write_text("".join(line for line in lines if not line.startswith("# ")), "utf-8")
        convert = [sys.executable, "-m", "spacy", "convert", bare, folder, "-c", "conll", "-l", "xx", "-n", "1"]
        subprocess.run(convert, check=True, stdout=subprocess.DEVNULL)
        for doc in docs(Path(folder) / "bare.spacy"):
            words = [[token.text for token in entity] for entity in doc.ents]
            print(json.dumps({"tokens": [token.text for token in doc], "words": words}))
