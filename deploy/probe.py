"""`python probe.py /readyz`: ends well when the service in this container answers 200 there. The image has no curl."""

import http.client
import os
import sys

SECONDS = 2.0


def answers_well(path: str, port: int) -> bool:
    """Whether a GET on loopback is answered 200 within `SECONDS`."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(not answers_well(sys.argv[1], int(os.environ["TOCSIN_SERVICE_PORT"])))
