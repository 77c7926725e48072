"""The peers that are Python, for `cargo xtask bench`.

Reads a line of JSON for each batch, runs it, and writes what it took: the time
on the clock (`wall`) and of the processor (`cpu`), in seconds, for the whole
batch. Only the peer's own calls are timed. Keys and rows are those of
`src/data.rs`.
"""

import hashlib
import inspect
import json
import sys
import time
import urllib.parse

CONFIG = "sha256:" + hashlib.sha256(b"bench").hexdigest()


def key(number):
    """The path and the content hash of a row."""
    digest = hashlib.sha256(str(number).encode()).hexdigest()
    path = f"/media/{digest[:2]}/{digest[2:4]}/clip-{number:08}.wav"
    return path, "sha256:" + digest


def make_ranges(count):
    return [
        {
            "start": round(n * 4.37 + 0.13, 3),
            "end": round(n * 4.37 + 3.211, 3),
            "label": "speech",
            "confidence": 0.973,
        }
        for n in range(count)
    ]


METADATA = {"segment_count": 2, "total_speech": 6.162}


def timed(calls):
    """Runs prepared calls and measures them."""
    cpu, wall = time.process_time(), time.perf_counter()
    for call in calls:
        call()
    return {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


def must(value):
    if value is None:
        raise LookupError("a hit was expected")
    return value


class Library:
    """cjm-media-plugin-system, either generation."""

    def __init__(self, path):
        from cjm_media_plugin_system.storage import MediaAnalysisStorage

        self.storage = MediaAnalysisStorage(path)
        takes = inspect.signature(self.storage.get_cached).parameters
        self.by_content = "file_hash" in takes

    def _get(self, number):
        path, file_hash = key(number)
        if self.by_content:
            return lambda: self.storage.get_cached(path, file_hash, CONFIG)
        return lambda: self.storage.get_cached(path, CONFIG)

    def hit(self, keys, **_):
        gets = [self._get(number) for number in keys]
        return timed([lambda get=get: must(get()) for get in gets])

    def miss(self, keys, **_):
        return timed([self._get(number) for number in keys])

    def _save(self, number, ranges):
        path, file_hash = key(number)
        return lambda: self.storage.save(path, file_hash, CONFIG, ranges, METADATA)

    def save(self, keys, ranges, **_):
        ranges = make_ranges(ranges)
        return timed([self._save(number, ranges) for number in keys])

    def list(self, times, **_):
        def newest():
            assert len(self.storage.list_jobs(100)) == 100

        return timed([newest] * times)


class DiskCache:
    def __init__(self, path):
        import diskcache

        self.cache = diskcache.Cache(path)

    def hit(self, keys, **_):
        paths = [key(number)[0] for number in keys]
        return timed([lambda p=p: must(self.cache.get((p, CONFIG))) for p in paths])

    def miss(self, keys, **_):
        paths = [key(number)[0] for number in keys]
        return timed([lambda p=p: self.cache.get((p, CONFIG)) for p in paths])

    def save(self, keys, ranges, **_):
        ranges = make_ranges(ranges)
        paths = [key(number)[0] for number in keys]
        return timed([lambda p=p: self.cache.set((p, CONFIG), ranges) for p in paths])


class Joblib:
    def __init__(self, path):
        from joblib import Memory

        self.ranges = 0

        # Joblib's key is the function's name and the arguments that it gets.
        def analyse(path, config):
            return make_ranges(self.ranges)

        self.analyse = Memory(path, verbose=0).cache(analyse)

    def hit(self, keys, **_):
        paths = [key(number)[0] for number in keys]
        return timed([lambda p=p: must(self.analyse(p, CONFIG)) for p in paths])

    def save(self, keys, ranges, **_):
        self.ranges = ranges
        return self.hit(keys)


class MlMetadata:
    def __init__(self, path):
        from ml_metadata import metadata_store
        from ml_metadata.proto import metadata_store_pb2 as pb

        config = pb.ConnectionConfig()
        if path.startswith("postgres://"):
            server = urllib.parse.urlsplit(path)
            config.postgresql.host = server.hostname
            config.postgresql.port = str(server.port)
            config.postgresql.user = server.username
            config.postgresql.password = "none"  # refuses none; no password is asked for
            config.postgresql.dbname = server.path[1:]
        else:
            config.sqlite.filename_uri = path
            config.sqlite.connection_mode = 3  # READWRITE_OPENCREATE
        self.pb, self.store = pb, metadata_store.MetadataStore(config)
        self.media = self.store.put_artifact_type(pb.ArtifactType(name="Media"))
        self.job = self.store.put_execution_type(pb.ExecutionType(name="Job"))

    def _artifact(self, number):
        path, file_hash = key(number)
        artifact = self.pb.Artifact(type_id=self.media, uri=path)
        artifact.custom_properties["file_hash"].string_value = file_hash
        return artifact

    def _put(self, number, ranges):
        def put():
            job = self.pb.Execution(type_id=self.job)
            job.custom_properties["config_hash"].string_value = CONFIG
            job.custom_properties["ranges"].string_value = json.dumps(ranges)
            event = self.pb.Event(type=self.pb.Event.INPUT)
            self.store.put_execution(job, [(self._artifact(number), event)], [])

        return put

    def save(self, keys, ranges, **_):
        ranges = make_ranges(ranges)
        return timed([self._put(number, ranges) for number in keys])

    def chain(self, hops, **_):
        """Makes a chain of jobs, and keeps what leads from its source to its end."""
        pb = self.pb
        self.ids = self.store.put_artifacts([self._artifact(0)])
        for hop in range(hops):
            into, out = pb.Event(type=pb.Event.INPUT), pb.Event(type=pb.Event.OUTPUT)
            held = self.store.get_artifacts_by_id(self.ids[-1:])[0]
            pairs = [(held, into), (self._artifact(hop + 1), out)]
            job = pb.Execution(type_id=self.job)
            _, ids, _ = self.store.put_execution(job, pairs, [])
            self.ids.append(ids[1])
        return timed([])

    def walk(self, times, **_):
        """Goes from the end of the chain to its source, a hop at a time."""
        store, pb = self.store, self.pb

        def walk():
            at, hops = self.ids[-1], 0
            while True:
                made = [
                    event.execution_id
                    for event in store.get_events_by_artifact_ids([at])
                    if event.type == pb.Event.OUTPUT
                ]
                if not made:
                    break
                store.get_executions_by_id(made)
                used = [
                    event.artifact_id
                    for event in store.get_events_by_execution_ids(made)
                    if event.type == pb.Event.INPUT
                ]
                store.get_artifacts_by_id(used)
                at, hops = used[0], hops + 1
            assert hops + 1 == len(self.ids), hops

        return timed([walk] * times)

    def subgraph(self, times, **_):
        """Asks for the same as graphs: of 50 hops each, more are not to be had."""
        ends, pb = self.ids[:0:-50], self.pb

        def ask():
            found = set()
            for end in ends:
                options = pb.LineageSubgraphQueryOptions()
                options.starting_artifacts.filter_query = f"id = {end}"
                options.max_num_hops = 100
                options.direction = pb.LineageSubgraphQueryOptions.UPSTREAM
                graph = self.store.get_lineage_subgraph(options)
                found.update(job.id for job in graph.executions)
            assert len(found) + 1 == len(self.ids), len(found)

        return timed([ask] * times)


KINDS = {
    "library": Library,
    "diskcache": DiskCache,
    "joblib": Joblib,
    "ml-metadata": MlMetadata,
}


def serve():
    open_peers = {}
    for line in sys.stdin:
        batch = json.loads(line)
        name, path = batch.pop("peer"), batch.pop("path")
        try:
            if (name, path) not in open_peers:
                open_peers[name, path] = KINDS[name](path)
            answer = getattr(open_peers[name, path], batch.pop("do"))(**batch)
        except Exception as error:  # whatever a peer raises is the answer
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


def work(path, first, count):
    """One of several processes that save at once: waits for a line, then saves."""
    library = Library(path)
    saves = [library._save(first + n, make_ranges(2)) for n in range(count)]
    print("ready", flush=True)
    sys.stdin.readline()
    waits, failed = [], 0
    for save in saves:
        started = time.perf_counter()
        try:
            save()
        except Exception:
            failed += 1
        waits.append(time.perf_counter() - started)
    print(json.dumps({"waits": waits, "failed": failed}), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["work"]:
        work(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    else:
        serve()
