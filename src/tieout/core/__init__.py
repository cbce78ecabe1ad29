"""DECIDES. Values in, values out: no network, disk, database, clock or chance."""
