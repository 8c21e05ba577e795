"""The LTI 1.3 platform: registration, launches, deep linking, roster and grades."""
