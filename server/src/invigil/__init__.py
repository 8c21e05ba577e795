"""The server: stores what it cannot read, decides who may fetch it, and speaks LTI."""
