"""`python -m keras_cnns`, the same as the `keras-cnns` command."""

from keras_cnns.cli.main import main

if __name__ == "__main__":
    main()
