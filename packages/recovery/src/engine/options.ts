import type { Millis } from '@reknit/base';
import type { Runtime } from '@reknit/runtime';
import type { Driver } from '../driver.js';
import type { Journal } from '../journal/journal.js';
import { BACK_OFF_DEFAULTS, type BackOffOptions } from '../recover/back-off.js';
import type { StoreClient } from '../store-client.js';
import { VERIFICATION_DEFAULTS, type VerificationOptions } from '../verify/verification.js';
import type { EngineEvent } from './events.js';

export interface EngineSettings {
  readonly backOff: BackOffOptions;
  readonly verification: VerificationOptions;
  /** Default 1 s between health probes of a living subject. Exits are not found by probes, so this may be slow. */
  readonly probeEveryMs: Millis;
  /** Default 1 s: a probe without an answer for so long is silent. */
  readonly probeTimeoutMs: Millis;
  /** Default 120 s from start to the first authenticated answer; a long log is replayed meanwhile. Then a human is asked. */
  readonly readyTimeoutMs: Millis;
  /** Default 10 s between SIGTERM and SIGKILL of a planned stop. */
  readonly stopGraceMs: Millis;
}

export const ENGINE_DEFAULTS: EngineSettings = {
  backOff: BACK_OFF_DEFAULTS,
  verification: VERIFICATION_DEFAULTS,
  probeEveryMs: 1000,
  probeTimeoutMs: 1000,
  readyTimeoutMs: 120_000,
  stopGraceMs: 10_000,
};

export interface EngineOptions {
  readonly runtime: Runtime;
  readonly driver: Driver;
  readonly store: StoreClient;
  readonly journal: Journal;
  /** This observer's name in incidents, e.g. `agent of host-a`. */
  readonly observer: string;
  readonly settings?: Partial<EngineSettings>;
  readonly onEvent?: (event: EngineEvent) => void;
}
