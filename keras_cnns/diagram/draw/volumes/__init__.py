"""A model as volumes in perspective: a chain of solids, skips above it, dense layers as bars."""
