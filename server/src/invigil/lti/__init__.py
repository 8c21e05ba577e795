"""LTI 1.3: how a learning platform hands a person over to us, and what we ask it in return.

The tool is our own, on joserfc and httpx (docs/decisions/0004-own-lti-tool.md). Nothing that a
platform or a browser sends is acted upon before :mod:`.verification` has seen it.
"""
