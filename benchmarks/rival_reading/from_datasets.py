"""Read an export with Hugging Face's datasets: a Parquet file, or a folder of `save_to_disk`."""

import json
import sys
from pathlib import Path

import datasets

given = Path(sys.argv[1])
if given.is_dir():
    loaded = datasets.load_from_disk(str(given))
else:
    loaded = datasets.load_dataset("parquet", data_files=str(given), cache_dir=str(given.parent / "cache"))
for rows in loaded.values() if isinstance(loaded, datasets.DatasetDict) else [loaded]:
    names = rows.features["label"].names
    for row in rows:
        spans = sorted([span["start"], span["end"]] for span in row["spans"] if span["mark"] == "+")
        print(json.dumps({"id": row["id"], "text": row["text"], "label": names[row["label"]], "spans": spans}))
