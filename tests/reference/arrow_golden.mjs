// Writes TinySora.Engine.Tests/Golden/Arrow/* with Apache's own JavaScript implementation of Arrow: streams as other programs
// write them. With the path of a dataset that TinySora wrote, prints its rows as that implementation reads them.
//
// Run by hand, anywhere: npm install apache-arrow && node arrow_golden.mjs FOLDER [write | FILE.arrow]
import { writeFileSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const a = createRequire(join(process.cwd(), 'x.js'))('apache-arrow');
const folder = process.argv[2];

const list = (type) => new a.List(new a.Field('item', type, true));
const fixed = (n, type) => new a.FixedSizeList(n, new a.Field('item', type, true));
const nested = (shape, start) => {
  const [n, ...rest] = shape;
  const size = rest.reduce((x, y) => x * y, 1);
  return Array.from({ length: n }, (_, i) => (rest.length ? nested(rest, start + i * size) : start + i));
};
const column = (type, values) => a.vectorFromArray(values, type);
const big = (x) => (Array.isArray(x) ? x.map(big) : BigInt(x));

// Three rows in two batches; the third row has missing values.
const batch = (first, rows) => {
  const of = (f) => Array.from({ length: rows }, (_, i) => f(first + i));
  return new a.Table({
    video_file: column(new a.Utf8(), of((i) => (i === 2 ? null : `clip ${i} é`))),
    latents: column(list(list(list(new a.Int64()))), of((i) => big(nested([2, 2, i + 1], 100 * i)))),
    states: column(list(list(new a.Float32())), of((i) => (i === 2 ? null : nested([i + 1, 3], 0.5 + i)))),
    half: column(list(new a.Float16()), of((i) => nested([2], i - 0.5))),
    double: column(list(new a.Float64()), of((i) => nested([2], i + 0.25))),
    pair: column(fixed(2, new a.Int16()), of((i) => nested([2], -5 * i))),
    u8: column(new a.Uint8(), of((i) => 250 + i)),
    u16: column(list(new a.Uint16()), of((i) => [65535 - i, i])),
    u32: column(new a.Uint32(), of((i) => 4294967295 - i)),
    u64: column(new a.Uint64(), of((i) => BigInt(i) * 3n)),
    i8: column(new a.Int8(), of((i) => -128 + i)),
    flags: column(list(new a.Bool()), of((i) => [i === 0, i === 1, i === 2])),
    ragged: column(list(list(new a.Int32())), of(() => [[1, 2], [3]])),
    holes: column(list(new a.Int32()), of(() => [1, null, 3])),
    long_text: column(new a.LargeUtf8(), of((i) => 'x'.repeat(i))),
    when: column(new a.TimestampMillisecond(), of((i) => i)),
    inside: column(new a.Struct([new a.Field('bytes', new a.Binary(), true), new a.Field('path', new a.Utf8(), true)]), of((i) => ({ bytes: new Uint8Array([i]), path: `${i}` }))),
    word: column(new a.Dictionary(new a.Utf8(), new a.Int32(), 7), of(() => 'a')),
    last: column(new a.Int32(), of((i) => i)),
  });
};

if (process.argv[3] === 'write') {
  const schema = batch(0, 1).schema;
  const table = new a.Table(schema, [...batch(0, 2).batches, ...batch(2, 1).batches]);
  writeFileSync(join(folder, 'foreign.arrow'), a.tableToIPC(table, 'stream'));
  writeFileSync(join(folder, 'foreign_file.arrow'), a.tableToIPC(table.select(['video_file', 'latents', 'last']), 'file'));
} else {
  const table = a.tableFromIPC(readFileSync(process.argv[3]));
  console.log(table.schema.toString());
  console.log(JSON.stringify([...table.schema.metadata]));
  console.log(table.batches.length, 'batches');
  for (const row of table) {
    console.log(JSON.stringify(row, (_, v) => (typeof v === 'bigint' ? `${v}n` : v)));
  }
}
