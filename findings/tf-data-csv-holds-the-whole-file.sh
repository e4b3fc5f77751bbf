#!/usr/bin/env bash
# tf.data.csv of a local file reads the whole file into memory before its first row.
#
# Versions:  @tensorflow/tfjs-data and -core 4.22.0, Node 20.20.2
# Behaviour: after one row of a CSV file of 80 MB, 80 MB of it are held in memory; Node's own streams hold 64 KB at a
#            time. (FileDataSource.iterator calls fs.readFileSync, and keeps the bytes for as long as the dataset lives.)
# Seen:      2026-11-29
#   file 80 MB, held after one row: whole
# Why it matters: tf.data is there for data that does not fit in memory. A file of 10 GB fails with ERR_FS_FILE_TOO_LARGE
# or takes all memory, and nothing in the documentation says so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0 @tensorflow/tfjs-data@4.22.0 seedrandom@3.0.5
cat > probe.cjs <<'JS'
const fs = require('fs');
const path = require('path');
const tf = require('@tensorflow/tfjs-core');
require('@tensorflow/tfjs-backend-cpu');
const data = require('@tensorflow/tfjs-data');
(async () => {
  await tf.setBackend('cpu');
  const file = path.resolve('big.csv');
  fs.writeFileSync(file, `a,b\n${'1,2\n'.repeat(2e7)}`);
  const size = fs.statSync(file).size;
  const before = process.memoryUsage().arrayBuffers;
  const iterator = await data.csv(`file://${file}`).iterator();
  await iterator.next();
  const held = process.memoryUsage().arrayBuffers - before;
  console.log(`> file ${Math.round(size / 1e6)} MB, held after one row: ${held > 0.9 * size ? 'whole' : 'part'}`);
})();
JS
node probe.cjs 2>/dev/null | sed -n 's/^> //p' | tee seen.txt
diff - seen.txt <<'EXPECTED'
file 80 MB, held after one row: whole
EXPECTED
