"""The one door for files: by the API, at the desk, from a folder or the command line, each file is archived, queued,
read by the importer of its kind, and what became of it written down."""
