"""Examples as tables, a row per sentence or per marked span: for spreadsheets, pandas and Hugging Face."""
