"""The sentences that a command ends with: for each experiment a module that tells from rows alone what they mean."""
