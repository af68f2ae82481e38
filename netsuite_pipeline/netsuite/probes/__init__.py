"""Single questions to NetSuite that sensors and the doctor ask."""
