"""The officials' pages that join slices: what came in from the gateway and does not fit."""
