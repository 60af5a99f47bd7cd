"""What watches the watchers: the audit log for its readers, the platform's chores at a glance, and the black box."""
