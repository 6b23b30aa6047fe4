"""Which alerts will be one incident, and which stay silent while another fires."""
