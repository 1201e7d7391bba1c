"""What finished rows say: rows and figures become sentences, and nothing is run for it."""
