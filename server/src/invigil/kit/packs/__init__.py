"""Sealed segments on disk: append-only packs, group commit, one flush per batch.

See docs/decisions/0003-pack-store.md for the layout and the measurements behind it.
"""
