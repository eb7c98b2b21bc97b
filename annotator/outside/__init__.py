"""A pool outside the project: making its shards, attaching it, and bringing the sentences to ask about next.

Which pool is attached, and whether its shards are still there, is in `annotator/project/attached.py`; scoring shards
and choosing among them is in `learner/shards/`.
"""
