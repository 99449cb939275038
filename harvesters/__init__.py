"""One kind of exchange point a file: bytes or rows become source records. Imports the kernel, never CKAN."""
