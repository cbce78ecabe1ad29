"""PRETENDS: a practice Procore and a practice QuickBooks behind the vendors' real wire formats.

Shares no code with the adapters it tests, so that one mistake cannot hide another.
"""
