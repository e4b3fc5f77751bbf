import fc from 'fast-check';

// A software adapter takes a hundred times as long as the cpu for tensors of a few numbers. Every property is looked at
// a hundred times on cpu and wasm; here, where those that do not say how often are concerned, it is twenty.
fc.configureGlobal({ ...fc.readConfigureGlobal(), numRuns: 20 });
