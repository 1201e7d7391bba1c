"""One experiment per file: a frozen configuration whose tasks yield rows."""
