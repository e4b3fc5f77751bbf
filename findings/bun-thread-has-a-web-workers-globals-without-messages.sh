#!/usr/bin/env bash
# In Bun a thread of node:worker_threads has the globals of a Web Worker; its global postMessage sends, but its global event
# "message" never comes.
#
# Versions:  bun 1.4.5 (npm), workerpool 10.0.3; the same files on Node 20.20.2
# Behaviour: `self`, `postMessage` and `addEventListener` are there in a thread that `new Worker` of node:worker_threads made. What
#            the parent posts reaches `parentPort` alone. In a worker of Bun's own `Worker` both get it. A library for
#            browsers and Node asks for these globals to know where it is, answers "ready" by them, and waits for ever:
#            workerpool with `workerType: 'thread'` is one.
# Seen:      2026-12-01
#   node: by the global no globals | by parentPort got hello | workerpool 4
#   bun: by the global ready, no answer | by parentPort got hello | workerpool no answer
# Why it matters: the thread starts and says that it is ready, so nothing fails: the first task just never ends.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund bun@1.4.5 workerpool@10.0.3
cat > global.cjs <<'JS'
const { parentPort } = require('node:worker_threads');
if (typeof postMessage !== 'function' || typeof addEventListener !== 'function') parentPort.postMessage('no globals');
else {
  addEventListener('message', ({ data }) => postMessage(`got ${data}`));
  postMessage('ready');
}
JS
cat > port.cjs <<'JS'
const { parentPort } = require('node:worker_threads');
parentPort.on('message', (data) => parentPort.postMessage(`got ${data}`));
parentPort.postMessage('ready');
JS
cat > pooled.cjs <<'JS'
require('workerpool').worker({ double: (x) => 2 * x });
JS
cat > probe.cjs <<'JS'
const { Worker } = require('node:worker_threads');
const path = require('node:path');
const workerpool = require('workerpool');
const patience = () => new Promise((resolve) => setTimeout(() => resolve('no answer'), 3000));
const talk = async (file) => {
  const worker = new Worker(path.resolve(file));
  const next = () => Promise.race([new Promise((resolve) => worker.once('message', resolve)), patience()]);
  const first = await next();
  if (first !== 'ready') return first;
  const answer = next();
  worker.postMessage('hello');
  const second = await answer;
  return second === 'no answer' ? 'ready, no answer' : second;
};
(async () => {
  const pool = workerpool.pool(path.resolve('pooled.cjs'), { workerType: 'thread', maxWorkers: 1 });
  const pooled = await Promise.race([pool.exec('double', [2]), patience()]);
  const where = process.versions.bun === undefined ? 'node' : 'bun';
  console.log(`${where}: by the global ${await talk('global.cjs')} | by parentPort ${await talk('port.cjs')} | workerpool ${pooled}`);
  process.exit(0);
})();
JS
{ node probe.cjs; node_modules/.bin/bun probe.cjs; } 2>/dev/null | tee seen.txt
diff - seen.txt <<'EXPECTED'
node: by the global no globals | by parentPort got hello | workerpool 4
bun: by the global ready, no answer | by parentPort got hello | workerpool no answer
EXPECTED
