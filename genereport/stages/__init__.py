"""One file per analysis: a frozen dataclass of parameters with a name and a run method."""
