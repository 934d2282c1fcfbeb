"""Writes networks with numbers of 8 bits, and tells what that costs and gains on the runtime itself."""
