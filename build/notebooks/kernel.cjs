// Runs cells as tslab's Jupyter kernel does, with its own compiler and executor and without Jupyter: plain Node, so
// that the cells see no loader of ours. It works in the current folder, gets one message (tslab's folder and
// the cells) and sends events (cellEvents.ts). It ends by itself once the cells leave nothing running.
const path = require('node:path');
const { inspect } = require('node:util');

const send = (event) => process.send?.(event);

/** What tslab's kernel does to the streams, so that whatever writes there is an output of the cell. */
const capture = (name) => {
  process[name].write = (chunk, encoding, done) => {
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
    send({ event: 'stream', name, text });
    const callback = typeof encoding === 'function' ? encoding : done;
    if (callback) process.nextTick(callback);
    return true;
  };
};

const watchForLateErrors = () => {
  let seen = false;
  const report = (kind) => (error) => {
    seen = true;
    send({ event: 'lateError', text: `${kind}: ${inspect(error)}\n` });
  };
  process.on('uncaughtException', report('uncaught exception'));
  process.on('unhandledRejection', report('unhandled rejection'));
  return () => seen;
};

const run = async (tslab, cells) => {
  const load = (name) => require(path.join(tslab, 'dist', name));
  const jupyter = load('jupyter');
  jupyter.lastWriteDisplayData = (content, update) =>
    send({ event: 'display', ...content, update: update === true });
  const converter = load('converter').createConverter({ isJS: false, isBrowser: false });
  const converters = { node: converter, browser: null, close: () => converter.close() };
  const executor = load('executor').createExecutor(process.cwd(), converters, console);
  const failedLate = watchForLateErrors();
  for (const [cell, source] of cells.entries()) {
    send({ event: 'start', cell });
    const ok = await executor.execute(source);
    // A promise rejected without a handler is reported before the next turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    send({ event: 'end', cell, ok });
    if (!ok || failedLate()) break;
  }
  executor.close();
  send({ event: 'done' });
};

process.once('message', ({ tslab, cells }) => {
  process.channel.unref();
  capture('stdout');
  capture('stderr');
  run(tslab, cells);
});
