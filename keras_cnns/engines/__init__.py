"""Other engines than Keras for a model that has been trained, and the proof that they compute the same."""
