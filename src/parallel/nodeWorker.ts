// The script of Node's threads: it imports the module of each job by the address that the job has.

import { loadModule } from './loadModule.ts';
import { listen } from './serve.ts';

type Module = ReturnType<typeof loadModule>;

/**
 * Modules are kept, since tsx evaluates one and all that it imports anew each time: every job would start with code that V8
 * has yet to optimize.
 */
const modules = new Map<string, Module>();

const keptModule = (address: string): Module => {
  const module = modules.get(address) ?? loadModule(address);
  modules.set(address, module);
  return module;
};

void listen(async (address, name) => (await keptModule(address))[name]);
