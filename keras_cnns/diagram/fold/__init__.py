"""From a graph to a folded tree of boxes, repeats and modules. Nothing here knows coordinates."""
