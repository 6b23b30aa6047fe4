"""How good forecasts are, measured on recorded series beside a straight line: `python -m services.analytics.backtest`.

Does I/O: `__main__`.
"""
