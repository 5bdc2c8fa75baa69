"""How long an analyst waits for data: through the gateway, against the same file on local disk."""

from __future__ import annotations

import json

import pytest
from tests.support.lab import Lab
from tests.support.measure import compare

WHO = ("rivierstad-analyst", "river-access")
NAME = "bench_numbers"
ROWS = 600_000
ROUNDS = 7

PREPARE = f"""
import json, shutil, time
import fsspec, pandas as pd
REMOTE, LOCAL = "lab://{NAME}/{NAME}.parquet", "/tmp/local.parquet"
with fsspec.open(REMOTE) as source, open(LOCAL, "wb") as target:
    shutil.copyfileobj(source, target, 1 << 20)
def timed(read):
    begin = time.perf_counter()
    read()
    return time.perf_counter() - begin
"""

MEASURE = """
columns = ["c03", "c17"]
print(json.dumps({
    "whole, local disk": timed(lambda: pd.read_parquet(LOCAL)),
    "whole, gateway": timed(lambda: pd.read_parquet(REMOTE)),
    "2 of 20 columns, local disk": timed(lambda: pd.read_parquet(LOCAL, columns=columns)),
    "2 of 20 columns, gateway": timed(lambda: pd.read_parquet(REMOTE, columns=columns)),
}))
"""


@pytest.mark.timeout(900)
def test_reading_through_the_gateway_against_local_disk(lab: Lab) -> None:
    lab.as_service("tests.support.publish", NAME, str(ROWS))
    lab.start(*WHO, size="medium")
    with lab.kernel(*WHO) as kernel:
        kernel.out(PREPARE)
        rounds = [json.loads(kernel.out(MEASURE)) for _ in range(ROUNDS + 1)][1:]
    lab.stop(*WHO)

    print(f"\n{ROWS * 20 * 8 // 10**6} MB Parquet into pandas, in a session of 2 processors")
    for what in ("whole", "2 of 20 columns"):
        some = [{name: s for name, s in one.items() if name.startswith(what)} for one in rounds]
        print(*compare(some, peer=f"{what}, local disk"), sep="\n")
    assert all(len(one) == 4 for one in rounds)
