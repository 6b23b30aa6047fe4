"""What is said of reliability."""

from __future__ import annotations

from collections.abc import Mapping

RELIABILITY: Mapping[str, Mapping[str, str]] = {
    "en": {
        "help.reliability": "uptime of services against their targets, and what spent the error budget",
        "help.quarter": "a quarter, such as 2026Q3 or 1405Q2",
        "column.uptime": "UPTIME",
        "column.target": "TARGET",
        "column.down": "DOWNTIME",
        "column.left": "BUDGET LEFT",
        "column.burn": "BURN RATE",
        "column.longest": "LONGEST INCIDENT",
        "reliability.counts": "{start} to {end}: {met} targets met, {missed} missed.",
    },
    "ja": {
        "help.reliability": "サービスの稼働率と目標、エラーバジェットを消費したもの",
        "help.quarter": "四半期（例: 2026Q3、1405Q2）",
        "column.uptime": "稼働率",
        "column.target": "目標",
        "column.down": "停止時間",
        "column.left": "バジェット残",
        "column.burn": "消費速度",
        "column.longest": "最長のインシデント",
        "reliability.counts": "{start} から {end}: 目標達成 {met}、未達 {missed}。",
    },
    "fa": {
        "help.reliability": "دسترس‌پذیری سرویس‌ها در برابر هدف، و آنچه بودجهٔ خطا را خرج کرد",
        "help.quarter": "یک فصل، مانند 2026Q3 یا 1405Q2",
        "column.uptime": "دسترس‌پذیری",
        "column.target": "هدف",
        "column.down": "زمان قطعی",
        "column.left": "ماندهٔ بودجه",
        "column.burn": "سرعت مصرف",
        "column.longest": "طولانی‌ترین رخداد",
        "reliability.counts": "{start} تا {end}: {met} هدف برآورده، {missed} نابرآورده.",
    },
}
