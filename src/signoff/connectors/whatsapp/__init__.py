"""WhatsApp: customers' messages come in, and approved answers go out while they may."""
