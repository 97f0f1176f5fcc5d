export { FadingMax } from './fading-max.js';
export { type Change, type DetectorOptions, FailureDetector } from './failure-detector.js';
export { OwnClock } from './own-clock.js';
export { PhiAccrual, type PhiOptions } from './phi-accrual.js';
export { RecentQuantile } from './recent-quantile.js';
export { HEALTH_MAX, LocalHealth } from './swim/local-health.js';
export { overrides, type Peer, type Rumor, type Standing, type SwimBody, type SwimMessage } from './swim/message.js';
export type { SwimOptions } from './swim/options.js';
export { Suspicion, type SuspicionTimes, suspicionTimeout } from './swim/suspicion.js';
export { type MemberView, Swim, type SwimChange, type SwimEffects, type SwimSend } from './swim/swim.js';
export {
  type Ballot,
  type CountedVote,
  countVotes,
  VoteBox,
  type VoteCount,
  type Witness,
  type WitnessReport,
} from './witness-votes.js';
