"""From a model to the same model with one plausible mistake."""
