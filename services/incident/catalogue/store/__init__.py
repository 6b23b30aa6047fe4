"""Services as they are stored, and the mark by which the processes learn that some of them changed."""
