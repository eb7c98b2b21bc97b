"""What the process of a round does: read, make the examples, train, judge, score the pool, fill the queue.

Torch is loaded inside functions that only such a process calls, never by an import. How a round is started and followed
is in `rounds`, how a model trains in `learner`.
"""
