"""What the process of a round does: read, make the examples, train, judge, score the pool, fill the queue."""
