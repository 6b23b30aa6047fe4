"""What a service knows of what another owns: told by events, kept as a copy, heard again when it is missing."""
