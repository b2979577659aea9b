"""The one way out: alerts, inboxes, receipts and answers, for every organisation that takes part."""
