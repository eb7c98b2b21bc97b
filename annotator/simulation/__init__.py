"""Play the loop without people: an oracle answers from gold labels and marks, and each round's model is judged.

It imports, answers and starts rounds as people do, in projects that it makes for this. No project of people is changed
here, and the queue and the rounds don't know that they are simulated.
"""
