export { explainReading } from './explainReading.ts';
export { installWebgpu as install, uninstallWebgpu as uninstall } from './install.ts';
