import fc from 'fast-check';
import { inject } from 'vitest';

// A run of its own finds what no run before it found. One that judges a change is to judge nothing else.
const seed = inject('seed');
if (seed !== null) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
