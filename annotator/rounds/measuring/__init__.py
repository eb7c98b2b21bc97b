"""The figures of rounds: alone, against another round or a twin, over time, and whether more work is worth it.

They come from what the rounds' processes have stored, and are put into words here: no model is loaded or trained.
`learner/judging` computes the figures of a single model.
"""
