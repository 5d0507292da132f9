"""Preconditions of rehearsals and tests: what people do in Canvas by hand, done at once."""
