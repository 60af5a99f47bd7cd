"""The believable festival: invented people, stores, goods and pictures for demo, screenshots and measurements."""
