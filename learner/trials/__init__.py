"""Many trials of one experiment: run in parallel, kept one by one, resumed after a stop.

Nothing here knows what a trial does: that is the experiment's own, as in learner/reproduction.
"""
