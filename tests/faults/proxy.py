"""microburst as a program, which keeps Content-Length in answers, as S3 does: version 0.10 drops it, and with it the
difference between a whole answer and one that was cut.
"""

import sys

import microburst.cli
import microburst.forward

if __name__ == "__main__":
    microburst.forward.HOP_BY_HOP -= {"content-length"}
    sys.exit(microburst.cli.main())
