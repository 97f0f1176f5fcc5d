// Whole members on simulated machines, driven from outside in virtual time: start, call the API in its real bytes, break
// things, look. The same seed gives the same run.
import { utf8Encode } from '@reknit/base';
import type { CallContext, Failure, HttpResponse } from '@reknit/grpc';
import { type MemoryPagesHome, memoryPagesHome } from '@reknit/mvcc';
import type { Logger, Runtime } from '@reknit/runtime';
import { createWorld, type Machine, type World, type WorldOptions } from '@reknit/runtime/simulated';
import {
  carryOutRecovery,
  httpHandler,
  joinCluster,
  type KeyspaceName,
  MEMBER_DEFAULTS,
  type MemberOptions,
  memberKey,
  mustJoin,
  type ProtocolName,
  StoreMember,
  servicesOf,
} from '../../src/index.js';

export { memberKey };

export const SECRET = utf8Encode('the secret of the tests');

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What became of a call: nothing yet, a response, or a failure. */
export class Answer {
  response: Uint8Array | undefined;
  failure: Failure | undefined;
  /** How often it was answered: more than once is a defect of the server. */
  count = 0;

  get settled(): boolean {
    return this.count > 0;
  }
}

export interface CallOptions {
  readonly metadata?: Readonly<Record<string, string>>;
  /** The client goes away when it turns false. */
  readonly open?: () => boolean;
}

/** With these the others no longer speak to it. */
const ENDS: ReadonlySet<string> = new Set(['member-removed', 'lost-write', 'unsafe-recovery']);

export class TestMember {
  readonly name: string;
  readonly machine: Machine;
  /** Reasons why the process ended by itself or could not start. */
  readonly failures: string[] = [];
  readonly lines: LogLine[] = [];
  ready = false;
  #options: MemberOptions;
  #homes = new Map<KeyspaceName, MemoryPagesHome>();
  #life: { readonly runtime: Runtime; readonly member: StoreMember } | undefined;
  /** Of the process that runs, or is about to. */
  #runtime: Runtime | undefined;

