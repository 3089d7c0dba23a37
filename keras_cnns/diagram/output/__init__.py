"""From a scene to a file."""
