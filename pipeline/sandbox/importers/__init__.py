"""Canvas's importers: one module per file type, with its columns, its rules in the order in which they fire, its effects."""
