"""The `keras-cnns` command: one file per command. `main` puts them together."""
