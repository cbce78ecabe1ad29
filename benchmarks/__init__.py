"""What the product costs: calls against their lower bound, CPU, memory and time. Printed, never asserted.

    python -m benchmarks MEASURE [--json]
"""
