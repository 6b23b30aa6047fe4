"""What the command line says, in English, Japanese and Persian: one module for each area, chosen by the locale."""
