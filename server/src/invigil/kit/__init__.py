"""What every room may use, and what knows no exam: database, tokens, notes, trees, problems."""
