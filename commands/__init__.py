"""The command line: one module a group of commands; each calls the service functions the web calls."""
