"""Stage 3: the differences, grouped by root cause and named."""
