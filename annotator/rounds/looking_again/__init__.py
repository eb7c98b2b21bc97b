"""Looking again at answers that models trained without them find unlikely; it works in a process of its own.

It lists what is worth another look and changes no answer: people answer again in `answering`, and decide in
`reviewing`.
"""
