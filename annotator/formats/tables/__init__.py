"""Tables: CSV and TSV, Excel, Parquet, and what their cells mean."""
