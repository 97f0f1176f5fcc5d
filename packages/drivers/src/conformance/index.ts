export { type ConformanceBench, type DefineCheck, driverConformance } from './conformance.js';
