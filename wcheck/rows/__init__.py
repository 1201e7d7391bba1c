"""Where rows are written: memory, a stream, or a file that can be resumed, with a record of how they were made."""
