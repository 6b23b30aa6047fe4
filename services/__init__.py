"""The services of Tocsin. They are independent of each other and talk by events only."""
