#!/usr/bin/env bash
# Once TensorFlow.js's wasm backend has started in Node, an error that nobody catches ends the process with code 7, not 1.
#
# Versions:  @tensorflow/tfjs-core and -backend-wasm 4.22.0, Node 20.20.2
# Behaviour: the Emscripten glue adds one listener each to uncaughtException and unhandledRejection; each throws the error
#            again, from within the handler. Node then reports a failing handler: exit code 7, and the source line shown
#            is the glue's. The program's own listeners that were added later are never reached.
# Seen:      2026-11-29
#   without wasm: exit code 1, own listener called
#   with wasm: exit code 7, own listener not called
# Why it matters: crash reporters, test runners and supervisors that tell 1 from other codes, and a program's own last
# words ("saving what there is"), stop working by an import that has nothing to do with them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0
cat > probe.cjs <<'JS'
const tf = require('@tensorflow/tfjs-core');
require('@tensorflow/tfjs-backend-cpu');
require('@tensorflow/tfjs-backend-wasm');
(async () => {
  await tf.setBackend(process.argv[2]);
  process.on('uncaughtException', () => {
    console.log('own listener called');
    process.exit(1);
  });
  setTimeout(() => {
    throw new Error('nobody catches this');
  }, 0);
})();
JS
look() {
  local code=0
  node probe.cjs "$2" >out.txt 2>/dev/null || code=$?
  local called='not called'
  if grep -q 'own listener called' out.txt; then called='called'; fi
  echo "$1: exit code $code, own listener $called"
}
{ look 'without wasm' cpu; look 'with wasm' wasm; } | tee seen.txt
diff - seen.txt <<'EXPECTED'
without wasm: exit code 1, own listener called
with wasm: exit code 7, own listener not called
EXPECTED
