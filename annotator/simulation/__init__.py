"""Play the loop without people: an oracle answers from gold labels and marks, and each round's model is judged."""
