"""Words of what people wrote, in English, Japanese and Persian, in one form however they were typed. Pure."""
