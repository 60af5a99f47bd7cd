"""What the documents of the API look like, by noun; request bodies are read by these as well."""
