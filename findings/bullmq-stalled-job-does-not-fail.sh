#!/usr/bin/env bash
# A BullMQ job whose workers died more often than maxStalledCount allows is not failed by the check for stalled jobs: it
# goes back to "waiting", without an event or a reason, and fails only once another worker takes it.
#
# Versions:  bullmq 6.7.0, ioredis 5.11.1, redis-server 7.0.15 (Debian 12), Node 20.20.2
# Behaviour: with maxStalledCount 1 (the default) and two workers killed in the middle of the job, the check (a Worker
#            without a processor, startStalledCheckTimer) leaves the job waiting for as long as no worker runs.
# Seen:      2026-11-30
#   after death 1: waiting, reason none
#   after death 2: waiting, reason none
#   two seconds later: waiting, reason none, failed events 0
#   with a worker: failed, reason job stalled more than allowable limit, failed events 1
# Why it matters: a program that waits for "failed" or "completed" waits for ever if the last worker is the one that died,
# and one that only counts waiting jobs starts more workers for a job that kills them. Look jobs up, and keep a worker.
set -euo pipefail
command -v redis-server >/dev/null || { echo 'needs redis-server: apt-get install redis-server'; exit 1; }
folder=$(mktemp -d)
cd "$folder"
port=$((20000 + RANDOM % 20000))
redis-server --port "$port" --bind 127.0.0.1 --save '' --daemonize yes --pidfile "$folder/redis.pid" --dir "$folder" >/dev/null
trap 'kill "$(cat "$folder/redis.pid")" 2>/dev/null || true; rm -rf "$folder"' EXIT
npm init -y >/dev/null
npm install --silent --no-audit --no-fund bullmq@6.7.0 ioredis@5.11.1
cat > worker.cjs <<'JS'
const { Worker } = require('bullmq');
const connection = { host: '127.0.0.1', port: Number(process.argv[2]), maxRetriesPerRequest: null };
const options = { connection, lockDuration: 500, stalledInterval: 500, skipStalledCheck: true };
new Worker('q', async () => {
  process.send?.('started');
  await new Promise((resolve) => setTimeout(resolve, 60_000));
}, options);
JS
cat > probe.cjs <<'JS'
const { fork } = require('node:child_process');
const { Queue, QueueEvents, Worker } = require('bullmq');
const port = process.argv[2];
const connection = { host: '127.0.0.1', port: Number(port), maxRetriesPerRequest: null };
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
(async () => {
  const queue = new Queue('q', { connection });
  const events = new QueueEvents('q', { connection });
  await events.waitUntilReady();
  let failures = 0;
  events.on('failed', () => failures++);
  const { id } = await queue.add('job', {});
  const look = async () => {
    const job = await queue.getJob(id);
    return `${await job.getState()}, reason ${job.failedReason ?? 'none'}`;
  };
  const checker = new Worker('q', null, { connection, lockDuration: 500, stalledInterval: 500 });
  await checker.startStalledCheckTimer();
  for (const death of [1, 2]) {
    const child = fork('worker.cjs', [port]);
    await new Promise((resolve) => child.once('message', resolve));
    child.kill('SIGKILL');
    await wait(3000);
    console.log(`after death ${death}: ${await look()}`);
  }
  await wait(2000);
  console.log(`two seconds later: ${await look()}, failed events ${failures}`);
  const last = new Worker('q', async () => {}, { connection, lockDuration: 500, stalledInterval: 500 });
  await wait(2000);
  console.log(`with a worker: ${await look()}, failed events ${failures}`);
  await Promise.all([last.close(), checker.close(), events.close(), queue.close()]);
  process.exit(0);
})();
JS
node probe.cjs "$port" 2>/dev/null | tee seen.txt
diff - seen.txt <<'EXPECTED'
after death 1: waiting, reason none
after death 2: waiting, reason none
two seconds later: waiting, reason none, failed events 0
with a worker: failed, reason job stalled more than allowable limit, failed events 1
EXPECTED
