#!/bin/sh
# Makes the generated passwords that compose.yaml reads, in deploy/secrets (or the folder given): once, never again.
# The folder is for its owner alone; the files in it can be read by every user of the containers that get them.
set -eu
umask 077
folder=${1:-$(dirname "$0")/secrets}
if [ -e "$folder" ]; then
    echo "$folder is there already; nothing is changed" >&2
    exit 1
fi
word() { od -An -tx1 -N32 /dev/urandom | tr -d ' \n'; }
draft=$(mktemp -d "$(dirname "$folder")/.secrets.XXXXXX")
broker=$(word) database=$(word)
cat >"$draft/tocsin.env" <<END
TOCSIN_AMQP_URL=amqp://tocsin:$broker@rabbitmq:5672/
TOCSIN_MONGO_URL=mongodb://tocsin:$database@mongodb:27017/?replicaSet=tocsin&authSource=admin
TOCSIN_SECRET_KEY=$(word)
END
: >"$draft/comms.env"
printf 'RABBITMQ_DEFAULT_USER=tocsin\nRABBITMQ_DEFAULT_PASS=%s\n' "$broker" >"$draft/rabbitmq.env"
printf '%s' "$database" >"$draft/mongodb-password"
word >"$draft/mongodb.key"
word >"$draft/grafana-password"
chmod 0644 "$draft"/*
mv "$draft" "$folder"
echo "made $folder"
