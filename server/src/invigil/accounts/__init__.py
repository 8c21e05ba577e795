"""Institutions, people, roles and signing in."""
