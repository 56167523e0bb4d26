"""How honest sigma is: tables and the report of the calibration."""
