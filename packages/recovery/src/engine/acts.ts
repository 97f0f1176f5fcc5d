// A step that the driver carries out: what it is stands in the journal, the target is looked at once more, the driver acts,
// and what came of it is recorded. An outcome that nobody knows is asked for again with the same order, which the driver
// answers without acting twice.
//
// Surprising: a step that reaches beyond this machine first reads the controller's epoch through a quorum. Without one it
// is not begun: two sides of a partition would both do it.
import type { Millis } from '@reknit/base';
import { CONTROLLER_KEY } from '../controller/keys.js';
import type { StepRun } from '../incidents/incident.js';
import { NO_STORE } from '../no-store.js';
import type { Action, ActOutcome, Order } from '../recover/actions.js';
import { sleep } from '../sleep.js';
import type { Hold } from './hold.js';

/** Reach beyond what the agent owns. */
const COORDINATED: ReadonlySet<Action> = new Set<Action>(['replace', 'relocate', 'rebuild', 'revoke-lock']);
/** A leader or a controller that is being elected is worth waiting for. */
const QUORUM_WITHIN_MS: Millis = 15_000;
const QUORUM_EVERY_MS: Millis = 250;
/** An order that is older is not begun: what it rests on may have changed. */
const ORDER_MS: Millis = 60_000;
/** Times that an unknown outcome is asked for. */
const PROBES_MAX = 5;
const PROBE_EVERY_MS: Millis = 1000;

export class Acts {
  readonly #hold: Hold;
  #inHand: StepRun | undefined;
  #epoch: Promise<number | 'no-quorum'> | undefined;

  constructor(hold: Hold) {
    this.#hold = hold;
  }

  /** The controller's epoch by a fresh quorum read; 'no-quorum': it must not be done now. Undefined for what needs none. */
  async epochFor(action: Action): Promise<number | 'no-quorum' | undefined> {
    if (!COORDINATED.has(action)) return undefined;
    const { store } = this.#hold.desk;
    // Nobody shares what a lone agent owns.
    if (store === NO_STORE) return undefined;
    // Who asks meanwhile waits for the same answer.
    this.#epoch ??= this.#awaitEpoch().finally(() => {
      this.#epoch = undefined;
    });
    return await this.#epoch;
  }

  async #awaitEpoch(): Promise<number | 'no-quorum'> {
    const { runtime } = this.#hold.desk;
    const deadline = runtime.clock.now() + QUORUM_WITHIN_MS;
    for (;;) {
      const epoch = await this.#controllersEpoch();
      if (epoch !== undefined) return epoch;
      if (runtime.clock.now() >= deadline) return 'no-quorum';
      await sleep(runtime.clock, QUORUM_EVERY_MS);
    }
  }

  /** Undefined while there is none, and while no quorum answers. */
  async #controllersEpoch(): Promise<number | undefined> {
    const { store, settings } = this.#hold.desk;
    try {
      return (await store.get('_system', CONTROLLER_KEY, { timeoutMs: settings.probeTimeoutMs }))?.createRevision;
    } catch {
      return undefined;
    }
  }

  /** This agent is at it. */
  isInHand({ step, attempt, startedAt }: StepRun): boolean {
    const own = this.#inHand;
    return own?.step === step && own.attempt === attempt && own.startedAt === startedAt;
  }

  /** @param onOutcome not called when the step was overtaken meanwhile */
  async carryOut(run: StepRun, onOutcome: (outcome: ActOutcome) => void): Promise<void> {
    const incident = this.#hold.case.open?.id;
    if (incident === undefined) return;
    const order = this.#orderOf(run, incident);
    this.#inHand = run;
    let outcome: ActOutcome = { kind: 'unknown', detail: 'not asked yet' };
    for (let probe = 0; probe < PROBES_MAX && outcome.kind === 'unknown'; probe++) {
      if (probe > 0) await sleep(this.#hold.desk.runtime.clock, PROBE_EVERY_MS);
      if (!this.isStill(run)) return;
      outcome = await this.#ask(run.action, order);
    }
    if (this.isStill(run)) onOutcome(outcome);
  }

  async #ask(action: Action, order: Order): Promise<ActOutcome> {
    const { driver } = this.#hold.desk;
    if (driver.act === undefined) return { kind: 'not-here', detail: `its driver cannot ${action}` };
    try {
      return await driver.act(this.#hold.subject, action, order);
    } catch (error) {
      return { kind: 'unknown', detail: error instanceof Error ? error.message : String(error) };
    }
  }

  #orderOf({ step, attempt, startedAt, epoch, process }: StepRun, incident: string): Order {
    return { incident, step, attempt, epoch, expiresAt: startedAt + ORDER_MS, process };
  }

  /** It is under way: neither done, nor overtaken by an end, another step, or the agent's own end. */
  isStill(run: StepRun): boolean {
    const last = this.#hold.case.open?.runs.at(-1);
    const isSame = last?.startedAt === run.startedAt && last.attempt === run.attempt && last.step === run.step;
    return isSame && last.outcome === undefined && this.#hold.state.kind !== 'released';
  }
}
