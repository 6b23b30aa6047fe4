"""Labelled titles: problems as several people and rules write them in three languages, with what differs each time.

The clusters' thresholds were chosen with them in sight: other titles may do less well.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

SERVICES = (
    "payments",
    "checkout-api",
    "users",
    "search",
    "orders",
    "inventory",
    "auth",
    "billing-worker",
    "mailer",
    "reports",
)
ALONE = (
    "Office door sensor offline",
    "Wrong prices in the spring catalogue",
    "Turkish translation shows question marks",
    "Customer asks for a data export",
    "Clock drift on the lab switch",
    "Printer on floor 3 jammed",
    "PDF invoices missing the logo",
    "Feature flag flipped by accident",
    "Legal hold requested for mailbox",
    "New VLAN for the guests",
    "Login page typo",
    "GPU node returned from repair",
    "Search shows deleted products",
    "Parking barrier stuck open",
    "ライセンス更新の依頼",
    "نیاز به دسترسی جدید برای همکار",
    "Cookie banner covers the pay button",
    "Robots.txt blocked the shop",
    "Video calls echo in room 4",
    "Grafana dashboard empty since Monday",
)
"""Titles of which each is a problem of its own."""
PROBLEMS: Mapping[str, Sequence[str]] = {
    "dbconn": (
        "Database connection error on {host}",
        "DB connection refused ({service})",
        "cannot connect to the database from {service}",
        "{service}: database connections failing",
        "connection to postgres lost on {host}",
        "データベース接続エラー {host}",
        "データベースに接続できません ({service})",
        "خطای اتصال به پایگاه داده در {service}",
        "اتصال دیتابیس {host} برقرار نمی‌شود",
    ),
    "diskfull": (
        "Disk full on {host}",
        "no space left on device /var {host}",
        "Disk usage above {n}% on {host}",
        "{host}: filesystem /data is {n}% full",
        "ディスク使用率が{n}%を超えました: {host}",
        "{host} のディスクが満杯",
        "دیسک {host} پر شد",
        "فضای دیسک سرور {host} تمام شده",
        "Low disk space {host}",
    ),
    "memleak": (
        "Memory leak in {service}",
        "{service} memory usage keeps growing",
        "memory of {service} at {n}%",
        "{service}: memory usage high",
        "{service} でメモリリーク",
        "メモリ使用率が高い {service}",
        "نشت حافظه در {service}",
        "مصرف حافظه {service} بالا است",
    ),
    "oom": (
        "{service} OOMKilled",
        "pod {service}-{hex} out of memory, killed",
        "OOM killer on {host}",
        "{service} コンテナがOOMで停止",
        "سرویس {service} با کمبود حافظه کشته شد",
    ),
    "cert": (
        "Certificate for {service}.example.com expires in {n} days",
        "TLS certificate expired on {host}",
        "SSL cert expiring soon: {service}",
        "証明書の期限切れ {service}",
        "گواهی {service} منقضی شده است",
        "SSL certificate of {host} has expired",
    ),
    "http5xx": (
        "{service} 5xx rate above {n}%",
        "High rate of HTTP 500 on {service}",
        "{service} returns 503 errors",
        "{service} で 5xx エラー多発",
        "افزایش خطای ۵۰۰ در {service}",
        "Too many internal server errors in {service}",
    ),
    "latency": (
        "{service} p99 latency above {n} ms",
        "High latency on {service}",
        "{service} responds slowly",
        "slow responses from {service}",
        "{service} の応答が遅い",
        "{service} レイテンシ上昇",
        "تاخیر بالا در {service}",
        "پاسخ {service} کند است",
    ),
    "queue": (
        "Queue backlog on {service}",
        "RabbitMQ queue {service} has {n} messages waiting",
        "message queue {service} is growing",
        "{service} キューの滞留",
        "انباشت پیام در صف {service}",
        "{service} queue length above {n}",
    ),
    "worker": (
        "Worker stopped: {service}",
        "{service} worker not responding",
        "background worker of {service} is dead",
        "ワーカー停止 {service}",
        "ورکر {service} متوقف شد",
        "{service} worker process died",
    ),
    "module": (
        "ModuleNotFoundError: No module named '{mod}' in {service}",
        "{service}: ModuleNotFoundError {mod}",
        "ImportError: cannot import {mod} ({service})",
        "{service} モジュールが見つからない: {mod}",
        "ماژول {mod} در {service} پیدا نشد",
    ),
    "login": (
        "Failed login attempts from {ip}",
        "authentication failures on {host}",
        "Many failed logins for user {user}",
        "ログイン失敗が多発 ({ip})",
        "認証失敗 {host}",
        "تلاش ناموفق ورود از {ip}",
        "brute force login on {host}",
    ),
    "replica": (
        "Replication lag on {host} above {n} s",
        "replica {host} is behind by {n} seconds",
        "MySQL replication delayed on {host}",
        "レプリケーション遅延 {host}",
        "تاخیر همانندسازی {host}",
    ),
    "dns": (
        "DNS resolution failing on {host}",
        "cannot resolve {service}.internal",
        "DNS lookup errors in {service}",
        "名前解決に失敗 {host}",
        "خطای DNS در {host}",
    ),
    "cpu": (
        "CPU usage above {n}% on {host}",
        "High CPU on {host}",
        "{host} cpu load {n}",
        "CPU使用率が高い {host}",
        "مصرف پردازنده {host} بالاست",
    ),
    "crashloop": (
        "Pod {service}-{hex} is in CrashLoopBackOff",
        "{service} keeps restarting",
        "{service} pod crash looping",
        "{service} が再起動を繰り返す",
        "پاد {service} مدام ری‌استارت می‌شود",
    ),
    "backup": (
        "Nightly backup of {service} failed",
        "Backup job failed on {host}",
        "backup of {host} did not finish",
        "バックアップ失敗 {host}",
        "پشتیبان‌گیری {host} ناموفق بود",
    ),
    "payment": (
        "Payment provider timeouts in {service}",
        "checkout payments failing with timeout",
        "payment gateway timed out",
        "決済タイムアウト",
        "پایان مهلت درگاه پرداخت",
    ),
    "deployfail": (
        "Deployment of {service} {ver} failed",
        "{service} rollout stuck",
        "deploy of {service} rolled back",
        "{service} のデプロイ失敗",
        "استقرار {service} شکست خورد",
    ),
    "disk_io": (
        "Disk I/O wait high on {host}",
        "disk latency on {host} above {n} ms",
        "slow disk {host}",
        "ディスクI/O遅延 {host}",
    ),
    "network": (
        "Packet loss between {host} and {host}",
        "network unreachable from {host}",
        "Network connectivity lost in {host}",
        "ネットワーク断 {host}",
        "قطعی شبکه در {host}",
    ),
    "hostdown": (
        "Host {host} is down",
        "server {host} unreachable",
        "{host} not responding to ping",
        "サーバーダウン {host}",
        "سرور {host} از دسترس خارج شد",
    ),
    "cache": (
        "Redis cache hit rate low on {service}",
        "cache misses rising on {service}",
        "Redis hit ratio below {n}%",
        "キャッシュヒット率低下 {service}",
    ),
    "kafka": (
        "Kafka consumer lag on {service}",
        "consumer group {service} lagging by {n}",
        "Kafka lag growing in {service}",
        "Kafkaコンシューマ遅延 {service}",
    ),
    "mail": (
        "Mail delivery failing for {service}",
        "SMTP errors when sending mail",
        "emails are not sent by {service}",
        "メール送信エラー",
        "ایمیل‌ها ارسال نمی‌شوند",
    ),
    "sessions": (
        "User sessions are lost after login on {service}",
        "customers get logged out randomly ({service})",
        "{service}: session store lost sessions",
        "セッションが切れる {service}",
        "نشست کاربران {service} قطع می‌شود",
    ),
    "slowsql": (
        "Slow queries on {host}",
        "query time above {n} s on {host}",
        "Long running SQL statement blocks {service}",
        "スロークエリ {host}",
        "کوئری کند در {host}",
    ),
    "deadlock": (
        "Deadlock detected in {service} database",
        "deadlocks on table {service}",
        "{host}: transaction deadlock",
        "デッドロック検出 {host}",
        "بن‌بست در پایگاه داده {host}",
    ),
    "pool": (
        "Connection pool exhausted in {service}",
        "HikariPool: no connection available ({service})",
        "{service} ran out of database connections",
        "コネクションプール枯渇 {service}",
        "استخر اتصال {service} پر شده",
    ),
    "tmout": (
        "Upstream timeout from {service}",
        "504 Gateway Timeout on {service}",
        "{service} request timed out after {n} s",
        "requests to {service} time out",
        "{service} へのリクエストがタイムアウト",
        "تایم‌اوت درخواست به {service}",
    ),
    "ratelimit": (
        "429 Too Many Requests from {service}",
        "{service} is being rate limited by provider",
        "API quota exceeded in {service}",
        "レート制限 {service}",
    ),
    "disktemp": (
        "Temperature of {host} above {n} C",
        "{host} overheating",
        "fan failure on {host}, temperature rising",
        "温度上昇 {host}",
        "دمای {host} بالا رفت",
    ),
    "raid": (
        "RAID array degraded on {host}",
        "disk failure in RAID of {host}",
        "mdadm: degraded array {host}",
        "RAID劣化 {host}",
    ),
    "ntp": (
        "Clock skew detected on {host}",
        "NTP out of sync on {host}",
        "time drift of {n} ms on {host}",
        "時刻ずれ {host}",
    ),
    "k8snode": (
        "Kubernetes node {host} NotReady",
        "node {host} is not ready",
        "kubelet stopped posting status on {host}",
        "ノード {host} が NotReady",
    ),
    "imgpull": (
        "ImagePullBackOff for {service}-{hex}",
        "cannot pull image of {service} {ver}",
        "ErrImagePull {service}",
        "イメージを取得できない {service}",
    ),
    "webhookfail": (
        "Webhook delivery failing to partner",
        "partner webhooks return errors",
        "webhook retries exhausted for {service}",
        "Webhook送信失敗",
    ),
    "s3": (
        "S3 bucket access denied for {service}",
        "AccessDenied when {service} writes to bucket",
        "permission denied on object storage ({service})",
        "バケットへのアクセス拒否 {service}",
    ),
    "csv": (
        "Nightly import of price file failed",
        "price import did not run",
        "price file import error",
        "価格ファイルの取込失敗",
    ),
    "stock": (
        "Stock levels not updated in shop",
        "inventory sync between ERP and shop is stuck",
        "stock sync stopped",
        "在庫同期が停止",
    ),
    "ddos": (
        "DDoS attack on {service}",
        "Traffic flood from {ip}",
        "suspicious traffic spike on {service}",
        "DDoS攻撃 {service}",
        "حمله به {service} از {ip}",
    ),
    "es": (
        "Elasticsearch cluster status red",
        "ES cluster {host} is red",
        "Elasticsearch shards unassigned on {host}",
        "Elasticsearchクラスタ red",
    ),
    "cron": (
        "Cron job {service} did not run",
        "scheduled job {service} missed",
        "cronjob of {service} failed",
        "定期バッチ {service} 未実行",
        "کران {service} اجرا نشد",
    ),
    "jvm": (
        "JVM heap above {n}% in {service}",
        "Java heap space: OutOfMemoryError in {service}",
        "GC pauses long in {service}",
    ),
    "site": (
        "Website is down",
        "homepage not loading",
        "site unavailable for customers",
        "サイトにアクセスできない",
        "سایت از دسترس خارج شد",
    ),
}
_HOSTS = ("web", "db", "app", "cache", "node", "mq")
_SHARE_ALONE, _SHARE_FAULTS = 0.08, 0.05
_FIELD = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A title, the problem it is of, and the name of its incident's service."""

    title: str
    problem: str
    service: str | None


