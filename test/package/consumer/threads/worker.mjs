import { serve } from 'tfjs-bayesian/parallel';
import * as jobs from './jobs.mjs';

serve(jobs);
