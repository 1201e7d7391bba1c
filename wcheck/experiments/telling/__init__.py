"""The sentences at the end of a command: for each experiment, a module that says what its rows mean."""
