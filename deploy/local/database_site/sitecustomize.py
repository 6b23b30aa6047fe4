"""What Python runs first in the process of the embedded database, whose own code stays as it comes.

A thread per connection waits for the interpreter again after each short call into the storage engine, by default up to
5 ms behind one that computes.
"""

import sys

_SECONDS = 0.0005

sys.setswitchinterval(_SECONDS)
