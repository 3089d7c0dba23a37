"""One page in which a reader opens what the picture has folded; see `explorable.page`."""
