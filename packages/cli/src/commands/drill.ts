// `reknit drill`.
export { runDrill as drill } from '../drill/run-drill.js';
