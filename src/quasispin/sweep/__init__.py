"""The same on a grid: a labelled xarray Dataset."""
