"""Small commands for a network that exists: it is measured, exported, and evaluated with its weights."""
