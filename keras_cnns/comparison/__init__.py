"""How a model departs from a reference, in four stages: canonical form, alignment, findings, report."""
