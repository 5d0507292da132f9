"""What happens to an upload as a whole: reading, segments, queue, modes, diffing, restoration, results."""
