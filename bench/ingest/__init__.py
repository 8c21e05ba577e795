"""How fast, at what cost and how safely does the server take in sealed segments?"""
