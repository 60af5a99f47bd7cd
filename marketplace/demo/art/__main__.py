"""`python -m marketplace.demo.art`: writes the drawn compositions and the index of all of them."""

from __future__ import annotations

from marketplace.demo.art.gallery import write_art

if __name__ == "__main__":
    print(f"{write_art()} compositions")
