"""The queue: the slots of sentences, their order and its reasons, and who holds which.

What people answered is in `answers`; what scores the sentences of the pool is not in `db`.
"""
