#!/usr/bin/env bash
# tf.data.csv keeps doubled quotes as they are and the byte order mark in the first column's name, and refuses blank lines
# and line breaks in quotes.
#
# Versions:  @tensorflow/tfjs-data and -core 4.22.0, Node 20.20.2
# Behaviour: of the field "say ""hi""" (RFC 4180: say "hi") the value is say ""hi"". A file that begins with a byte order
#            mark, as spreadsheets write UTF-8, has a first column named '\ufeffa'. A blank last line, and a quoted field of
#            two lines, are "Invalid row in csv file".
# Seen:      2026-11-29
#   doubled quotes: {"a":1,"b":"say \"\"hi\"\""}
#   byte order mark: ["\ufeffa","b"]
#   blank line: refused
#   quoted line break: refused
# Why it matters: a column that is looked up by its name is undefined, and becomes NaN, in files that a spreadsheet wrote;
# texts differ from those of every other reader.
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
  console.log(`> doubled quotes: ${JSON.stringify((await read('a,b\n1,"say ""hi"""\n'))[0])}`);
  const marked = Object.keys((await read('\ufeffa,b\n1,2\n'))[0]);
  console.log(`> byte order mark: ${JSON.stringify(marked).replace('\ufeff', '\\ufeff')}`);
  console.log(`> blank line: ${await refused('a,b\n1,2\n\n')}`);
  console.log(`> quoted line break: ${await refused('a,b\n1,"x\ny"\n')}`);
})();
JS
node probe.cjs 2>/dev/null | sed -n 's/^> //p' | tee seen.txt
diff - seen.txt <<'EXPECTED'
doubled quotes: {"a":1,"b":"say \"\"hi\"\""}
byte order mark: ["\ufeffa","b"]
blank line: refused
quoted line break: refused
EXPECTED
