"""A small program that starts another one and tells how long it took and how much memory it held at most.

The peak that the system reports for a child begins with the size of its parent, so the parent must be small:
this file runs by itself, without the packages of the benchmarks.
"""

import json
import os
import resource
import sys
import time

if __name__ == "__main__":
    begin = time.perf_counter()
    process = os.posix_spawn(sys.executable, [sys.executable, *sys.argv[1:]], os.environ)
    _, status = os.waitpid(process, 0)
    seconds = time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    megabytes = peak / (1e6 if sys.platform == "darwin" else 1e3)
    print(json.dumps({"seconds": seconds, "megabytes": megabytes, "code": os.waitstatus_to_exitcode(status)}))
