"""The bus: RabbitMQ's topology, publishing with confirms, micro-batching consumers, settlement and the dead letters."""
