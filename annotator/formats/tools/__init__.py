"""One file for each format of another tool or corpus, and what they share; folders of documents too."""
