"""Stage 4: the findings in words, tables and a marked diagram."""
