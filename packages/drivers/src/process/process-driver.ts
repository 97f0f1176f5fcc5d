// Declared components as subjects: N instances of any program, on this machine. Each is a process group of its own that
// outlives whoever started it, and is known by pid, start time and the token in its environment.
//
// Surprising: nothing is asked of the program. One without a probe counts as ready as soon as it lives, and one that a
// new agent finds is adopted without a word from it: the kernel vouches for who it is, a probe only for how it is.
import { existsSync } from 'node:fs';
import type { Millis } from '@reknit/base';
import type {
  Action,
  ActOutcome,
  Answer,
  Boot,
  Check,
  Detectors,
  Driver,
  Effort,
  FenceOutcome,
  Instruments,
  Order,
  Policy,
  Probe,
  ProcessEnd,
  Seen,
  Signal,
  StopOutcome,
  Surroundings,
} from '@reknit/recovery';
import type { ProcessIdentity, ProcessState, Runtime } from '@reknit/runtime';
import { LAUNCH_VARIABLE } from '../node/find-launched.js';
import { lookAt, readEffort } from '../node/proc-look.js';
import { readLastWords } from '../node/traces.js';
import type { ProcessComponent } from './component.js';
import { endByForce, endInOrder } from './end-process.js';
import { Heartbeat, signOfLife, withoutProbe } from './heartbeat.js';
import { type Life, Lives, OWNER_VARIABLE } from './lives.js';
import { endOf, Logs } from './logs.js';
import { type Member, membersOf } from './member.js';
import { MemberActs } from './member-acts.js';
import { signalGroup } from './process-group.js';
import { verifyDeclared } from './verify.js';

export interface ProcessDriverOptions {
  readonly runtime: Runtime;
  readonly components: readonly ProcessComponent[];
  /** Absolute, this agent's own: logs without a path of their own, and where instances were moved to. */
  readonly directory: string;
  readonly instruments: Instruments;
  /** Absent: what the components declare to be detected is not looked at. */
  readonly detectors?: Detectors;
}

export class ProcessDriver implements Driver {
  readonly subjects: readonly string[];
  readonly #runtime: Runtime;
  readonly #instruments: Instruments;
  readonly #detectors: Detectors | undefined;
  readonly #members: ReadonlyMap<string, Member>;
  readonly #lives: Lives;
  readonly #heartbeat: Heartbeat;
  readonly #acts: MemberActs;
  readonly #logs: Logs;

