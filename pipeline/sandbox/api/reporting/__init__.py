"""Account reports: the SIS export and the provisioning report, written from the sandbox's tables."""
