"""Reports on finished rows: rows and figures become sentences and pages, and nothing is run for them."""
