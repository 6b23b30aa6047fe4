"""What `apply` says."""

from __future__ import annotations

from collections.abc import Mapping

APPLY: Mapping[str, Mapping[str, str]] = {
    "en": {
        "help.apply": "make users, teams, schedules, policies, services, status pages and more what a file says",
        "help.tree_file": "a YAML file",
        "help.dry_run": "only show the difference",
        "help.prune": "delete what an earlier apply made and the file has no more, of the kinds that it names",
        "help.yes": "what --prune lists is to be deleted",
        "help.state": "where to keep what was made; else ~/.local/state/tocsin",
        "apply.needs_yes": "{count} things would be deleted: add --yes. Nothing was done.",
        "apply.step": "{action}: {kind} {id}",
        "apply.plan": "To make: {made}, to change: {changed}, to delete: {deleted}.",
        "apply.done": "Made: {made}, changed: {changed}, deleted: {deleted}.",
        "apply.nothing": "Nothing to change.",
    },
    "ja": {
        "help.apply": "ユーザー、チーム、スケジュール、サービスなどをファイルの内容に合わせます",
        "help.tree_file": "YAML ファイル",
        "help.dry_run": "差分だけを表示します",
        "help.prune": "以前の apply で作成し、ファイルから消えたものを削除します（ファイルにある種類のみ）",
        "help.yes": "--prune の対象を削除します",
        "help.state": "作成したものの記録先（省略時は ~/.local/state/tocsin）",
        "apply.needs_yes": "{count} 件が削除されます。--yes を付けてください。何も変更していません。",
        "apply.step": "{action}: {kind} {id}",
        "apply.plan": "作成 {made} 件、変更 {changed} 件、削除 {deleted} 件の予定です。",
        "apply.done": "作成 {made} 件、変更 {changed} 件、削除 {deleted} 件。",
        "apply.nothing": "変更はありません。",
    },
    "fa": {
        "help.apply": "کاربران، تیم‌ها، برنامه‌ها، سرویس‌ها و مانند آن را چنان می‌کند که فایل می‌گوید",
        "help.tree_file": "یک فایل YAML",
        "help.dry_run": "تنها تفاوت را نشان دهد",
        "help.prune": "آنچه apply پیشین ساخته و دیگر در فایل نیست حذف شود (تنها از انواع درون فایل)",
        "help.yes": "آنچه --prune نام می‌برد حذف شود",
        "help.state": "جای یادداشت ساخته‌ها؛ وگرنه ~/.local/state/tocsin",
        "apply.needs_yes": "{count} چیز حذف می‌شود: --yes را بیفزایید. کاری انجام نشد.",
        "apply.step": "{action}: {kind} {id}",
        "apply.plan": "ساختنی: {made}، تغییر: {changed}، حذف: {deleted}.",
        "apply.done": "ساخته: {made}، تغییر: {changed}، حذف: {deleted}.",
        "apply.nothing": "چیزی برای تغییر نیست.",
    },
}
