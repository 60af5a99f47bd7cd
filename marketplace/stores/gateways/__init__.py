"""Services outside that the seal centre asks: the registry of seals, the inquiry."""
