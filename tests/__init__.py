"""The tests of tieout. A package, so that helpers are imported by name: `from tests.postgres import ...`."""
