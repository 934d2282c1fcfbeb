"""Errors that travel from one process to another."""

import pickle
import traceback


def portable(error: Exception) -> Exception:
    """Returns the error with its traceback as a note; if it cannot be pickled, a RuntimeError with the same text."""
    trace = f"In a worker process:\n{''.join(traceback.format_exception(error))}"
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        error = RuntimeError(f"{type(error).__name__}: {error}")
    error.add_note(trace)
    return error
