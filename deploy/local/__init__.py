"""What `make run` does: sets the machine up, starts the stack, keeps it running, stops it without a trace.

Everything that belongs to one running stack lives in its run directory (`TOCSIN_RUN_DIR`, default `.run`), so several
stacks run side by side. `bootstrap` and what it uses need nothing but the standard library.
"""
