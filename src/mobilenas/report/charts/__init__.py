"""The charts of the page: a module for each, with a function that returns HTML, or an empty text."""
