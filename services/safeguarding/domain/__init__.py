"""What safeguarding decides: pure functions over the playbook, the action and the tasks that exist."""
