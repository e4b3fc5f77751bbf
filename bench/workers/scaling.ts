import { digits, table } from '../table.ts';

/** What a calculation for more cores starts from, in milliseconds. */
export interface Measured {
  readonly name: string;
  /** In one thread, without workers. */
  readonly ours: number;
  /** The part during which no worker computes, with `shards` shards. */
  readonly serial: number;
  readonly shards: number;
  /** What each further shard adds to the serial part. */
  readonly perShard: number;
  /** The part of a shard that does not shrink with it. */
  readonly fixed: number;
  /** The rest of the work, of all shards together. */
  readonly divisible: number;
}

/**
 * The part of a shard that does not shrink with it, and the rest of all work, from the time of a part of the work (its
 * `share`) and of the whole, and in proportion so that both make up the time of all shards on their threads.
 */
export const divided = (
  part: number,
  whole: number,
  share: number,
  inAll: number,
  shards: number,
): Pick<Measured, 'fixed' | 'divisible'> => {
  const fixed = Math.max(0, (part - share * whole) / (1 - share));
  const divisible = whole - fixed;
  const ratio = inAll / (shards * fixed + divisible);
  return { fixed: ratio * fixed, divisible: ratio * divisible };
};

/** The cores that are calculated. */
export const CORES = [1, 2, 4, 8, 16, 64] as const;

/** The time with a shard on each of some cores, if cores do not slow each other down. */
export const timeOn = (
  cores: number,
  { serial, shards, perShard, fixed, divisible }: Omit<Measured, 'name' | 'ours'>,
): number => serial + perShard * (cores - shards) + fixed + divisible / cores;

/** The times on each number of cores, and how many times as quick as in one thread. */
export const scalingTable = (all: readonly Measured[]): string =>
  table(
    [
      'name',
      'serial',
      'a shard more',
      'fixed',
      'divisible',
      ...CORES.map((cores) => `${cores} ${cores === 1 ? 'core' : 'cores'}`),
    ],
    all.map((each) => [
      each.name,
      ...[each.serial, each.perShard, each.fixed, each.divisible].map(digits),
      ...CORES.map((cores) => {
        const time = timeOn(cores, each);
        return `${digits(time)} (${digits(each.ours / time)}x)`;
      }),
    ]),
  );
