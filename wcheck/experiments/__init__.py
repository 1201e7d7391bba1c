"""One experiment a file: a frozen configuration whose tasks yield rows."""
