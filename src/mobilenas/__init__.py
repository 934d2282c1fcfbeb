"""Hardware-aware neural architecture search for mobile networks."""
