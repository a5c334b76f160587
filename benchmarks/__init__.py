"""Side-by-side runs against other libraries, and the project's own numbers to hold. Not tests."""
