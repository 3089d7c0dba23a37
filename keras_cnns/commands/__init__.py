"""The commands of `keras-cnns` that are more than a few lines; `cli` puts them together."""
