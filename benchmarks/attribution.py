"""`python -m benchmarks.attribution`: every method that a peer has too, against that peer, with the bars."""

from benchmarks.__main__ import ATTRIBUTION, main

if __name__ == "__main__":
    main(ATTRIBUTION)
