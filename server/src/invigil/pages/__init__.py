"""The pages that people see outside the extension: few, plain, without secrets of the exam."""
