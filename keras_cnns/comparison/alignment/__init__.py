"""Stage 2: which layer of the student stands for which layer of the reference."""
