"""Whether models that look alike compute the same, by numbers; of all else it uses the pairs alone."""
