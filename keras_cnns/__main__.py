"""`python -m keras_cnns`, the same as the `keras-cnns` command."""

from keras_cnns.cli import main

if __name__ == "__main__":
    main()
