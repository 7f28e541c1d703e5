"""Reading: files to text, text to declared types."""
