"""What is in the box: frozen values and the closed arithmetic of one shell; no arrays of states."""
