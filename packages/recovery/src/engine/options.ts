import type { Millis } from '@reknit/base';
import type { Runtime } from '@reknit/runtime';
import type { Driver } from '../driver.js';
import type { Journal } from '../journal/journal.js';
import { BACK_OFF_DEFAULTS, type BackOffOptions } from '../recover/back-off.js';
import { BRAKE_DEFAULTS, type BrakeSettings } from '../recover/brakes.js';
import type { KillSwitchReader } from '../recover/kill-switch.js';
import type { PageChannel } from '../recover/page.js';
import type { StoreClient } from '../store-client.js';
import { VERIFICATION_DEFAULTS, type VerificationOptions } from '../verify/verification.js';
import type { EngineEvent } from './events.js';

export interface EngineSettings {
  readonly backOff: BackOffOptions;
  readonly verification: VerificationOptions;
  readonly brakes: BrakeSettings;
  /** Default 15 min that a plan waits for an approval before it is made anew. */
  readonly approvalMs: Millis;
  /** Default 250 ms between heartbeats asked of a living subject. Exits are not found by them: the kernel tells. */
  readonly probeEveryMs: Millis;
  /** Default 1 s: an answer that comes later counts as none. */
  readonly probeTimeoutMs: Millis;
  /** Default 120 s from start to the first authenticated answer; a long log is replayed meanwhile. Then a human is asked. */
  readonly readyTimeoutMs: Millis;
  /** Default 5 s that a blocked event loop gets to end by itself, counted from its last heartbeat, before it is fenced. */
  readonly blockedPatienceMs: Millis;
  /** Default 60 s that an illness gets to end by itself where its ladder says so; longer while what it depends on is mended. */
  readonly patienceMs: Millis;
  /** Default 5 s from SIGKILL to the kernel's word that it is gone; then a human is asked. */
  readonly fenceTimeoutMs: Millis;
  /** Default 10 s between SIGTERM and SIGKILL of a planned stop. */
  readonly stopGraceMs: Millis;
}

export const ENGINE_DEFAULTS: EngineSettings = {
  backOff: BACK_OFF_DEFAULTS,
  verification: VERIFICATION_DEFAULTS,
  brakes: BRAKE_DEFAULTS,
  approvalMs: 15 * 60_000,
  probeEveryMs: 250,
  probeTimeoutMs: 1000,
  readyTimeoutMs: 120_000,
  blockedPatienceMs: 5000,
  patienceMs: 60_000,
  fenceTimeoutMs: 5000,
  stopGraceMs: 10_000,
};

export interface EngineOptions {
  readonly runtime: Runtime;
  readonly driver: Driver;
  readonly store: StoreClient;
  readonly journal: Journal;
  /** This observer's name in incidents, e.g. `agent of host-a`. */
  readonly observer: string;
  /** Default: the observer's name. Names this agent in the store, the same over its lives. */
  readonly agentId?: string;
  /** Where the cluster's members in the care of other agents serve. */
  readonly otherEndpoints?: readonly string[];
  readonly killSwitch?: KillSwitchReader;
  /** How humans are told; absent: they look themselves. */
  readonly pages?: readonly PageChannel[];
  readonly settings?: Partial<EngineSettings>;
  readonly onEvent?: (event: EngineEvent) => void;
}
