"""The desk: pages on which one person plays both sides, the project manager's and the bookkeeper's.

`routes.handle` answers everything under `/_sandbox/desk`. What is done here goes through the vendors' own calls,
so their rules hold, and into the journal; it is neither counted nor disturbed by faults and limits.
"""
