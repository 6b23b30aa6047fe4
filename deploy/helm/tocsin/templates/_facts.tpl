{{/*
What the chart knows of the code, held to it by tests/contract/test_chart.py; nothing that an installation chooses.

ready: the parts that must be well for requests to be sent to a pod. Not all of them: a gateway is not ready as long as
any service is not, and would let no alert in then; ingest takes alerts while its database is down.
secretFiles: the settings that may stand in a file which `<NAME>_FILE` names.
queues: how many messages may wait for each replica before there is another one: about a second of its work.
*/}}
{{- define "tocsin.facts" -}}
port: 8000
# a pod takes requests so long after it is told to end, since balancers hear of it late; then it drains
lingerSeconds: 5
graceSeconds: 30
secretFiles:
  - TOCSIN_AMQP_URL
  - TOCSIN_MONGO_URL
  - TOCSIN_SECRET_KEY
  - TOCSIN_IDENTITY_KEY
  - TOCSIN_IDENTITY_PUBLIC_KEYS
  - TOCSIN_SMTP_URL
  - TOCSIN_SLACK_TOKEN
  - TOCSIN_SLACK_SIGNING_SECRET
  - TOCSIN_HEARTBEAT_URL
  - TOCSIN_PROMETHEUS_URL
services:
  gateway: { ready: "started,admin_key", queues: {} }
  ingest:
    ready: "started,broker"
    queues: { ingest.intake: 50, ingest.intake.first: 50, ingest.raw: 50, ingest: 500 }
  incident:
    ready: "started,database"
    queues: { incident.alerts.first: 100, incident.alerts: 500, incident.changes: 500, incident.lines: 500, incident: 500 }
  oncall:
    ready: "started,database"
    queues: { oncall: 200, oncall.pages: 500, oncall.runbooks: 500, oncall.history: 1000 }
  comms:
    ready: "started,database"
    queues:
      comms.pages: 200
      comms.incidents: 200
      comms.history: 1000
      comms.people: 500
      comms.notices: 500
      comms.approvals: 500
      comms.tickets: 500
  automation:
    ready: "started,database"
    queues: { automation: 500, automation.history: 1000, automation.approvals: 500 }
  analytics:
    ready: "started,database"
    queues: { analytics: 2000, analytics.history: 1000, analytics.samples: 100 }
{{- end }}
