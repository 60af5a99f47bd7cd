"""Bazargah: the festival bazaar of sealed online shops.

The layout and the import order stand in docs/reference/architecture.md; a test keeps them.
"""
