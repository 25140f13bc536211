# SPDX-License-Identifier: Apache-2.0
"""`leaks` and `block` on a small Go program under another kernel, in a virtual machine: what is checked is
in tests/vm/main_job/run.sh. usage: vm_test.py KERNEL"""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import lib

KERNEL = sys.argv[1] if len(sys.argv) > 1 else "6.1"
VM = os.path.join(lib.ROOT, "tests", "vm")


class Kernel(unittest.TestCase):

    def test_main_job(self):
        self.assertTrue(os.access(lib.GOSNOOP, os.X_OK), f"no gosnoop at {lib.GOSNOOP}")
        with tempfile.TemporaryDirectory(prefix="gosnoop-vm-") as folder:
            programs = [lib.build("1.24", "stripped", name) for name in ("everywake", "storm", "tcp")]
            small = os.path.join(folder, "gosnoop")
            subprocess.run(["strip", "-o", small, lib.GOSNOOP], check=True)
            tests = os.path.join(folder, "test")
            subprocess.run([f"{VM}/make-testdir", tests, small, *programs], check=True)
            shutil.copy(f"{VM}/main_job/run.sh", tests)
            done = subprocess.run([f"{VM}/run", KERNEL, tests], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  text=True, check=False)
        print(done.stdout, flush=True)
        self.assertEqual(done.returncode, 0, f"failed under Linux {KERNEL}, see above")


if __name__ == "__main__":
    unittest.main(verbosity=2, argv=sys.argv[:1])
