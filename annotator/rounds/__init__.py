"""Rounds: how they start, follow one another and serve, their settings and files.

What a round's process does is in `learning`, its figures and comparisons in `measuring`, questions to its model in
`asking`, and looking again at the answers in `looking_again`. Nothing here draws.
"""
