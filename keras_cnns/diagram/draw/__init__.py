"""From a folded tree to a scene of shapes. Nothing here knows a file format."""
