"""JupyterHub's own pages in the lab's look: templates, and the reader's language in each."""
