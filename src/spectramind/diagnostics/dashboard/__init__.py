"""The dashboard: one self-contained HTML page about a prediction; a module is a section of the page or a part of its first screen."""
