"""A pool outside any project: Parquet shards, what a model says about each, and the sentences to ask about first.

shards  → score_shard, a shard at a time, anywhere →  scores  → merge →  the head of a queue
"""
