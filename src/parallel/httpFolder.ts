import type { Folder } from './folder.ts';

/** How long one transfer may take, in milliseconds. */
const LIMIT = 600_000;

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** The header for the user and password of an address, which `fetch` refuses in it. */
const authorization = ({ username, password }: URL): Readonly<Record<string, string>> => {
  if (username === '' && password === '') return {};
  const bytes = new TextEncoder().encode(`${decoded(username)}:${decoded(password)}`);
  return { authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` };
};

/**
 * A folder on a server that answers GET, PUT and DELETE, as WebDAV and object stores do: a file is a URL under this one. A query
 * of the URL, such as a signature, is sent each time; a user and password are sent as Basic authentication. Neither is in an error.
 *
 * @example
 * const { read } = httpFolder('parallel.collect', new URL('https://user:secret@files.example.org/results'));
 */
export const httpFolder = (fn: string, folder: URL): Folder => {
  const headers = authorization(folder);
  const address = (name: string): URL => {
    const url = new URL(folder);
    url.username = '';
    url.password = '';
    url.hash = '';
    url.pathname = `${url.pathname.replace(/\/*$/, '')}/${encodeURIComponent(name)}`;
    return url;
  };
  const place = (name: string): string => {
    const url = address(name);
    url.search = '';
    return url.href;
  };
  /** The answer, or `undefined` for 404; rejects for every other failure. */
  const ask = async (method: string, name: string, body?: Uint8Array): Promise<Response | undefined> => {
    const what = `${fn}: ${method} ${place(name)}`;
    const response = await fetch(address(name), {
      method,
      headers,
      signal: AbortSignal.timeout(LIMIT),
      ...(body !== undefined && { body: body as Uint8Array<ArrayBuffer> }),
    }).catch((error: Error) => {
      // The reason of a refused connection is the cause of "fetch failed".
      const { message } = (error.cause as Error | undefined) ?? error;
      throw new Error(`${what} failed: ${message}`, { cause: error });
    });
    if (response.ok) return response;
    await response.body?.cancel();
    if (response.status === 404 && method !== 'PUT') return undefined;
    throw new Error(`${what} failed: ${response.status} ${response.statusText}`);
  };
  return {
    place,
    read: async (name) => {
      const response = await ask('GET', name);
      return response && new Uint8Array(await response.arrayBuffer());
    },
    write: async (name, bytes) => {
      await (await ask('PUT', name, bytes))?.arrayBuffer();
    },
    remove: async (name) => {
      await (await ask('DELETE', name))?.arrayBuffer();
    },
  };
};
