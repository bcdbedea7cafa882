"""Patent documents, whatever they are written in: XML of the offices, Markdown, plain text, DOCX, PDF -> `Patent`."""
