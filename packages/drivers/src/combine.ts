// Several drivers as one: each subject is in the care of the driver that names it. What is asked of a process without
// saying whose it is, is asked of all until one knows.
import { assert } from '@reknit/base';
import type { Answer, Check, Driver, Signal } from '@reknit/recovery';

/** What a driver means that does not say which checks make sense for its subjects. A table, so that none is forgotten. */
const CHECKS: Readonly<Record<Check, true>> = {
  identity: true,
  canary: true,
  lag: true,
  redundancy: true,
  hash: true,
  probe: true,
  own: true,
  metrics: true,
  soak: true,
};
// The table has the names of all checks and no others.
const ALL_CHECKS: ReadonlySet<Check> = new Set(Object.keys(CHECKS) as Check[]);
const NOTHING_DECLARED: Answer = { kind: 'good', detail: 'it declares no verification of its own' };

/** Who sees subjects from elsewhere: their votes stand beside what the drivers' own detectors say. */
export interface Witnesses {
  signals(subject: string): readonly Signal[];
  /** None of them is heard. */
  readonly isAlone: boolean;
}

/** A subject that two of them claim is a mistake of whoever configured them: asserted. */
export function combineDrivers(drivers: readonly Driver[], witnesses?: Witnesses): Driver {
  const owners = ownersOf(drivers);
  const of = (subject: string): Driver => {
    const owner = owners.get(subject);
    if (owner === undefined) throw new Error(`nobody here looks after "${subject}"`);
    return owner;
  };
  const [only, second] = drivers;
  if (only !== undefined && second === undefined && witnesses === undefined) return only;
  return {
    subjects: [...owners.keys()],
    endpoint: (subject) => of(subject).endpoint(subject),
    state: (process) => firstOf(drivers, (driver) => unlessGone(driver.state(process))) ?? 'gone',
    start: (subject, token, onEnd) => of(subject).start(subject, token, onEnd),
    watch: (subject, process, onEnd) => of(subject).watch(subject, process, onEnd),
    findLaunched: (subject, token) => of(subject).findLaunched(subject, token),
    identify: (subject, timeoutMs) => of(subject).identify(subject, timeoutMs),
    identifyAt: async (subject, endpoint, timeoutMs) => {
      const answers = await Promise.all(drivers.map((driver) => driver.identifyAt(subject, endpoint, timeoutMs)));
      return answers.find((boot) => boot !== undefined);
    },
    probe: (subject, timeoutMs) => of(subject).probe(subject, timeoutMs),
    exitMark: (subject) => of(subject).exitMark(subject),
    retired: (subject) => of(subject).retired(subject),
    lastWords: (subject) => of(subject).lastWords(subject),
    effort: (process) => firstOf(drivers, (driver) => driver.effort(process)),
    look: (process) => firstOf(drivers, (driver) => unlessEmpty(driver.look(process))) ?? [],
    fence: (subject, process, withinMs) => of(subject).fence(subject, process, withinMs),
    stop: (subject, process, graceMs) => of(subject).stop(subject, process, graceMs),
    actions: (subject) => of(subject).actions?.(subject) ?? new Set(),
    act: async (subject, action, order) =>
      (await of(subject).act?.(subject, action, order)) ?? { kind: 'nowhere', detail: `${subject} knows no ${action}` },
    checks: (subject) => of(subject).checks?.(subject) ?? ALL_CHECKS,
    verify: async (subject, timeoutMs) => (await of(subject).verify?.(subject, timeoutMs)) ?? NOTHING_DECLARED,
    policy: (subject) => of(subject).policy?.(subject),
    signals: (subject) => [...(of(subject).signals?.(subject) ?? []), ...(witnesses?.signals(subject) ?? [])],
    surroundings: (subject) => ({
      ...of(subject).surroundings?.(subject),
      ...(witnesses === undefined ? {} : { isAlone: witnesses.isAlone }),
    }),
  };
}

function ownersOf(drivers: readonly Driver[]): ReadonlyMap<string, Driver> {
  const owners = new Map<string, Driver>();
  for (const driver of drivers) {
    for (const subject of driver.subjects) {
      assert(!owners.has(subject), 'a subject is in the care of one driver', () => subject);
      owners.set(subject, driver);
    }
  }
  return owners;
}

function firstOf<Value>(drivers: readonly Driver[], ask: (driver: Driver) => Value | undefined): Value | undefined {
  for (const driver of drivers) {
    const value = ask(driver);
    if (value !== undefined) return value;
  }
  return undefined;
}

const unlessGone = <State extends string>(state: State): State | undefined => (state === 'gone' ? undefined : state);
const unlessEmpty = <Item>(items: readonly Item[]): readonly Item[] | undefined => (items.length === 0 ? undefined : items);
