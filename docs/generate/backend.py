"""Imported before what imports Keras: pictures and counts need shapes only, so the lightest backend does."""

from keras_cnns import backends

backends.choose_lightest()
