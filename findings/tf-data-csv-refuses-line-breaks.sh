#!/usr/bin/env bash
# tf.data.csv refuses a file with a blank last line, and a quoted field with a line break.
#
# Versions:  @tensorflow/tfjs-data and -core 4.22.0, Node 20.20.2
# Behaviour: both are "Invalid row in csv file": lines are split before quotes are read (RFC 4180 allows line breaks in
#            quotes), and an empty line counts as a row of one column.
# Seen:      2026-11-29
#   blank line: refused
#   quoted line break: refused
# Why it matters: spreadsheets write both. The error comes with the row, hours into an epoch of a large file.
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
const read = async (text) => {
  const file = path.resolve('table.csv');
  fs.writeFileSync(file, text);
  return data.csv(`file://${file}`).toArray();
};
const refused = async (text) => read(text).then(() => 'read', () => 'refused');
(async () => {
  await tf.setBackend('cpu');
  console.log(`> blank line: ${await refused('a,b\n1,2\n\n')}`);
  console.log(`> quoted line break: ${await refused('a,b\n1,"x\ny"\n')}`);
})();
JS
node probe.cjs 2>/dev/null | sed -n 's/^> //p' | tee seen.txt
diff - seen.txt <<'EXPECTED'
blank line: refused
quoted line break: refused
EXPECTED
