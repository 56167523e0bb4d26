"""Makes the schemas installable as data of the package (spectramind/resources/schemas)."""
