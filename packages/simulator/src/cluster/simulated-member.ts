// One member of a simulated cluster: the store's own code on a simulated machine, through all of its lives. The machine's
// disk and the memory pages stand for what survives; everything else goes with the process.
import { utf8Encode } from '@reknit/base';
import type { CallContext, Failure } from '@reknit/grpc';
import { type MemoryPagesHome, memoryPagesHome } from '@reknit/mvcc';
import type { Logger, Runtime } from '@reknit/runtime';
import type { Machine, Prng } from '@reknit/runtime/simulated';
import {
  type InitialMember,
  type KeyspaceName,
  MEMBER_DEFAULTS,
  type MemberObserver,
  StoreMember,
  servicesOf,
} from '@reknit/store';

/** Between two slices of a state's flush to its pages: virtual time for crashes to fall into. */
const PAGE_WRITE_MS = 2;
/** Small, so that segments roll and are removed within a short run. */
const SEGMENT_BYTES = 256 * 1024;

export interface MemberReports {
  /** The process ended by itself: legitimate only where the disk was made to fail. */
  fatal(node: string, reason: string): void;
}

type Life =
  | { readonly kind: 'down' }
  | {
      readonly kind: 'up';
      readonly runtime: Runtime;
      readonly member: StoreMember;
      readonly services: ReturnType<typeof servicesOf>;
    };

export class SimulatedMember {
  readonly name: string;
  readonly machine: Machine;
  readonly #cluster: readonly InitialMember[];
  readonly #prng: Prng;
  readonly #observer: MemberObserver;
  readonly #reports: MemberReports;
  readonly #log: Logger | undefined;
  readonly #homes: Map<KeyspaceName, MemoryPagesHome> = new Map();
  /** Of the process that runs or is about to. */
  #runtime: Runtime | undefined;
  #life: Life = { kind: 'down' };
  #open: Set<() => void> = new Set();

  constructor(
    machine: Machine,
    cluster: readonly InitialMember[],
    prng: Prng,
    observer: MemberObserver,
    reports: MemberReports,
    log: Logger | undefined,
  ) {
    this.name = machine.name;
    this.machine = machine;
    this.#cluster = cluster;
    this.#prng = prng;
    this.#observer = observer;
    this.#reports = reports;
    this.#log = log;
  }

  get up(): boolean {
    return this.#life.kind === 'up';
  }

  get member(): StoreMember | undefined {
    return this.#life.kind === 'up' ? this.#life.member : undefined;
  }

  start(): void {
    if (this.#life.kind === 'up') return;
    const runtime = this.machine.boot({
      ...(this.#log === undefined ? {} : { log: this.#log }),
      onFatal: (reason, cause) => this.#reports.fatal(this.name, `${reason}: ${String(cause)}`),
      onEnd: () => this.#ended(),
    });
    this.#runtime = runtime;
    try {
      const member = this.#createMember(runtime);
      this.#life = { kind: 'up', runtime, member, services: servicesOf(member) };
      member.start((error) => error !== undefined && this.#reports.fatal(this.name, error.message));
    } catch (error) {
      this.#reports.fatal(this.name, `cannot start: ${String(error)}`);
      this.machine.kill();
    }
  }

  /** As kill -9: what the kernel was handed survives. */
  kill(): void {
    this.machine.kill();
  }

  /** As a loss of power: only what was synced survives. */
  crash(): void {
    this.machine.crash(this.#prng.chance(0.5) ? 'silent' : 'ended');
  }

  /** @returns false when nothing listens here: the request was certainly not received */
  call(
    path: string,
    request: Uint8Array,
    keyspace: string,
    answer: (response: Uint8Array | Failure) => void,
    reset: () => void,
  ): boolean {
    const life = this.#life;
    if (life.kind === 'down') return false;
    const method = life.services.get(path);
    if (method?.kind !== 'unary') throw new Error(`no unary method ${path}`);
    this.#open.add(reset);
    const settle = (response: Uint8Array | Failure): void => {
      if (this.#open.delete(reset)) answer(response);
    };
    life.runtime.clock.after(0, () => method.handle(request, contextOf(keyspace), { ok: settle, fail: settle }));
    return true;
  }

  #createMember(runtime: Runtime): StoreMember {
    return new StoreMember(
      runtime,
      {
        ...MEMBER_DEFAULTS,
        name: this.name,
        dataDirectory: '/data',
        initialCluster: this.#cluster,
        secret: utf8Encode('the secret of the simulation'),
        listenPeers: [`${this.name}:2380`],
        advertiseClientUrls: [`http://${this.name}:2379`],
        snapshotCount: 400,
        catchupEntries: 50,
        segmentBytes: SEGMENT_BYTES,
        observer: this.#observer,
        pagesHome: (keyspace) => this.#home(keyspace),
      },
      { ready: () => undefined, failed: (error) => this.#reports.fatal(this.name, error.message) },
    );
  }

  #home(keyspace: KeyspaceName): MemoryPagesHome {
    const known = this.#homes.get(keyspace);
    if (known !== undefined) return known;
    const home = memoryPagesHome({
      schedule: (run) => {
        this.#runtime?.clock.after(PAGE_WRITE_MS, run);
      },
    });
    this.#homes.set(keyspace, home);
    return home;
  }

  #ended(): void {
    this.#life = { kind: 'down' };
    this.#runtime = undefined;
    for (const home of this.#homes.values()) home.crash((writes) => this.#prng.below(writes.length + 1));
    const open = this.#open;
    this.#open = new Set();
    for (const reset of open) reset();
  }
}

const contextOf = (keyspace: string): CallContext => ({
  metadata: (name) => (name === 'reknit-keyspace' ? keyspace : undefined),
  authority: '',
  timeout: undefined,
  peer: 'simulated',
  open: true,
  onCancel: () => undefined,
});
