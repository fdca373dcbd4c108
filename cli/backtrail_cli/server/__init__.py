"""The HTTP server: the only place where bytes come from outside."""
