"""Tells JupyterLab where the built extension lies."""


def _jupyter_labextension_paths():
    return [{"src": "labextension", "dest": "nnsight-ts-labextension"}]
