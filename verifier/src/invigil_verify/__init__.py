"""Opens and checks an export offline. Written from docs/spec alone."""
