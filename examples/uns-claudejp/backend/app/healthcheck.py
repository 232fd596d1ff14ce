"""The container's health check: the replica's own health address."""

import sys
from http.client import HTTPConnection

try:
    connection = HTTPConnection("127.0.0.1", 8000, timeout=4)
    connection.request("GET", "/api/health")
    response = connection.getresponse()
    print(response.status, response.read().decode())
    sys.exit(0 if response.status == 200 else 1)
except OSError as error:
    print(error)
    sys.exit(1)
