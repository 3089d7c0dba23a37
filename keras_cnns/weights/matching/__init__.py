"""Which tensor of a weights file belongs to which weight of a model."""
