"""Finding sentences: filters, search, tags and saved sets, those with the same text, and the words of many at once.

Nothing here brings, changes or removes a sentence: that is `corpus`.
"""
