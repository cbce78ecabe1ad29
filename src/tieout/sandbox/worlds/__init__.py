"""Practice worlds: companies with a past, and people who act in them month by month.

A world reaches both stand-ins through the vendors' own REST calls only.
"""
from tieout.sandbox.worlds.data import WorldError
from tieout.sandbox.worlds.player import World, load, opening, scenario_of

__all__ = ["World", "WorldError", "load", "opening", "scenario_of"]
