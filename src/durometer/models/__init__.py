"""Level 2: ways to bring a model. An adapter makes one thing of any network: `view`, `visible` and a call."""
