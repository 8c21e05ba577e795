"""A small, honest LMS for the demo, the practice exam and the end-to-end tests."""
