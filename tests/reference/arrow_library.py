"""Reads and writes Arrow datasets with the library named by the first argument; ArrowLibraryTests runs it where that is installed.

    python3 tests/reference/arrow_library.py datasets|pyarrow read FOLDER      prints the rows of a saved dataset as JSON
    python3 tests/reference/arrow_library.py datasets|pyarrow write FOLDER     saves three rows
"""
import json
import pathlib
import sys

library, action, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
rows = {
    "video_file": [f"clip {n} é.mp4" for n in range(3)],
    "video_latent_states": [[[[100 * n + 10 * t + w for w in range(2)] for _ in range(1)] for t in range(n + 1)] for n in range(3)],
    "text_latent_states": [[[n + s / 4 + d / 16 for d in range(3)] for s in range(2)] for n in range(3)],
}

if library == "datasets":
    import datasets

    if action == "read":
        found = datasets.load_from_disk(str(folder))
        json.dump({"rows": found.to_dict(), "features": {name: str(kind) for name, kind in found.features.items()}}, sys.stdout)
    else:
        number = {"video_file": "string", "video_latent_states": "int64", "text_latent_states": "float32"}
        depth = {"video_file": 0, "video_latent_states": 3, "text_latent_states": 2}
        features = {}
        for name, kind in number.items():
            features[name] = datasets.Value(kind)
            for _ in range(depth[name]):
                features[name] = datasets.Sequence(features[name])
        datasets.Dataset.from_dict(rows, features=datasets.Features(features)).save_to_disk(str(folder))
else:
    import pyarrow

    if action == "read":
        state = json.loads((folder / "state.json").read_text())
        parts = [pyarrow.ipc.open_stream(str(folder / part["filename"])).read_all() for part in state["_data_files"]]
        table = pyarrow.concat_tables(parts)
        json.dump({"rows": table.to_pydict(), "features": {field.name: str(field.type) for field in table.schema}}, sys.stdout)
    else:
        deep = lambda kind, depth: pyarrow.list_(deep(kind, depth - 1)) if depth else kind
        schema = pyarrow.schema([
            ("video_file", pyarrow.string()), ("video_latent_states", deep(pyarrow.int64(), 3)), ("text_latent_states", deep(pyarrow.float32(), 2)),
        ])
        folder.mkdir(parents=True)
        with pyarrow.OSFile(str(folder / "data-00000-of-00001.arrow"), "wb") as file, pyarrow.ipc.new_stream(file, schema) as stream:
            stream.write_table(pyarrow.table(rows, schema=schema))
        (folder / "state.json").write_text(json.dumps({"_data_files": [{"filename": "data-00000-of-00001.arrow"}], "_fingerprint": "0" * 16}))
