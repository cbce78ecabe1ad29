"""SHOWS AND ASKS: the web app and the command line. `wiring.py` is the one file that knows every part."""
