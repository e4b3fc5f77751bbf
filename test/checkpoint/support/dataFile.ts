const inNode = typeof process !== 'undefined' && process.versions?.node !== undefined;

/** Bytes of a file in test/checkpoint/data, from Vitest's server where the test runs in a browser. */
export const dataFile = async (name: string): Promise<Uint8Array> => {
  const place = new URL(`../data/${name}`, import.meta.url);
  if (inNode) return new Uint8Array((await import('node:fs')).readFileSync(place));
  const response = await fetch(place);
  if (!response.ok) throw new Error(`${place}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
};

/** What torch_blue itself said, in test/checkpoint/data. */
export const dataJson = async (name: string): Promise<unknown> =>
  JSON.parse(new TextDecoder().decode(await dataFile(name))) as unknown;
