import * as E from 'fp-ts/lib/Either.js';
import { checkpoint, pipe } from 'tfjs-bayesian';
import address from '../digits/digits.safetensors?url';
import { digitModel } from '../digits/network.ts';
import type { DigitParams } from '../models/digits.ts';

/** The trained network, from the file beside the page. */
export const loadDigits = async (): Promise<DigitParams> => {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`the network could not be fetched: ${response.status} ${address}`);
  return pipe(
    await checkpoint.load(digitModel)(new Uint8Array(await response.arrayBuffer()))(),
    E.getOrElse(({ message }): DigitParams => {
      throw new Error(`the network's file is invalid: ${message}`);
    }),
  );
};