  constructor(machine: Machine, options: Partial<MemberOptions> & Pick<MemberOptions, 'initialCluster'>) {
    this.name = machine.name;
    this.machine = machine;
    this.#options = {
      ...MEMBER_DEFAULTS,
      name: this.name,
      dataDirectory: '/data',
      secret: SECRET,
      listenPeers: [`${this.name}:2380`],
      advertiseClientUrls: [`http://${this.name}:2379`],
      segmentBytes: 256 * 1024,
      pagesHome: (keyspace) => this.#home(keyspace),
      ...options,
    };
  }

  get member(): StoreMember {
    if (this.#life === undefined) throw new Error(`${this.name} is down`);
    return this.#life.member;
  }

  get up(): boolean {
    return this.#life !== undefined;
  }

  start(change: Partial<MemberOptions> = {}): this {
    this.#options = { ...this.#options, ...change };
    this.ready = false;
    const log: Logger = { log: (level, message, fields = {}) => void this.lines.push({ level, message, fields }) };
    const runtime = this.machine.boot({
      log,
      onFatal: (reason, cause) => void this.failures.push(`${reason}: ${String(cause)}`),
      onEnd: () => {
        this.#life = undefined;
        this.#runtime = undefined;
        for (const home of this.#homes.values()) home.crash((writes) => writes.length);
      },
    });
    this.#runtime = runtime;
    carryOutRecovery(runtime, this.#options, (error) => (error === undefined ? this.#begin(runtime) : this.#fail(error)));
    return this;
  }

  #begin(runtime: Runtime): void {
    if (!mustJoin(runtime, this.#options)) this.#create(runtime);
    else joinCluster(runtime, this.#options, (error) => (error === undefined ? this.#create(runtime) : this.#fail(error)));
  }

  /** A new, empty disk under the same name. */
  wipe(): void {
    this.#homes = new Map();
    this.#options = { ...this.#options, dataDirectory: `${this.#options.dataDirectory}-again` };
  }

  call(path: string, request: Uint8Array, options: CallOptions = {}): Answer {
    const answer = new Answer();
    const method = servicesOf(this.member).get(path);
    if (method?.kind !== 'unary') throw new Error(`no unary method ${path}`);
    method.handle(request, contextOf(options), {
      ok: (response) => {
        answer.count++;
        answer.response = response;
      },
      fail: (failure) => {
        answer.count++;
        answer.failure = failure;
      },
    });
    return answer;
  }

  get(path: string, metrics: () => Promise<{ contentType: string; text: string }> = noMetrics): { response?: HttpResponse } {
    const answer: { response?: HttpResponse } = {};
    httpHandler(this.member, metrics)({ method: 'GET', path, headers: {}, body: new Uint8Array(0) }, (response) => {
      answer.response = response;
    });
    return answer;
  }

  /** As a disk that rots: this text, in every stored record that holds it. */
  changeStored(keyspace: KeyspaceName, text: string): void {
    const view = this.#home(keyspace).openCurrent().view();
    for (const [, record] of view.range('records', {})) {
      const at = Buffer.from(record).indexOf(text);
      if (at >= 0) record[at]! ^= 1;
    }
    view.close();
  }

  post(path: string, body: unknown): HttpResponse {
    const answers: HttpResponse[] = [];
    const request = { method: 'POST', path, headers: {}, body: utf8Encode(JSON.stringify(body)) };
    httpHandler(this.member, noMetrics)(request, (response) => void answers.push(response));
    return answers[0]!;
  }

  #create(runtime: Runtime): void {
    try {
      const member = new StoreMember(runtime, this.#options, {
        ready: () => {
          this.ready = true;
        },
        // The host ends the process; most tests look at what a member that cannot go on still does.
        failed: (error) => (ENDS.has(error.code) ? this.#fail(error) : void this.failures.push(error.message)),
      });
      this.#life = { runtime, member };
      member.start((error) => error !== undefined && this.failures.push(error.message));
    } catch (error) {
      this.#fail(error);
    }
  }

  /** As a process that ends with this error. */
  #fail(error: unknown): void {
    this.failures.push(error instanceof Error ? error.message : String(error));
    this.machine.kill();
  }

  #home(keyspace: KeyspaceName): MemoryPagesHome {
    const known = this.#homes.get(keyspace);
    if (known !== undefined) return known;
    const home = memoryPagesHome({ schedule: (run) => void this.#runtime?.clock.after(2, run) });
    this.#homes.set(keyspace, home);
    return home;
  }
}

export class TestCluster {
  /** Of clusters that are told nothing else; undefined: the default. */
  static protocol: ProtocolName | undefined = undefined;

  readonly world: World;
  readonly members: TestMember[];

  constructor(size: number, options: Partial<MemberOptions> = {}, world: Partial<WorldOptions> = {}) {
    this.world = createWorld({ seed: 1, ...world });
    const names = Array.from({ length: size }, (_, at) => `n${at + 1}`);
    const initialCluster = names.map((name) => ({ name, peerUrls: [`http://${name}:2380`] }));
    const { protocol } = TestCluster;
    const shared = { initialCluster, ...(protocol === undefined ? {} : { protocol }), ...options };
    this.members = names.map((name) => new TestMember(this.world.machine(name), shared));
  }

  /** A member that joins, once it was announced; not started yet. */
  newcomer(name: string, options: Partial<MemberOptions> = {}): TestMember {
    const initialCluster = [...this.members.map((member) => member.name), name].map((each) => ({
      name: each,
      peerUrls: [`http://${each}:2380`],
    }));
    const joining = { initialCluster, initialClusterState: 'existing', ...options } as const;
    const member = new TestMember(this.world.machine(name), joining);
    this.members.push(member);
    return member;
  }

  /** All up and ready. */
  started(): this {
    for (const member of this.members) member.start();
    this.until(() => this.members.every((member) => member.ready), 'all members are ready');
    return this;
  }

  /** Virtual time passes until it holds. */
  until(condition: () => boolean, what: string, within = 20_000): void {
    const end = this.world.now + within;
    while (!condition()) {
      if (this.world.now >= end) throw new Error(`not within ${within} ms: ${what}; ${this.#failures()}`);
      this.world.run(this.world.now + 1);
    }
  }

  run(milliseconds: number): void {
    this.world.run(this.world.now + milliseconds);
  }

  settle(answer: Answer, within = 20_000): Answer {
    this.until(() => answer.settled, 'a call is answered', within);
    return answer;
  }

  leader(keyspace: KeyspaceName = 'default'): TestMember {
    const found = this.members.find((each) => each.up && each.member.group(keyspace)?.status.role === 'leader');
    if (found === undefined) throw new Error('no leader');
    return found;
  }

  leads(name: string, keyspace: KeyspaceName): boolean {
    return this.members.some((each) => each.name === name && each.up && each.member.group(keyspace)?.status.role === 'leader');
  }

  follower(keyspace: KeyspaceName = 'default'): TestMember {
    const found = this.members.find((each) => each.up && each.member.group(keyspace)?.status.role === 'follower');
    if (found === undefined) throw new Error('no follower');
    return found;
  }

  #failures(): string {
    return this.members.map(({ name, failures }) => `${name}: ${failures.join(', ')}`).join('; ');
  }
}

const contextOf = ({ metadata = {}, open = () => true }: CallOptions): CallContext => ({
  metadata: (name) => metadata[name],
  authority: '',
  timeout: undefined,
  peer: 'test',
  get open() {
    return open();
  },
  onCancel: () => undefined,
});

const noMetrics = (): Promise<never> => Promise.reject(new Error('no metrics here'));
