"""A practice QuickBooks Online: OAuth, the v3 REST interface, and double-entry books of its own."""