  constructor({ runtime, components, directory, instruments, detectors }: ProcessDriverOptions) {
    this.#runtime = runtime;
    this.#instruments = instruments;
    this.#detectors = detectors;
    this.#members = new Map(components.flatMap((component) => membersOf(component, directory, runtime.clock.wall())));
    this.subjects = [...this.#members.keys()];
    this.#lives = new Lives(runtime.processes, {
      scope: directory,
      subjects: this.subjects,
      onStray: (subject, pid) =>
        runtime.log.log('warn', `${subject} still runs (pid ${pid}), and is declared no more: end it with  kill ${pid}`, {
          subject,
        }),
    });
    this.#heartbeat = new Heartbeat(runtime.clock, instruments);
    this.#acts = new MemberActs(this.#members, instruments, (subject, process, withinMs) =>
      this.fence(subject, process, withinMs),
    );
    this.#logs = new Logs(directory, runtime, () => [...this.#members.values()].map(({ instance }) => instance));
    for (const [subject, { changes }] of this.#members) this.#observe(subject, changes.component);
  }

  endpoint(subject: string): string {
    const { port } = this.#member(subject).instance;
    return port === undefined ? `process:${subject}` : `http://127.0.0.1:${port}`;
  }

  state(process: ProcessIdentity): ProcessState {
    return this.#runtime.processes.state(process);
  }

  start(subject: string, token: string, onEnd: (end: ProcessEnd) => void): ProcessIdentity {
    const member = this.#member(subject);
    const { command, args, env, cwd } = member.instance;
    if (member.changes.component.observe !== undefined)
      throw new Error(`${subject} is only observed: whoever started it starts it again`);
    if (!existsSync(cwd)) throw new Error(`its working directory ${cwd} is not there`);
    const logFile = this.#logs.fileOf(member.instance);
    const from = endOf(logFile);
    const marks = { [LAUNCH_VARIABLE]: token, [OWNER_VARIABLE]: this.#lives.ownerOf(subject) };
    const process = this.#runtime.processes.spawn(
      { command, args, cwd, env: { ...env, ...marks }, logFile },
      ({ code, signal }) => {
        const exit = { ...(code === undefined ? {} : { code }), ...(signal === undefined ? {} : { signal }) };
        this.#ended(subject, process);
        onEnd({ exit, source: 'kernel exit notice' });
      },
    );
    const created = endOf(logFile);
    member.outputFrom = from ?? (created === undefined ? undefined : { ...created, offset: 0 });
    this.#lives.begin(subject, { process, bootId: token });
    this.#heartbeat.forget(subject);
    return process;
  }

  watch(subject: string, process: ProcessIdentity, onEnd: (end: ProcessEnd) => void): () => void {
    this.#lives.adopt(subject, process);
    return this.#runtime.processes.watch(process, () => {
      this.#ended(subject, process);
      onEnd({ exit: undefined, source: 'kernel exit notice' });
    });
  }

  findLaunched(_subject: string, token: string): ProcessIdentity | undefined {
    return this.#lives.launched(token);
  }

  async identify(subject: string, timeoutMs: Millis): Promise<Boot | undefined> {
    const life = this.#lives.current(subject);
    if (life === undefined) return undefined;
    const heartbeat = signOfLife(this.#member(subject).instance.detect);
    if (heartbeat !== undefined) {
      const { outcome } = await this.#instruments.ask(heartbeat.probe, Math.min(timeoutMs, heartbeat.timeoutMs));
      if (outcome !== 'good' || this.#lives.current(subject)?.bootId !== life.bootId) return undefined;
    }
    this.#member(subject).changes.ready();
    this.#detect(subject, life);
    return { process: life.process, bootId: life.bootId, incarnation: subject };
  }

  /** Nobody but the owner of a process can tell who it is. */
  identifyAt(): Promise<Boot | undefined> {
    return Promise.resolve(undefined);
  }

  probe(subject: string, timeoutMs: Millis): Promise<Probe> {
    const life = this.#lives.current(subject);
    const heartbeat = signOfLife(this.#member(subject).instance.detect);
    if (life === undefined) return Promise.resolve(withoutProbe('gone'));
    if (heartbeat === undefined) return Promise.resolve(withoutProbe(this.state(life.process)));
    return this.#heartbeat.ask(subject, heartbeat, timeoutMs);
  }

  exitMark(): undefined {
    return undefined;
  }

  retired(): undefined {
    return undefined;
  }

  lastWords(subject: string): string | undefined {
    return readLastWords(this.#runtime.disk, this.#logs.fileOf(this.#member(subject).instance));
  }

  effort(process: ProcessIdentity): Omit<Effort, 'at'> | undefined {
    return this.state(process) === 'gone' ? undefined : readEffort(process.pid);
  }

  look(process: ProcessIdentity): readonly Seen[] {
    return this.state(process) === 'gone' ? [] : lookAt(process.pid);
  }

  fence(subject: string, process: ProcessIdentity, withinMs: Millis): Promise<FenceOutcome> {
    return this.#untouchable(subject) ?? endByForce(this.#runtime, this.#lives.groupOf(subject, process), withinMs);
  }

  async stop(subject: string, process: ProcessIdentity, graceMs: Millis): Promise<StopOutcome> {
    const { signal, graceMs: ownGraceMs = graceMs } = this.#member(subject).changes.component.stop;
    const group = this.#lives.groupOf(subject, process);
    return this.#untouchable(subject) ?? endInOrder(this.#runtime, group, { signal, graceMs: ownGraceMs });
  }

  actions(subject: string): ReadonlySet<Action> {
    return this.#acts.possible(subject);
  }

  act(subject: string, action: Action, order: Order): Promise<ActOutcome> {
    return this.#acts.carryOut(subject, action, order);
  }

  checks(subject: string): ReadonlySet<Check> {
    const { instance } = this.#member(subject);
    const probe: readonly Check[] = signOfLife(instance.detect) === undefined ? [] : ['probe'];
    const own: readonly Check[] = instance.verify.probes.length === 0 ? [] : ['own'];
    return new Set<Check>(['identity', ...probe, ...own, 'metrics', 'soak']);
  }

  verify(subject: string, timeoutMs: Millis): Promise<Answer> {
    return verifyDeclared(this.#member(subject).instance.verify, this.#instruments, timeoutMs);
  }

  policy(subject: string): Policy {
    return this.#member(subject).changes.component.policy;
  }

  surroundings(subject: string): Partial<Surroundings> {
    return { changedAt: this.#member(subject).changes.changedAt };
  }

  /** What the detectors see of it now, the newest of each. */
  signals(subject: string): readonly Signal[] {
    return this.#detectors?.signals(subject) ?? [];
  }

  /** Lets go of everything; the processes live on. */
  end(): void {
    this.#logs.end();
    for (const subject of this.subjects) this.#detectors?.unwatch(subject);
  }

  #member(subject: string): Member {
    const member = this.#members.get(subject);
    if (member === undefined) throw new Error(`no component has an instance "${subject}" here`);
    return member;
  }

  #observe(subject: string, { observe }: ProcessComponent): void {
    const identity = observe === undefined ? undefined : this.#runtime.processes.identify(observe.pid);
    if (identity !== undefined) this.#lives.adopt(subject, identity);
  }

  /** The last guard of a promise: whatever is decided, what is only observed is not signalled. */
  #untouchable(subject: string): Promise<'still-there'> | undefined {
    return this.#member(subject).changes.component.observe === undefined ? undefined : Promise.resolve('still-there');
  }

  /** From its first good answer on: while it starts, it is excused. */
  #detect(subject: string, { bootId }: Life): void {
    const member = this.#member(subject);
    if (member.watched === bootId || this.#detectors === undefined) return;
    member.watched = bootId;
    const path = this.#logs.fileOf(member.instance);
    this.#detectors.watch(subject, { specs: member.instance.detect, output: { path, from: member.outputFrom ?? 'end' } });
  }

  /** What it had started ends with it, before anything else begins: it may hold the port. */
  #ended(subject: string, process: ProcessIdentity): void {
    if (this.#member(subject).changes.component.observe !== undefined) return;
    signalGroup(this.#runtime.processes, this.#lives.groupOf(subject, process), 'SIGKILL');
    this.#member(subject).watched = undefined;
    this.#detectors?.unwatch(subject);
  }
}
