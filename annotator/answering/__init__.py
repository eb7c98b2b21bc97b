"""How people answer: sentences are leased from the queue and drawn for the word marker, and its messages are stored.

How the marker looks is `pages/word_marker`; what happens to answers afterwards is `reviewing`.
"""
