"""The commands, a module each; `backtrail_cli.group` imports the one that is called."""