def labelled_titles(count: int, seed: int, problems: Mapping[str, Sequence[str]] = PROBLEMS) -> list[Labelled]:
    """So many titles, frequent problems and rare ones; one in twenty has a typing fault."""
    dice = random.Random(seed)
    names = list(problems)
    weights = [1 / (place + 1) ** 0.7 for place in range(len(names))]
    made = []
    for _ in range(count):
        if dice.random() < _SHARE_ALONE:
            title = dice.choice(ALONE)
            made.append(Labelled(title, title, None))
            continue
        problem = dice.choices(names, weights)[0]
        title = _filled(dice.choice(problems[problem]), dice)
        service = next((one for one in SERVICES if one in title), None)
        made.append(Labelled(_mistyped(title, dice) if dice.random() < _SHARE_FAULTS else title, problem, service))
    return made


def _filled(form: str, dice: random.Random) -> str:
    values: Mapping[str, Callable[[], str]] = {
        "host": lambda: (
            dice.choice(_HOSTS)
            + dice.choice(("-", "", ""))
            + f"{dice.randint(1, 40):02d}"
            + dice.choice(("", ".prod", ".eu-west-1.example.com"))
        ),
        "service": lambda: dice.choice(SERVICES),
        "n": lambda: str(dice.randint(60, 99)),
        "hex": lambda: f"{dice.getrandbits(40):010x}",
        "mod": lambda: dice.choice(("requests", "numpy", "yaml", "libtask")),
        "ip": lambda: f"10.{dice.randint(0, 9)}.{dice.randint(0, 255)}.{dice.randint(1, 254)}",
        "user": lambda: dice.choice(("admin", "root", "sara")),
        "ver": lambda: f"{dice.randint(1, 4)}.{dice.randint(0, 20)}.{dice.randint(0, 9)}",
    }
    return _FIELD.sub(lambda match: values[match[1]](), form)


def _mistyped(text: str, dice: random.Random) -> str:
    """A letter left out, doubled, or changed with its neighbour."""
    at = dice.choice([place for place, letter in enumerate(text) if letter.isalpha()])
    rest = text[at + 1 :]
    return text[:at] + dice.choice((rest, text[at] * 2 + rest, rest[:1] + text[at] + rest[1:]))
