// One member of a simulated cluster: the store's own code on a simulated machine, through all of its lives. The machine's
// disk and the memory pages stand for what survives; everything else goes with the process.
import { utf8Encode } from '@reknit/base';
import type { ProtocolName } from '@reknit/consensus';
import type { Failure } from '@reknit/grpc';
import { type MemoryPagesHome, memoryPagesHome } from '@reknit/mvcc';
import { DiskError, type Logger, type ProcessExit, type ProcessIdentity, type Runtime } from '@reknit/runtime';
import { type Machine, type PeersSee, type Prng, ProcessEndedError } from '@reknit/runtime/simulated';
import {
  type InitialMember,
  joinCluster,
  type KeyspaceName,
  MEMBER_DEFAULTS,
  type MemberObserver,
  type MemberOptions,
  mustJoin,
  StartError,
  StoreMember,
  servicesOf,
} from '@reknit/store';
import { type Coverage, countingLogger } from './coverage.js';
import type { ClusterPlan } from './plan.js';
import type { SimulatedStream } from './simulated-stream.js';
import { UnaryContext } from './unary-context.js';
import type { Violation } from './violation.js';

/** What a member may answer to a disk that lost or damaged what it held: it stays away, and the others go on without it. */
const DAMAGE_CODES: ReadonlySet<StartError['code']> = new Set([
  'log-damaged',
  'lost-write',
  'data-directory-damaged',
  'data-directory-foreign',
  'cluster-already-initialised',
]);
/** What it may answer to a cluster that has removed it, or has never let it in. */
const REMOVAL_CODES: ReadonlySet<StartError['code']> = new Set([
  'member-removed',
  'not-admitted',
  'cluster-already-initialised',
  'data-directory-foreign',
]);
/** Between two slices of a state's flush to its pages: virtual time for crashes to fall into. */
const PAGE_WRITE_MS = 2;
/** Hours in life: what rots is found within a run. */
const SCRUB_EVERY_MS = 4000;

export interface SimulatedMemberOptions {
  readonly machine: Machine;
  readonly cluster: readonly InitialMember[];
  /** 'existing': it joins a cluster that runs and has announced it. */
  readonly state: 'new' | 'existing';
  readonly plan: ClusterPlan;
  readonly protocol: ProtocolName;
  readonly prng: Prng;
  readonly observer: MemberObserver;
  readonly coverage: Coverage;
  readonly onLife?: (state: 'up' | 'down') => void;
  /** The process ended by itself: legitimate only where the disk was made to fail. */
  readonly onFatal: (violation: Violation) => void;
  readonly log: Logger | undefined;
}

type Life =
  | { readonly kind: 'down' }
  | { readonly kind: 'joining' }
  | {
      readonly kind: 'up';
      readonly runtime: Runtime;
      readonly member: StoreMember;
      readonly services: ReturnType<typeof servicesOf>;
    };

