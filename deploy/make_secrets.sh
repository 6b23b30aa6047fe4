#!/bin/sh
# Makes the generated passwords that compose.yaml reads, in deploy/secrets (or the folder given): once, never again. Where
# an older Tocsin made the folder, what this one wants besides is added. Needs openssl, for the keys of identities.
# The folder is for its owner alone; the files in it can be read by every user of the containers that get them.
set -eu
umask 077
folder=${1:-$(dirname "$0")/secrets}
# the last 32 bytes of either half, in URL-safe base64 without padding
text() { tail -c 32 | base64 | tr '+/' '-_' | tr -d '=\n'; }
identity() { # the folder of the files to write
    openssl genpkey -algorithm ed25519 -outform DER -out "$1/identity.der"
    printf 'TOCSIN_IDENTITY_KEY=%s\n' "$(text <"$1/identity.der")" >"$1/gateway.env"
    printf 'TOCSIN_IDENTITY_PUBLIC_KEYS=%s\n' \
        "$(openssl pkey -inform DER -in "$1/identity.der" -pubout -outform DER | text)" >>"$1/tocsin.env"
    rm "$1/identity.der"
    chmod 0644 "$1/gateway.env"
}
if [ -e "$folder" ] && [ ! -e "$folder/gateway.env" ]; then
    identity "$folder"
    echo "added to $folder: the keys of identities"
    exit 0
fi
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
identity "$draft"
: >"$draft/comms.env"
printf 'RABBITMQ_DEFAULT_USER=tocsin\nRABBITMQ_DEFAULT_PASS=%s\n' "$broker" >"$draft/rabbitmq.env"
printf '%s' "$database" >"$draft/mongodb-password"
word >"$draft/mongodb.key"
word >"$draft/grafana-password"
chmod 0644 "$draft"/*
mv "$draft" "$folder"
echo "made $folder"
