import { serve } from '../../../src/parallel/index.ts';
import * as jobs from './jobs.ts';

await serve(jobs);
