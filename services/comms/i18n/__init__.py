"""What comms writes, in its three languages: words, dates, times and figures as their readers know them."""
