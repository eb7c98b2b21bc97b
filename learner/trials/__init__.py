"""Run many trials of one experiment: in parallel, with each outcome kept, resumed after a stop.

No module here knows what a trial does: the experiment decides that, as in learner/reproduction.
"""
