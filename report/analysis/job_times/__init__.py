"""How long jobs took, waited and were processed, as far as timestamps or polls tell."""
