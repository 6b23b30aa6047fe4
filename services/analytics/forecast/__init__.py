"""When a series of samples will reach its limit: robust against spikes, resets, gaps and daily seasons. Pure."""
