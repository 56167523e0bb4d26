"""Makes the configuration tree installable as data of the package (spectramind/resources/configs)."""
