"""From files to tensors: examples, tokens, vocabulary, word vectors, batches.

No module here knows about models or losses.
"""
