import type { Job } from './job.ts';
import { packed } from './packed.ts';
import type { Task } from './runTask.ts';

/**
 * What identifies a result: the job's name, the input and the key, as 32 hexadecimal digits of a hash. The module's address
 * is left out, since it differs between machines.
 *
 * @example
 * await fingerprint(train, task); // '9f86d081884c7d659a2feaa0c55ad015'
 */
export const fingerprint = async (
  { name }: Pick<Job<never, unknown>, 'name'>,
  { config, key }: Pick<Task, 'config' | 'key'>,
): Promise<string> => {
  const bytes = packed(config, { job: name, key: key.join(' ') });
  const hash = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(hash, 0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('');
};
