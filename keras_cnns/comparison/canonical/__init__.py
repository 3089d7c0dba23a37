"""Stage 1: a model's graph with one spelling for each function."""
