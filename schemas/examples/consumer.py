#!/usr/bin/env python3
"""Reads events of demand-center and prints one JSON line for each.

Needs two packages: pip install -r requirements.txt

    ./consumer.py --bootstrap localhost:9092 --registry http://localhost:8081 --until-end
    ./consumer.py --bootstrap localhost:9092 --topic demand.score-changes --count 10

Reads all three forms of values: Confluent wire format (give --registry), Avro single objects (schemas from the folder
`history` beside this one, or --schemas), and JSON. Only committed records are shown.

Without --group it reads every partition from the beginning and remembers nothing. With --group it goes on where the
group stopped; positions are committed after the line was printed, so a crash repeats lines and loses none: the key for
dropping what was seen is `event_id`.

stdout: events. stderr: talk. Exit codes: 0 done, 2 usage, 3 broker or registry not reached.
"""

import argparse
import datetime
import decimal
import io
import json
import pathlib
import struct
import sys
import urllib.error
import urllib.request

import fastavro
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition
from fastavro.schema import fingerprint, parse_schema, to_parsing_canonical_form


class Unreadable(Exception):
    """A value whose schema is not known: an argument is missing or wrong."""


class Schemas:
    """Writer schemas by registry id and by fingerprint."""

    def __init__(self, registry, folder):
        self.registry = registry and registry.rstrip("/")
        self.by_id = {}
        self.by_fingerprint = {}
        for file in sorted(pathlib.Path(folder).rglob("*.avsc")):
            text = json.loads(file.read_text(encoding="utf-8"))
            mark = bytes.fromhex(fingerprint(to_parsing_canonical_form(text), "CRC-64-AVRO"))
            self.by_fingerprint[mark] = parse_schema(text)

    def with_id(self, schema_id):
        if schema_id not in self.by_id:
            if not self.registry:
                raise Unreadable("a record names a registry's schema id: give --registry")
            with urllib.request.urlopen(f"{self.registry}/schemas/ids/{schema_id}", timeout=10) as answer:
                self.by_id[schema_id] = parse_schema(json.loads(json.load(answer)["schema"]))
        return self.by_id[schema_id]

    def read(self, value):
        """The event as a dict, whichever form the value has."""
        if value[:1] == b"\x00":
            (schema_id,) = struct.unpack(">I", value[1:5])
            return fastavro.schemaless_reader(io.BytesIO(value[5:]), self.with_id(schema_id), None)
        if value[:2] == b"\xc3\x01":
            schema = self.by_fingerprint.get(value[2:10])
            if schema is None:
                raise Unreadable(f"no schema in --schemas has the fingerprint {value[2:10].hex()}")
            return fastavro.schemaless_reader(io.BytesIO(value[10:]), schema, None)
        return json.loads(value, parse_float=decimal.Decimal)


def plain(value):
    """What json cannot write by itself."""
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        # For showing. A program keeps the Decimal: it is exact.
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(type(value))


def arguments():
    folder = pathlib.Path(__file__).resolve().parent.parent / "history"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bootstrap", required=True, help="brokers, as host:port[,host:port]")
    parser.add_argument("--registry", help="base URL of the schema registry")
    parser.add_argument("--schemas", default=folder, help="folder of .avsc files for single objects")
    parser.add_argument("--topic", default="demand.stage-transitions")
    parser.add_argument("--group", help="consumer group; without one, everything from the beginning")
    parser.add_argument("--count", type=int, help="stop after so many events")
    parser.add_argument("--until-end", action="store_true", help="stop when all partitions have been read")
    return parser.parse_args()


def main():
    args = arguments()
    schemas = Schemas(args.registry, args.schemas)
    failed = []
    consumer = Consumer(
        {
            "bootstrap.servers": args.bootstrap,
            "group.id": args.group or "demand-example-without-group",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
            "reconnect.backoff.ms": 1000,
            "error_cb": failed.append,
        }
    )
    try:
        topic = consumer.list_topics(args.topic, timeout=10).topics[args.topic]
        if topic.error:
            print(f"{args.topic}: {topic.error.str()}", file=sys.stderr)
            return 3
        open_partitions = set(topic.partitions)
        if args.group:
            # Partitions that come and go by rebalance: only those held now must have been read to the end.
            consumer.subscribe(
                [args.topic],
                on_assign=lambda _, held: (open_partitions.clear(), open_partitions.update(p.partition for p in held)),
            )
        else:
            consumer.assign([TopicPartition(args.topic, p, OFFSET_BEGINNING) for p in open_partitions])
        return run(consumer, schemas, args, open_partitions, failed)
    except KafkaException as error:
        print(error.args[0].str(), file=sys.stderr)
        return 3
    except Unreadable as error:
        print(error, file=sys.stderr)
        return 2
    except urllib.error.HTTPError as error:
        print(f"{error.url}: {error.code} {error.reason}: the registry does not know it", file=sys.stderr)
        return 3
    except urllib.error.URLError as error:
        print(f"{args.registry}: {error.reason}", file=sys.stderr)
        return 3
    finally:
        consumer.close()


def run(consumer, schemas, args, open_partitions, failed):
    seen = 0
    while args.count is None or seen < args.count:
        record = consumer.poll(1.0)
        if record is None:
            if failed and failed[-1].code() == KafkaError._ALL_BROKERS_DOWN:
                print(failed[-1].str(), file=sys.stderr)
                return 3
            continue
        if record.error():
            if record.error().code() != KafkaError._PARTITION_EOF:
                raise KafkaException(record.error())
            open_partitions.discard(record.partition())
            if args.until_end and not open_partitions:
                break
            continue
        # A tombstone: the contact or account is gone.
        event = None if record.value() is None else schemas.read(record.value())
        key = record.key().decode() if record.key() else None
        print(json.dumps({"key": key, "event": event}, default=plain, ensure_ascii=False), flush=True)
        seen += 1
        if args.group:
            consumer.commit(record, asynchronous=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
