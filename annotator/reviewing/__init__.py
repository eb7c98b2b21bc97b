"""Looking back at answers: who agrees with whom, decisions, surplus answers, browsing, history, a person's own work.

Nothing here leases a sentence or takes a first answer: that is `answering`.
"""
