"""PRETENDS to be Procore: the REST API's financial side and its login host, in memory (procore.md)."""
from tieout.sandbox.procore.service import Procore

__all__ = ["Procore"]
