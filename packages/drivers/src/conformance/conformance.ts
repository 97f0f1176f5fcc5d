// What the engine relies on in any driver, as checks that a third party can run on its own: hand them a way to make a
// subject crash, hang and heal, and the `test` of your test runner. Every check works on a bench of its own.
//
// Surprising: nothing is asserted about how long anything takes, beyond the bench's own patience.
import { deepStrictEqual, ok } from 'node:assert/strict';
import type { Millis } from '@reknit/base';
import type { Boot, Driver, Order, ProcessEnd } from '@reknit/recovery';
import type { ProcessIdentity } from '@reknit/runtime';

/** One driver over subjects that do not run yet, and hands that can hurt them. */
export interface ConformanceBench {
  readonly driver: Driver;
  /** The one that is tried. */
  readonly subject: string;
  /** Another driver over the same subjects, as the next agent would have it: it shares nothing with the first. */
  successor(): Driver;
  /** Ends the process without its driver's help, as a fault would. */
  crash(process: ProcessIdentity): void | Promise<void>;
  /** From now on it answers nobody, and lives. */
  hang(process: ProcessIdentity): void | Promise<void>;
  /** Undoes a hang. */
  heal(process: ProcessIdentity): void | Promise<void>;
  /** Ends whatever is left. */
  close(): void | Promise<void>;
  /** How long something may take that has to happen. Default 20 s. */
  readonly patienceMs?: Millis;
}

/** `it` of vitest, `test` of node:test and jest: anything that takes a name and a body. */
export type DefineCheck = (name: string, body: () => Promise<void>) => void;

const PATIENCE_MS: Millis = 20_000;
const CALL_MS: Millis = 1000;
const SHORT_CALL_MS: Millis = 100;
const POLL_MS: Millis = 20;
const NOBODY = 'a subject that nobody has named';

/** Defines the checks. @param bench a new one for each check */
export function driverConformance(bench: () => Promise<ConformanceBench>, define: DefineCheck): void {
  for (const [name, body] of Object.entries(CHECKS)) {
    define(name, async () => {
      const here = await bench();
      try {
        await body(new Trial(here));
      } finally {
        await here.close();
      }
    });
  }
}

interface Started {
  readonly process: ProcessIdentity;
  /** Each time that its end was told. */
  readonly ends: readonly ProcessEnd[];
}

/** The words that the checks are written in. */
class Trial {
  readonly bench: ConformanceBench;
  readonly driver: Driver;
  readonly subject: string;

  constructor(bench: ConformanceBench) {
    this.bench = bench;
    this.driver = bench.driver;
    this.subject = bench.subject;
  }

  start(token: string = 'conformance/1'): Started {
    const ends: ProcessEnd[] = [];
    const process = this.driver.start(this.subject, token, (end) => ends.push(end));
    return { process, ends };
  }

  async ready(driver: Driver = this.driver): Promise<Boot> {
    const boot = await this.until('it answers as itself', () => driver.identify(this.subject, CALL_MS));
    ok(boot.process.pid > 0, 'a boot names a process');
    return boot;
  }

  async running(token?: string): Promise<Started & { readonly boot: Boot }> {
    const started = this.start(token);
    return { ...started, boot: await this.ready() };
  }

  gone(process: ProcessIdentity): Promise<unknown> {
    return this.until('its end is seen', () => this.driver.state(process) === 'gone' || undefined);
  }

  told(ends: readonly ProcessEnd[]): Promise<unknown> {
    return this.until('its end is told', () => ends[0]);
  }

  /** The first thing that is not undefined. */
  async until<Value>(what: string, look: () => Value | undefined | Promise<Value | undefined>): Promise<Value> {
    const deadline = performance.now() + (this.bench.patienceMs ?? PATIENCE_MS);
    for (;;) {
      const value = await look();
      if (value !== undefined) return value;
      ok(performance.now() < deadline, `${what}, within the patience of the bench`);
      await pause();
    }
  }
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, POLL_MS));

