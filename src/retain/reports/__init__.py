"""Pictures, pages and workbooks of what was found."""
