"""What is kept: Django models, their migrations, and every query, named."""
