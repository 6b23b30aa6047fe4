"""Words that stand in every text and tell nothing of it. Pure."""

from __future__ import annotations

from services.analytics.words.letters import fold

_ENGLISH = """
a an and are as at be been but by can could did do does for from had has have how i if in into is it its me my of on or
our out please so some such than that the their them then there these they this to us was we were what when where which
while who why will with would you your again after before during happened happen happens get gets got
"""
_PERSIAN = """
و در به از که این آن را با است بود شد شده می برای تا یا هم چه چرا چگونه چطور کجا کی ما من شما آنها یک هر اگر پس نیز بر
شود کرد کرده کند کردن شدن دارد داشت باشد هست نیست بوده اند های ها ای ام تر ترین نمی بعد قبل هنگام هایی هایش هایم
وقتی روی دیگر ی یی
"""
STOP_WORDS = frozenset(fold(word) for word in (_ENGLISH + _PERSIAN).split())

PARTICLES = frozenset({"in", "out", "on", "off", "up"})
"""Stop words that make one word with the word before: `log in`, `time out`."""

_GRAMMAR = """
した して する すれ ない なく なつ です ます まし ませ から まで こと もの ため よう いる いた いて ある あつ れる れて
れた つた つて てい てし とし とな とき には では とは がで がし でき
きな きた のに ので にな をし にし この その どう うし
"""
STOP_PAIRS = frozenset(_GRAMMAR.split())
"""Pairs of kana that are grammar; folded, so that small kana are large ones."""
