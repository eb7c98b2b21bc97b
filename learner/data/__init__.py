"""From files to tensors: examples, tokens, vocabulary, word vectors, batches.

Nothing here knows a model or a loss.
"""
