"""What a model costs: one file per quantity that `keras_cnns.profile` counts."""
