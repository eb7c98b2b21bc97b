"""Examples as tables, a row per sentence or per marked span: for spreadsheets, pandas and Hugging Face.

Only the writers are here. What an example is, and which sentences become one, is decided in `exporting`;
`formats/tables` reads tables.
"""
