"""How heat and field fill the levels; every ensemble yields Averages."""
