"""The catalogue: the published networks as facts, and those facts as text."""
