"""What the paper leaves open, answered by computation."""
