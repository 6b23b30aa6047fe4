"""What is said of reviews."""

from __future__ import annotations

from collections.abc import Mapping

REVIEWS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "help.reviews": "what the week, the month and the quarter were",
        "help.review_id": "the review to read; without one the list, the newest first",
        "help.review_kind": "only reviews of this kind",
        "column.review": "REVIEW",
        "column.made": "MADE",
        "reviews.none": "No review was made yet: they are made on Mondays at 07:00.",
    },
    "ja": {
        "help.reviews": "週、月、四半期の振り返り",
        "help.review_id": "読むレビュー。指定しないと新しい順の一覧",
        "help.review_kind": "この種類のレビューだけ",
        "column.review": "レビュー",
        "column.made": "作成",
        "reviews.none": "レビューはまだありません。毎週月曜日の 7:00 に作成されます。",
    },
    "fa": {
        "help.reviews": "هفته، ماه و فصل چگونه گذشت",
        "help.review_id": "بازبینی‌ای که خوانده می‌شود؛ بدون آن فهرست، از تازه‌ترین",
        "help.review_kind": "فقط بازبینی‌های این نوع",
        "column.review": "بازبینی",
        "column.made": "ساخته‌شده",
        "reviews.none": "هنوز بازبینی‌ای ساخته نشده است: دوشنبه‌ها ساعت ۷ ساخته می‌شوند.",
    },
}
