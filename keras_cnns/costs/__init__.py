"""What a network costs: the rules by which `keras_cnns.profile` counts, one file for each thing counted."""
