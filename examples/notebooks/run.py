"""Runs every notebook of this folder from its beginning; what it shows stays out of git.

    run.py [FOLDER]     also writes the notebooks with what they show into FOLDER
"""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent
notebooks = sorted(HERE.glob("*.ipynb"))
for path in notebooks:
    notebook = nbformat.read(path, as_version=4)
    shown = [cell for cell in notebook.cells if cell.get("outputs") or cell.get("execution_count")]
    assert not shown, f"{path.name} has outputs: clear them before it is committed"
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(HERE)}}).execute()
    if len(sys.argv) > 1:
        nbformat.write(notebook, Path(sys.argv[1]) / path.name)
print(f"test result: ok. {len(notebooks)} passed; 0 failed; 0 ignored")
