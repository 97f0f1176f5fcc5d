export { FadingMax } from './fading-max.js';
export { type Change, type DetectorOptions, FailureDetector } from './failure-detector.js';
export { OwnClock } from './own-clock.js';
export { PhiAccrual, type PhiOptions } from './phi-accrual.js';
