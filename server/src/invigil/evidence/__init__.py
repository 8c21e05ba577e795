"""Sealed segments, leaves and receipts: accept, order, list, erase; never open.

What a candidate's device sends is kept as it came. The server checks what it can without reading:
lengths, hashes, grammar, order, signatures (docs/spec/sealed.md §7 and §8).
"""
