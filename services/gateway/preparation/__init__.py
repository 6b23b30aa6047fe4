"""What a service can answer only with what others know: they are asked before, in the caller's name, and what they say
goes along with the request.

A rehearsal is on-call's, but what an alert would be is ingest's to say, and which incident it would be in the incident
service's. No client can say it for them. Does I/O: `owner_client`.
"""
