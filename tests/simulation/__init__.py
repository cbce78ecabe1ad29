"""The engine proven: a seeded town on simulated time, killed and cut at every call and commit (architecture.md 9)."""
