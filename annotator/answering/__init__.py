"""The way of an answer: sentences leased from the queue, drawn for the word marker, and its message stored.

How the marker looks is `pages/word_marker`; what is done with answers afterwards is `reviewing`.
"""
