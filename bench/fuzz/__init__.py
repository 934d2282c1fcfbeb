"""Changed inputs of all kinds, read as the program reads them."""
