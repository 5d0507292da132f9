"""The HTTP side of the sandbox: Canvas's routes, one blueprint per area, behind one gate."""
