"""What Canvas would say of CSV files, worked out by following its importers row by row on what the files tell of its state."""
