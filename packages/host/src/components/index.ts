export type { ClusterSettings } from './cluster.js';
export { parseReknitFile, type ReadFile, type ReknitFile, readReknitFile } from './reknit-file.js';
export type { Problem } from './sheet.js';
