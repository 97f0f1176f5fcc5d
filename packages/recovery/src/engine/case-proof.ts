// The verification of an open incident: runs its checks and writes each reading into the record. One at a time; a step that
// begins ends it.
import type { Boot, Mender, Reading } from '../incidents/incident.js';
import type { Check } from '../verify/check.js';
import type { Answer, CheckContext } from '../verify/checks.js';
import { checksFor } from '../verify/checks-for.js';
import { type VerificationOutcome, verify } from '../verify/verification.js';
import type { CaseRecord } from './case-record.js';

/** A check that waits changes its words often; once a second is enough for the record. */
const WAIT_READING_EVERY_MS = 1000;

export class CaseProof {
  readonly #record: CaseRecord;
  #cancel: (() => void) | undefined;

  constructor(record: CaseRecord) {
    this.#record = record;
  }

  end(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** @param onOutcome not called once it was ended */
  begin(boot: Boot, by: Mender, onOutcome: (outcome: VerificationOutcome) => void): void {
    const { desk, subject } = this.#record;
    this.end();
    this.#record.enter(
      { kind: 'verifying', at: desk.stamp(), by, boot },
      `${subject}: verifying boot ${boot.bootId} (pid ${boot.process.pid})`,
    );
    const state = { cancelled: false };
    this.#cancel = () => {
      state.cancelled = true;
    };
    const { diagnosis } = this.#record.get();
    const { soakMs = desk.settings.verification.soakMs } = desk.policy(subject);
    const watcher = { cancelled: () => state.cancelled, onReading: (check: Check, answer: Answer) => this.#read(check, answer) };
    const request = {
      checks: checksFor(diagnosis?.verdict, desk.driver.checks?.(subject)),
      context: this.#context(boot),
      options: { ...desk.settings.verification, soakMs },
    };
    void verify(desk.runtime.clock, request, watcher).then((outcome) => {
      if (!state.cancelled) onOutcome(outcome);
    });
  }

  #context(boot: Boot): CheckContext {
    const { desk, subject } = this.#record;
    const { id, change } = this.#record.get();
    return {
      store: desk.store,
      driver: desk.driver,
      subject,
      boot,
      mark: `${id}/${change}/${boot.bootId}`,
      members: () => desk.members(),
      callTimeoutMs: desk.settings.probeTimeoutMs,
    };
  }

  #read(check: Check, answer: Answer): void {
    const { readings, attempt } = this.#record.get();
    const at = this.#record.desk.stamp();
    const last = readings.at(-1);
    const waits = last !== undefined && last.check === check && last.attempt === attempt && !last.ok;
    if (waits && answer.kind === 'wait' && at - last.at < WAIT_READING_EVERY_MS) return;
    const reading: Reading = { check, attempt, at, ok: answer.kind === 'good', detail: answer.detail };
    const moments = reading.ok ? { ...momentOf(check, at), ...this.#wholeAgain(check, at) } : {};
    this.#record.amend(
      { readings: [...(waits ? readings.slice(0, -1) : readings), reading], moments },
      `${check}: ${answer.detail}`,
    );
  }

  /** A component has no replicas to compare: it is whole once this instance has proven itself, and all others are well. */
  #wholeAgain(check: Check, at: number): { readonly redundancyRestored?: number } {
    const { desk, subject } = this.#record;
    const checks = desk.driver.checks?.(subject);
    const isProof = checks?.has('redundancy') === false && PROOFS.find((proof) => checks.has(proof)) === check;
    if (!isProof || this.#record.get().moments.redundancyRestored !== undefined) return {};
    return desk.beside(subject).every(({ isWell }) => isWell) ? { redundancyRestored: at } : {};
  }
}

/** What is asked of a component itself, the strongest proof first. */
const PROOFS: readonly Check[] = ['own', 'probe', 'identity'];

/** A good canary is service too, should the service probe not have come round; so are good probes. */
function momentOf(check: Check, at: number): { readonly redundancyRestored?: number; readonly servedAgain?: number } {
  if (check === 'redundancy') return { redundancyRestored: at };
  return check === 'canary' || check === 'probe' ? { servedAgain: at } : {};
}
