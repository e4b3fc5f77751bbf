import { describe, expect, it } from 'vitest';
import { thrownMessage } from '../../src/check/index.ts';

const coded = (message: string, code: string, options?: ErrorOptions): Error =>
  Object.assign(new Error(message, options), { code });

describe('thrownMessage', () => {
  it.each<[unknown, string]>([
    ['text', 'text'],
    [undefined, 'undefined'],
    [new Error('plain'), 'plain'],
    [new RangeError(''), 'RangeError'],
    [new Error('outer', { cause: new Error('inner') }), 'outer: inner'],
    [new Error('outer', { cause: 'text' }), 'outer: text'],
    [new Error('outer has inner', { cause: new Error('inner') }), 'outer has inner'],
    [coded('self-signed certificate', 'DEPTH_ZERO'), 'self-signed certificate (DEPTH_ZERO)'],
    [coded('connect ECONNREFUSED ::1', 'ECONNREFUSED'), 'connect ECONNREFUSED ::1'],
    [
      new TypeError('fetch failed', {
        cause: Object.assign(new AggregateError([new Error('refused a'), new Error('refused b')]), {
          code: 'ECONNREFUSED',
        }),
      }),
      'fetch failed: ECONNREFUSED: refused a: refused b',
    ],
  ])('of %o is %s', (thrown, message) => {
    expect(thrownMessage(thrown)).toBe(message);
  });

  it('ends if causes are circular', () => {
    const error = new Error('a');
    error.cause = new Error('b', { cause: error });
    expect(thrownMessage(error)).toBe('a: b');
  });
});
