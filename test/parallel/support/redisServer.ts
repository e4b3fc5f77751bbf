import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const program = (['redis-server', 'valkey-server'] as const).find(
  (name) => spawnSync(name, ['--version']).status === 0,
);

/** Whether a server can be started here. */
export const hasRedis = program !== undefined;

/** A server of one's own, which keeps what it has when it is stopped and started again. */
export interface RedisServer {
  readonly port: number;
  readonly start: () => Promise<void>;
  /** Ends the process at once, without a chance to save anything. */
  readonly kill: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => resolve(false));
    socket.on('data', (data) => {
      socket.destroy();
      resolve(String(data).startsWith('+PONG'));
    });
    socket.write('PING\r\n');
  });

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

/** A server on a port of its own of the loopback interface, with its files in a folder of its own. */
export const redisServer = async (): Promise<RedisServer> => {
  const folder = mkdtempSync(join(tmpdir(), 'redis-'));
  const port = await freePort();
  const state: { server?: ChildProcess } = {};
  const options = [
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''],
    ...['--appendonly', 'yes', '--appendfsync', 'always', '--logfile', 'log'],
  ];
  const start = async (): Promise<void> => {
    state.server = spawn(program!, options, { stdio: 'ignore' });
    while (!(await answers(port))) await pause(20);
  };
  const kill = async (): Promise<void> => {
    const { server } = state;
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    server.kill('SIGKILL');
    await once(server, 'exit');
  };
  await start();
  return {
    port,
    start,
    kill,
    remove: async () => {
      await kill();
      rmSync(folder, { recursive: true });
    },
  };
};
