"""A quiet SparkSession on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def session(master: str) -> Iterator[Any]:
    """Start Spark with `master`, such as ``local[2]`` or ``local-cluster[2,1,1024]``; stop it."""
    from pyspark.sql import SparkSession

    spark = (
        SparkSession.builder.master(master)
        .appName("clusterstats bench")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.memory", "2g")
        .config("spark.sql.shuffle.partitions", "8")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    try:
        yield spark
    finally:
        spark.stop()


def warm(spark: Any) -> None:
    """Run something small, so that starting the workers is not counted."""
    spark.range(1000).groupBy("id").count().collect()
