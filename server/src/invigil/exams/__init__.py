"""What is examined and under which settings."""
