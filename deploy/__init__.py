"""How Tocsin is started: on one machine (`local`), in containers (compose) and on Kubernetes (helm)."""
