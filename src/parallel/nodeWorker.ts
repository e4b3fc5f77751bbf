// The script of Node's threads: it imports the module of each job by the address that the job has.

import { loadModule } from './loadModule.ts';
import { listen } from './serve.ts';

void listen(async (address, name) => (await loadModule(address))[name]);
