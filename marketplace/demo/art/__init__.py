"""Draws the demo's pictures as plain SVG; `python -m marketplace.demo.art` writes them and their index again."""
