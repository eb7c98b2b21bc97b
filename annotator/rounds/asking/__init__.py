"""Questions to the model of a round: about sentences that people try, stored ones, and words."""