export class SimulatedMember {
  readonly name: string;
  readonly machine: Machine;
  readonly #options: SimulatedMemberOptions;
  readonly #prng: Prng;
  readonly #log: Logger;
  readonly #homes: Map<KeyspaceName, MemoryPagesHome> = new Map();
  /** Of the process that runs or is about to. */
  #runtime: Runtime | undefined;
  #life: Life = { kind: 'down' };
  #open: Set<() => void> = new Set();
  #mourners: Set<(exit: ProcessExit) => void> = new Set();
  /** What its disk was made to do: the member may end itself, or refuse to start, for that reason and for no other. */
  readonly #excused: { failures: boolean; damage: boolean; removal: boolean } = {
    failures: false,
    damage: false,
    removal: false,
  };
  #id: bigint | undefined;
  #lost = false;

  constructor(options: SimulatedMemberOptions) {
    this.name = options.machine.name;
    this.machine = options.machine;
    this.#options = options;
    this.#prng = options.prng;
    this.#log = countingLogger(options.coverage, options.log);
  }

  get state(): Life['kind'] {
    return this.#life.kind;
  }

  get up(): boolean {
    return this.#life.kind === 'up';
  }

  get member(): StoreMember | undefined {
    return this.#life.kind === 'up' ? this.#life.member : undefined;
  }

  /** Of its life now. */
  get process(): ProcessIdentity | undefined {
    return this.#runtime?.processes.self;
  }

  /** At the end of its life now. @returns ends the watch */
  onceEnded(callback: (exit: ProcessExit) => void): () => void {
    this.#mourners.add(callback);
    return () => void this.#mourners.delete(callback);
  }

  get leads(): boolean {
    return this.member?.group('default')?.status.role === 'leader';
  }

  /** Its disk is damaged beyond what the member takes: it is out for the rest of the run. */
  get lost(): boolean {
    return this.#lost;
  }

  start(): void {
    if (this.#life.kind !== 'down' || this.#lost) return;
    this.#options.coverage.starts++;
    const runtime = this.machine.boot({
      log: this.#log,
      onFatal: (reason, cause) => {
        if (!(this.#excused.failures && cause instanceof DiskError)) this.#fatal('fatal error', `${reason}: ${String(cause)}`);
      },
      onEnd: (exit) => this.#ended(exit),
    });
    this.#runtime = runtime;
    this.#options.onLife?.('up');
    const options = this.#memberOptions();
    this.#starting(() => {
      if (mustJoin(runtime, options)) this.#join(runtime, options);
      else this.#begin(runtime, options);
    });
  }

  #join(runtime: Runtime, options: MemberOptions): void {
    this.#life = { kind: 'joining' };
    joinCluster(runtime, options, (error) => {
      if (error === undefined) this.#starting(() => this.#begin(runtime, options));
      else this.#refused(error);
    });
  }

  #begin(runtime: Runtime, options: MemberOptions): void {
    const member = new StoreMember(runtime, options, { ready: () => undefined, failed: (error) => this.#refused(error) });
    this.#id = member.self.id;
    this.#life = { kind: 'up', runtime, member, services: servicesOf(member) };
    member.start((error) => error !== undefined && this.#refused(error));
  }

  #starting(begin: () => void): void {
    try {
      begin();
    } catch (error) {
      if (error instanceof StartError) this.#refused(error);
      else if (this.#excused.failures && error instanceof DiskError) this.#log.log('warn', 'the disk failed at the start', {});
      else if (!(error instanceof ProcessEndedError)) this.#fatal('exception', `at its start: ${String(error)}`);
      this.machine.kill();
    }
  }

  /** As kill -9: what the kernel was handed survives. */
  kill(): void {
    this.machine.kill();
  }

  /** As a loss of power: only what was synced survives. */
  crash(peers: PeersSee = this.#prng.chance(0.5) ? 'silent' : 'ended'): void {
    this.machine.crash(peers);
  }

  /** A new, empty disk takes the place of the one that it had. */
  wipe(): void {
    this.machine.crash();
    this.machine.disk.wipe();
    this.#homes.clear();
  }

  /** From now on its disk may fail it. */
  excuseFailures(): void {
    this.#excused.failures = true;
  }

  /** From now on its disk may have lost, or changed, what it held. */
  excuseDamage(): void {
    this.#excused.damage = true;
  }

  /** From now on it may hear that it is no member, any more or at all. */
  excuseRemoval(): void {
    this.#excused.removal = true;
  }

  /** Of the member in its cluster; undefined before its first start. */
  get id(): bigint | undefined {
    return this.#id;
  }

  /** Whatever a fault has done to it is over. */
  restore(): void {
    this.machine.disk.mend();
    this.machine.resume();
    this.start();
  }

  /** @returns cancels the call; undefined when nothing listens here: the request was certainly not received */
  call(
    path: string,
    request: Uint8Array,
    keyspace: string,
    answer: (response: Uint8Array | Failure) => void,
    reset: () => void,
  ): (() => void) | undefined {
    const life = this.#life;
    if (life.kind !== 'up') return undefined;
    const method = life.services.get(path);
    if (method?.kind !== 'unary') throw new Error(`no unary method ${path}`);
    this.#open.add(reset);
    const context = new UnaryContext(keyspace);
    const settle = (response: Uint8Array | Failure): void => {
      if (this.#open.delete(reset)) answer(response);
    };
    this.machine.arrive(() => method.handle(request, context, { ok: settle, fail: settle }));
    return () => {
      if (this.#open.delete(reset)) this.machine.arrive(() => context.cancel());
    };
  }

  /** A stream that has arrived here; it breaks when the process ends. */
  accept(path: string, stream: SimulatedStream): void {
    const life = this.#life;
    if (life.kind !== 'up') return stream.reset();
    const method = life.services.get(path);
    if (method?.kind !== 'bidirectional') throw new Error(`no bidirectional method ${path}`);
    this.#open.add(() => stream.reset());
    this.machine.arrive(() => stream.begin(method.handle));
  }

  #refused(error: StartError): void {
    if (this.#excused.failures && error.code === 'data-directory-unusable') return;
    const damaged = this.#excused.damage && DAMAGE_CODES.has(error.code);
    if (damaged || (this.#excused.removal && REMOVAL_CODES.has(error.code))) {
      this.#lost = true;
      this.#log.log('warn', 'a member is out', { cause: error.message });
      return this.machine.kill();
    }
    this.#fatal('refused start', `${error.code}: ${error.message}`);
  }

  #fatal(rule: Violation['rule'], detail: string): void {
    this.#options.onFatal({ rule, detail: `${this.name}: ${detail}` });
  }

  #memberOptions(): MemberOptions {
    return {
      ...MEMBER_DEFAULTS,
      ...this.#options.plan,
      name: this.name,
      // The flag says something at the genesis only.
      ...(this.#options.state === 'new' ? { protocol: this.#options.protocol } : {}),
      dataDirectory: '/data',
      initialCluster: this.#options.cluster,
      initialClusterState: this.#options.state,
      secret: utf8Encode('the secret of the simulation'),
      listenPeers: [`${this.name}:2380`],
      advertiseClientUrls: [`http://${this.name}:2379`],
      observer: this.#options.observer,
      scrubEvery: SCRUB_EVERY_MS,
      pagesHome: (keyspace) => this.#home(keyspace),
    };
  }

  #home(keyspace: KeyspaceName): MemoryPagesHome {
    const known = this.#homes.get(keyspace);
    if (known !== undefined) return known;
    const home = memoryPagesHome({
      schedule: (run) => {
        this.#options.coverage.pageWrites++;
        this.#runtime?.clock.after(PAGE_WRITE_MS, run);
      },
    });
    this.#homes.set(keyspace, home);
    return home;
  }

  #ended(exit: ProcessExit): void {
    this.#life = { kind: 'down' };
    this.#runtime = undefined;
    this.#options.onLife?.('down');
    for (const home of this.#homes.values()) home.crash((writes) => this.#prng.below(writes.length + 1));
    const open = this.#open;
    this.#open = new Set();
    for (const reset of open) reset();
    const mourners = this.#mourners;
    this.#mourners = new Set();
    for (const told of mourners) told(exit);
  }
}
