#!/bin/sh
# Makes the generated secrets that compose.yaml reads, each in a file of its own in deploy/secrets (or the folder given):
# once, never again. Where an older Tocsin made the folder, what this one wants besides is added: the same secrets, in files
# of their own. Needs openssl, for the keys of identities.
# The folder is for its owner alone; the files in it can be read by every user of the containers that get them.
set -eu
umask 077
folder=${1:-$(dirname "$0")/secrets}
word() { od -An -tx1 -N32 /dev/urandom | tr -d ' \n'; }
# the last 32 bytes of either half, in URL-safe base64 without padding
text() { tail -c 32 | base64 | tr '+/' '-_' | tr -d '=\n'; }
identity() { # the folder of the files to write
    openssl genpkey -algorithm ed25519 -outform DER -out "$1/identity.der"
    text <"$1/identity.der" >"$1/identity-key"
    openssl pkey -inform DER -in "$1/identity.der" -pubout -outform DER | text >"$1/identity-public-keys"
    rm "$1/identity.der"
}
# what an older Tocsin kept as lines of files for the environment; those files stay, for a way back
kept() { # the folder, the name of the variable
    cat "$1"/tocsin.env "$1"/gateway.env "$1"/comms.env 2>/dev/null | sed -n "s/^$2=//p" | tr -d '\n'
}
if [ -e "$folder" ] && [ ! -e "$folder/secret-key" ] && [ -e "$folder/tocsin.env" ]; then
    [ -e "$folder/gateway.env" ] || identity "$folder"
    for one in amqp-url mongo-url identity-key identity-public-keys smtp-url slack-token slack-signing-secret secret-key; do
        [ -e "$folder/$one" ] || kept "$folder" "TOCSIN_$(echo "$one" | tr 'a-z-' 'A-Z_')" >"$folder/$one"
    done
    sed -n 's/^RABBITMQ_DEFAULT_USER=/default_user = /p; s/^RABBITMQ_DEFAULT_PASS=/default_pass = /p' \
        "$folder/rabbitmq.env" >"$folder/rabbitmq.conf"
    chmod 0644 "$folder"/*
    echo "added to $folder: each secret in a file of its own"
    exit 0
fi
if [ -e "$folder" ]; then
    echo "$folder is there already; nothing is changed" >&2
    exit 1
fi
draft=$(mktemp -d "$(dirname "$folder")/.secrets.XXXXXX")
broker=$(word) database=$(word)
printf 'amqp://tocsin:%s@rabbitmq:5672/' "$broker" >"$draft/amqp-url"
printf 'mongodb://tocsin:%s@mongodb:27017/?replicaSet=tocsin&authSource=admin' "$database" >"$draft/mongo-url"
word >"$draft/secret-key"
identity "$draft"
: >"$draft/smtp-url"
: >"$draft/slack-token"
: >"$draft/slack-signing-secret"
printf 'default_user = tocsin\ndefault_pass = %s\n' "$broker" >"$draft/rabbitmq.conf"
printf '%s' "$database" >"$draft/mongodb-password"
word >"$draft/mongodb.key"
word >"$draft/grafana-password"
chmod 0644 "$draft"/*
mv "$draft" "$folder"
echo "made $folder"