const CHECKS: Readonly<Record<string, (trial: Trial) => Promise<void>>> = {
  'names its subjects, each once and with an address': async ({ driver, subject }) => {
    ok(driver.subjects.includes(subject), 'the tried subject is among them');
    deepStrictEqual(new Set(driver.subjects).size, driver.subjects.length);
    for (const each of driver.subjects) ok(driver.endpoint(each).length > 0, `${each} has an address`);
  },

  'refuses a subject that it does not have': async ({ driver }) => {
    let refusal: unknown;
    try {
      driver.endpoint(NOBODY);
    } catch (error) {
      refusal = error;
    }
    ok(refusal instanceof Error && refusal.message.includes(NOBODY), 'the refusal names the subject');
  },

  'identifies what it has started, by the process that it gave back': async (trial) => {
    const { process, boot, ends } = await trial.running();
    deepStrictEqual(boot.process, process);
    ok(boot.bootId.length > 0, 'a boot has a name');
    ok(trial.driver.state(process) !== 'gone', 'it lives');
    deepStrictEqual((await trial.driver.probe(trial.subject, CALL_MS)).health, 'good');
    deepStrictEqual(ends.length, 0, 'no end is told of what lives');
  },

  'finds what was launched by its token alone, where it can tell': async (trial) => {
    const { process } = await trial.running('conformance/token');
    const found = trial.bench.successor().findLaunched(trial.subject, 'conformance/token');
    if (found !== undefined) deepStrictEqual(found, process);
    deepStrictEqual(trial.driver.findLaunched(trial.subject, 'conformance/another'), undefined);
  },

  'tells the end of a crashed process once, and knows it as gone': async (trial) => {
    const { process, ends } = await trial.running();
    await trial.bench.crash(process);
    await trial.told(ends);
    deepStrictEqual(trial.driver.state(process), 'gone');
    deepStrictEqual(await trial.driver.identify(trial.subject, CALL_MS), undefined);
    ok((await trial.driver.probe(trial.subject, CALL_MS)).health !== 'good', 'nobody says that it is well');
    await pause();
    deepStrictEqual(ends.length, 1, 'an end is told once');
  },

  'gives another life another name': async (trial) => {
    const first = await trial.running('conformance/first');
    await trial.bench.crash(first.process);
    await trial.told(first.ends);
    const second = await trial.running('conformance/second');
    ok(second.boot.bootId !== first.boot.bootId, 'another boot');
    ok(second.process.pid !== first.process.pid || second.process.startTime !== first.process.startTime, 'another process');
    deepStrictEqual(trial.driver.state(first.process), 'gone');
  },

  'answers in time for a subject that hangs, and hears it again when it goes on': async (trial) => {
    const { process, boot } = await trial.running();
    await trial.bench.hang(process);
    await trial.until('its silence is seen', async () => {
      const { health } = await trial.driver.probe(trial.subject, SHORT_CALL_MS);
      return health !== 'good' || undefined;
    });
    ok(trial.driver.state(process) !== 'gone', 'it hangs, and lives');
    deepStrictEqual(await trial.driver.identify(trial.subject, SHORT_CALL_MS).catch(() => undefined), undefined);
    await trial.bench.heal(process);
    deepStrictEqual((await trial.ready()).bootId, boot.bootId);
  },

  'ends a hanging process by force, and answers when the kernel has confirmed it': async (trial) => {
    const { process, ends } = await trial.running();
    await trial.bench.hang(process);
    deepStrictEqual(await trial.driver.fence(trial.subject, process, trial.bench.patienceMs ?? PATIENCE_MS), 'gone');
    deepStrictEqual(trial.driver.state(process), 'gone');
    await trial.told(ends);
    deepStrictEqual(await trial.driver.fence(trial.subject, process, CALL_MS), 'gone', 'a second time changes nothing');
  },

  'ends a process that was asked to, and has nothing to end the second time': async (trial) => {
    const { process, ends } = await trial.running();
    const outcome = await trial.driver.stop(trial.subject, process, trial.bench.patienceMs ?? PATIENCE_MS);
    ok(outcome === 'terminated' || outcome === 'killed', `it is ended: ${outcome}`);
    await trial.gone(process);
    await trial.told(ends);
    deepStrictEqual(await trial.driver.stop(trial.subject, process, CALL_MS), 'already-gone');
  },

  'is followed by a driver that adopts what it finds, and is told of its end once': async (trial) => {
    const { process } = await trial.running();
    const successor = trial.bench.successor();
    const ends: ProcessEnd[] = [];
    const cancelled: ProcessEnd[] = [];
    successor.watch(trial.subject, process, (end) => ends.push(end));
    successor.watch(trial.subject, process, (end) => cancelled.push(end))();
    deepStrictEqual((await trial.ready(successor)).process, process);
    await trial.bench.crash(process);
    await trial.told(ends);
    await pause();
    deepStrictEqual([ends.length, cancelled.length], [1, 0], 'told once, and not to who has let go');
  },

  'never leaves a later life to an order about an earlier one': async (trial) => {
    const first = await trial.running('conformance/first');
    await trial.bench.crash(first.process);
    await trial.told(first.ends);
    const second = await trial.running('conformance/second');
    deepStrictEqual(await trial.driver.fence(trial.subject, first.process, CALL_MS), 'gone');
    deepStrictEqual(await trial.driver.stop(trial.subject, first.process, CALL_MS), 'already-gone');
    ok(trial.driver.state(second.process) !== 'gone', 'the later life goes on');
    deepStrictEqual((await trial.ready()).bootId, second.boot.bootId);
  },

  'answers every question about a subject that is not there': async ({ driver, subject, bench }) => {
    const nobody: ProcessIdentity = { pid: 2 ** 22 + 1, startTime: 1 };
    deepStrictEqual(driver.state(nobody), 'gone');
    deepStrictEqual(driver.effort(nobody), undefined);
    deepStrictEqual(driver.look(nobody), []);
    deepStrictEqual(driver.exitMark(subject), undefined);
    deepStrictEqual(driver.retired(subject), undefined);
    deepStrictEqual(driver.lastWords(subject), undefined);
    deepStrictEqual(await driver.identify(subject, CALL_MS), undefined);
    ok((await driver.probe(subject, CALL_MS)).health !== 'good');
    deepStrictEqual(await bench.successor().identify(subject, CALL_MS), undefined);
  },

  'is consistent in what it may leave out': async ({ driver, subject }) => {
    const actions = driver.actions?.(subject) ?? new Set();
    ok(actions.size === 0 || driver.act !== undefined, 'who names actions carries them out');
    const checks = driver.checks?.(subject);
    ok(checks === undefined || checks.has('identity'), 'every verification asks who runs');
    ok(checks?.has('own') !== true || driver.verify !== undefined, 'who names a verification of its own has one');
    const group = driver.policy?.(subject)?.group;
    ok(group === undefined || group.length > 0, 'a group has a name');
  },

  'refuses an action that it does not know by an answer, not by a rejection': async ({ driver, subject }) => {
    if (driver.act === undefined) return;
    const known = driver.actions?.(subject) ?? new Set();
    const unknown = (['unsafe-recover', 'compact', 'rebuild'] as const).find((action) => !known.has(action));
    if (unknown === undefined) return;
    const { kind } = await driver.act(subject, unknown, ORDER);
    ok(kind === 'nowhere' || kind === 'not-here', `it says that it cannot: ${kind}`);
  },
};

const ORDER: Order = {
  incident: 'conformance',
  step: 0,
  attempt: 1,
  epoch: undefined,
  expiresAt: Number.MAX_SAFE_INTEGER,
  process: undefined,
};
