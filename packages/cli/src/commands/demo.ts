// `reknit demo`, which is `npm start`.
export { runDemo as demo } from '../demo/run-demo.js';
