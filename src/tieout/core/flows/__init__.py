"""One file per pairing: listing this folder lists what the product does. `ALL` in `registry` gives their order."""
