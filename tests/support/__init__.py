"""What several tests use: models, counts and drawings made in another way, and servers."""
