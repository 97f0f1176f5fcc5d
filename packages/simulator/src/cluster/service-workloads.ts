// Everything that clients do in a run beside reading and writing registers: watches, leases, locks, compactions, as the plan
// has drawn them; and the verdict on what they saw, against the model of what was decided.
import type { Millis } from '@reknit/base';
import { createCompactionRequest, encodeCompactionRequest } from '@reknit/etcd-api';
import type { Prng, World } from '@reknit/runtime/simulated';
import { checkLeases } from '../checkers/lease-safety.js';
import { checkLists } from '../checkers/list-order.js';
import { checkExclusion, checkFencing } from '../checkers/lock-exclusion.js';
import { checkTransactions } from '../checkers/transaction-order.js';
import { checkWatch } from '../checkers/watch-guarantees.js';
import { LeaseLog } from '../history/lease-log.js';
import { ListLog } from '../history/list-log.js';
import { TransactionLog } from '../history/transaction-log.js';
import type { KeySpaceModel } from '../model/key-space-model.js';
import { around, type ClientWorld } from '../workloads/channel.js';
import { LeaseWorkload } from '../workloads/lease-workload.js';
import { ListWorkload } from '../workloads/list-workload.js';
import { guardedKey, LockWorkload, tokenOf } from '../workloads/lock-workload.js';
import { sumOf, TransactionWorkload } from '../workloads/transaction-workload.js';
import { type WatchClient, WatchWorkload } from '../workloads/watch-workload.js';
import type { Coverage } from './coverage.js';
import type { LoadPlan } from './plan.js';
import { SimulatedChannel } from './simulated-channel.js';
import type { SimulatedMember } from './simulated-member.js';
import type { Violation } from './violation.js';

export interface ServiceWorkloadsOptions {
  readonly world: World;
  readonly prng: Prng;
  readonly members: readonly SimulatedMember[];
  readonly model: KeySpaceModel;
  readonly load: LoadPlan;
  /** The registers' keys, which watchers look at, and the prefix that they have in common. */
  readonly keys: readonly string[];
  readonly prefix: string;
  /** Of the members' clocks. */
  readonly fastestClock: number;
  readonly violate: (rule: Violation['rule'], detail: string) => void;
}

const LOCKS = ['lock-0', 'lock-1'];
const LISTS = ['list-0', 'list-1'];
const ACCOUNTS = ['account-0', 'account-1', 'account-2', 'account-3'];
const WATCHES_PER_STREAM_MAX = 3;
/** Revisions that a compaction leaves; mostly far fewer, so that it overtakes whoever was away. */
const KEPT_REVISIONS_MAX = 300;
/** Each rule is shown by so many of its violations at most. */
const SHOWN_MAX = 3;

export class ServiceWorkloads {
  readonly #options: ServiceWorkloadsOptions;
  readonly #log: LeaseLog = new LeaseLog();
  readonly #watches: WatchWorkload;
  readonly #leases: LeaseWorkload;
  readonly #locks: LockWorkload;
  readonly #listLog: ListLog = new ListLog();
  readonly #lists: ListWorkload;
  readonly #transactionLog: TransactionLog = new TransactionLog();
  readonly #transactions: TransactionWorkload;
  #compacting = false;

