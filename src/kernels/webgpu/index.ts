export { installWebgpu as install, uninstallWebgpu as uninstall } from './install.ts';
