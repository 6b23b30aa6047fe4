"""The figures of `GET /reports/dashboard`, each with its formula, and the incidents that each is made of.

`catalogue` is the one list of them: code, the answers' texts and `docs/metrics.md` are made from it.
"""
