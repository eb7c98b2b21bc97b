"""Make the insides of packed files worse: an Excel workbook's parts, and the values of Parquet and Arrow tables."""

import io
import random
import zipfile
from collections.abc import Callable
from typing import Any

_BARELY = 0.3
"""How often the bytes of the file itself are changed, which most readers notice at once."""

MutateValue = Callable[[Any, random.Random], Any]
MutateBytes = Callable[[bytes, bytes, random.Random], bytes]


def mutate_packed(content: bytes, draw: random.Random, value: MutateValue, raw: MutateBytes) -> bytes | None:
    """Return a packed file with a change inside, made by `value` or `raw`; None if it is none, or too damaged."""
    if draw.random() < _BARELY:
        return None
    if content.startswith(b"PK\x03\x04"):
        return _mutate_parts(content, draw, raw)
    if content.startswith((b"PAR1", b"ARROW1", b"\xff\xff\xff\xff")):
        return _mutate_rows(content, draw, value)
    return None


def _mutate_parts(content: bytes, draw: random.Random, raw: MutateBytes) -> bytes | None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
    except Exception:
        return None
    sheets = [name for name in parts if "sheet" in name or "shared" in name.lower()] or list(parts)
    name = draw.choice(sheets if draw.random() < 0.7 else list(parts))
    parts[name] = raw(parts[name], draw.choice(list(parts.values())), draw)
    if draw.random() < 0.05:
        del parts[name]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(zipfile.ZipInfo(name), part)
    return file.getvalue()


def _mutate_rows(content: bytes, draw: random.Random, value: MutateValue) -> bytes | None:
    """Write the rows again with other values; one that fits no column leaves the file for its bytes to be changed."""
    import pyarrow as pa
    from pyarrow import ipc, parquet

    try:
        source = io.BytesIO(content)
        if content.startswith(b"PAR1"):
            table = parquet.read_table(source)
        else:
            table = (ipc.open_file if content.startswith(b"ARROW1") else ipc.open_stream)(source).read_all()
        table.validate(full=True)  # a damaged table that is not checked can end the process
        again = pa.Table.from_pylist(value(table.to_pylist(), draw)).replace_schema_metadata(table.schema.metadata)
        sink = pa.BufferOutputStream()
        if content.startswith(b"PAR1"):
            parquet.write_table(again, sink, row_group_size=2)
        else:
            with (ipc.new_file if content.startswith(b"ARROW1") else ipc.new_stream)(sink, again.schema) as writer:
                writer.write_table(again)
    except Exception:
        return None
    return bytes(sink.getvalue().to_pybytes())
