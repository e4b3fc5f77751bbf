import './gradients.ts';

export { canReadSync } from './canReadSync.ts';
