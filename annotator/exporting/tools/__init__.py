"""Examples in the formats of other tools and corpora, one file per format, and what several of them need."""
