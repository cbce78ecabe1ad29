"""The practice company: a sandbox of its own, connected and set up like any other."""
