"""What a language model suggests: where it may be asked, what it is sent, how its answer is read, and the run.

It runs in a command, never in the web process. What people see of a suggestion is `answering/suggested.py`, what it
changed is `reviewing/suggestion_figures.py`.
"""
