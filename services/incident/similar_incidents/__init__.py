"""The past incident that each one is like, as analytics told it: shown with the incident, and waited for by nobody."""
