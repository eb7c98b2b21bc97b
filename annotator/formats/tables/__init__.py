"""Tables: CSV and TSV, Excel, Parquet, and what their cells mean.

Here a table becomes rows of fields. What a field means to a sentence is the native format's (`formats/native.py`);
formats of other tools that happen to be tables are in `formats/tools`.
"""
