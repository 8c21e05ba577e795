"""Opens and checks an export offline. Written from docs/spec, sharing no code with the TypeScript."""
