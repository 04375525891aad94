"""Data -> the PDF of the LA, the same bytes every time; and a scan of it back to the document."""
