"""Questions to the model of a round: about sentences that people try, stored ones, and words.

A process of its own keeps the models loaded, and only `scoring.py`, which runs there, loads torch. A question changes
no answer and no round, and nothing here trains.
"""
