"""Reading an architecture from an untrusted file without running its code."""