  constructor(options: ServiceWorkloadsOptions) {
    this.#options = options;
    const { keys, prefix, load, fastestClock, violate } = options;
    this.#watches = new WatchWorkload({
      clients: this.#clients('watch', load.watchStreams),
      keys: [...keys, ...LOCKS.map(guardedKey)],
      prefix,
      watchesPerStreamMax: WATCHES_PER_STREAM_MAX,
      onProtocolError: (reason) => violate('watch: true', reason),
    });
    this.#leases = new LeaseWorkload(
      this.#clients('lease', load.leaseClients).map((client, at) => ({
        ...client,
        other: this.#channel(`lease other ${at}`, at + 1),
        prefix: `leased-${at}-`,
      })),
    );
    this.#locks = new LockWorkload({
      clients: this.#clients('lock', load.lockClients),
      locks: LOCKS,
      fastestClock,
      onViolation: (rule, reason) => violate(`lock: ${rule}`, reason),
    });
    this.#lists = new ListWorkload(this.#clients('list', load.listClients), LISTS, this.#listLog);
    this.#transactions = new TransactionWorkload(
      this.#clients('transaction', load.transactionClients),
      ACCOUNTS,
      this.#transactionLog,
    );
  }

  start(): void {
    this.#watches.start();
    this.#leases.start();
    this.#locks.start();
    this.#lists.start();
    this.#transactions.start();
    this.#compacting = this.#options.load.compactEveryMs > 0;
    if (this.#compacting) this.#compactLater(this.#clients('compact', 1)[0]!);
  }

  /** Leases are left to themselves, watchers come to the end. */
  stop(): void {
    this.#compacting = false;
    this.#leases.stop();
    this.#locks.stop();
    this.#lists.stop();
    this.#transactions.stop();
    this.#watches.settle();
  }

  /** Nobody's lease is left, and every watcher has seen all that happened. */
  get settled(): boolean {
    const { model } = this.#options;
    return model.leases.size === 0 && this.#watches.isThrough(model.history.last);
  }

  judge(coverage: Coverage): void {
    this.#judgeWatches(coverage);
    this.#judgeLeases(coverage);
    this.#judgeLocks(coverage);
    this.#judgeLists(coverage);
    this.#judgeTransactions(coverage);
  }

  #judgeWatches(coverage: Coverage): void {
    const { model, violate } = this.#options;
    for (const log of this.#watches.logs) {
      const { violation, events, marks } = checkWatch(log, model.history, model.history.last);
      coverage.watchEvents += events;
      coverage.watchMarks += marks;
      coverage.watchCuts += log.steps.filter(({ kind }) => kind === 'cut').length;
      coverage.watchFragments += log.steps.filter((step) => step.kind === 'events' && step.more).length;
      coverage.watchesCompacted += log.steps.filter(({ kind }) => kind === 'compacted').length;
      if (violation !== undefined) violate(`watch: ${violation.rule}`, violation.reason);
    }
    if (!this.#watches.isThrough(model.history.last))
      violate('watch: reliable', `not every watcher was told that it has seen revision ${model.history.last}`);
  }

  #judgeLeases(coverage: Coverage): void {
    const { model, fastestClock, violate } = this.#options;
    for (const { id, proofs, revokeSent } of this.#log.records) {
      coverage.leasesGranted++;
      coverage.keepAlives += proofs.length - 1;
      if (revokeSent === undefined && model.removals.has(id)) coverage.leasesExpired++;
    }
    const world = { removals: model.removals, remaining: model.leases.keys(), fastestClock };
    for (const { rule, reason } of checkLeases(this.#log.records, world).slice(0, SHOWN_MAX)) violate(`lease: ${rule}`, reason);
  }

  #judgeLocks(coverage: Coverage): void {
    const { model, violate } = this.#options;
    coverage.locksHeld += this.#locks.holdings.length;
    coverage.fencedWrites += this.#locks.fencedWrites;
    coverage.fencedOff += this.#locks.fencedOff;
    const broken = [
      ...checkExclusion(this.#locks.holdings),
      ...checkFencing(model.history, new Set(LOCKS.map(guardedKey)), tokenOf),
    ];
    for (const { rule, reason } of broken.slice(0, SHOWN_MAX)) violate(`lock: ${rule}`, reason);
  }

  #judgeLists(coverage: Coverage): void {
    const { operations } = this.#listLog;
    coverage.listOperations += operations.length;
    const violation = checkLists(operations);
    if (violation !== undefined) this.#options.violate(`list: ${violation.rule}`, violation.reason);
  }

  #judgeTransactions(coverage: Coverage): void {
    const { operations } = this.#transactionLog;
    coverage.transactions += operations.length;
    const violation = checkTransactions(operations);
    if (violation !== undefined) this.#options.violate(`transaction: ${violation.rule}`, violation.reason);
    const uneven = operations.find(({ writes, outcome }) => writes.length === 0 && outcome && sumOf(outcome.seen) !== 0);
    if (uneven !== undefined)
      this.#options.violate('transaction: atomic', `the accounts together held ${sumOf(uneven.outcome!.seen)}, and not 0`);
  }

  #compactLater(client: WatchClient): void {
    const { load, model } = this.#options;
    client.clock.after(around(client, load.compactEveryMs), () => {
      if (!this.#compacting) return;
      const share = client.random();
      const revision = model.history.last - Math.floor(share * share * share * KEPT_REVISIONS_MAX);
      const request = encodeCompactionRequest(createCompactionRequest({ revision }));
      if (revision > 0) client.channel.call('/etcdserverpb.KV/Compact', request, () => client.channel.move());
      this.#compactLater(client);
    });
  }

  #clients(kind: string, count: number) {
    return Array.from({ length: count }, (_, at) => this.#client(`${kind} ${at}`, at));
  }

  #client(name: string, first: number) {
    const { world, prng } = this.#options;
    const own = prng.fork(name);
    const clock: ClientWorld['clock'] = {
      now: () => world.now,
      after: (delay: Millis, callback: () => void) => {
        let live = true;
        world.after(delay, () => live && callback());
        return { cancel: () => void (live = false) };
      },
    };
    return { clock, random: () => own.next(), channel: this.#channel(`${name} channel`, first), log: this.#log };
  }

  #channel(name: string, first: number): SimulatedChannel {
    const { world, prng, members } = this.#options;
    return new SimulatedChannel({ world, prng: prng.fork(name), members, first, keyspace: 'default' });
  }
}
