"""Roots, statements, the key log and wraps: checked, kept, handed on unopened."""
