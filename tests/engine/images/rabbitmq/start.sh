# As the public image does: root makes the data's place the server's own, wherever it is mounted from, and turns into the
# server as its user.
set -eu
chown rabbitmq:rabbitmq /var/lib/rabbitmq
exec setpriv --reuid=rabbitmq --regid=rabbitmq --init-groups -- rabbitmq-server
