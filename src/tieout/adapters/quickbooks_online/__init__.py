"""QuickBooks Online's REST interface (v3): wire shapes to core's values and back."""
from tieout.adapters.quickbooks_online.system import QuickBooksOnline

__all__ = ["QuickBooksOnline"]
