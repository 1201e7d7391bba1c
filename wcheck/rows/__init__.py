"""Where rows go: in memory, to a stream, to a file that can be resumed, with a sidecar that says how they were made."""
