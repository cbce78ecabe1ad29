"""TRANSLATES between the vendors' wire shapes and core's values. Only a client does I/O."""
