// Reads all that a member has stored, slowly, so that rot is found while others still hold what it took: log entries against
// their checksums, then records and index entries of the state. A few steps a second, each below a millisecond, whatever the size.
//
// What rots in the log heals by itself: entries that the state has are left behind, others are had from peers when they are
// needed. Rot in the state is reported, and never returned to a reader; whoever has it leads nothing. Its cure is a rebuild from peers.
import type { Millis } from '@reknit/base';
import type { Job, KeySpace } from '@reknit/mvcc';
import type { Group } from '../group/group.js';
import type { StoreMember } from '../member.js';
import { DEFAULT_SCRUB_EVERY } from '../options.js';
import { describeDamage } from './signals.js';

/** Of the log in one step. */
const LOG_BYTES = 256 * 1024;
/** Damage that was found anyhow is looked after this often. */
const PASS_EVERY: Millis = 1000;
/** Whoever looks once in ten seconds must meet it. */
const TOLD_FOR: Millis = 30_000;
/** A disk that is worse needs no longer list. */
const FOUND_MAX = 16;

type ScrubResult = NonNullable<ReturnType<ReturnType<KeySpace['scrubJob']>['step']>>;

/** One group after the other: first its log, then its state. */
type Work =
  | { readonly kind: 'log'; readonly group: Group; from: number }
  | { readonly kind: 'state'; readonly group: Group; readonly job: Job<ScrubResult> };

export class Scrubber {
  readonly #member: StoreMember;
  readonly #found = new Set<string>();
  /** In the log, and until when it is told. */
  readonly #inLog = new Map<string, Millis>();
  #work: Work[] = [];
  #beginAt: Millis | undefined;
  #passAt: Millis = 0;
  #rounds = 0;

  constructor(member: StoreMember) {
    this.#member = member;
  }

  /** In the state since the start, in the log of late: what heals within moments must be seen, too. */
  get found(): readonly string[] {
    const now = this.#member.runtime.clock.now();
    return [...this.#found, ...[...this.#inLog].filter(([, until]) => until > now).map(([detail]) => detail)];
  }

  /** What is told of the log's damage now. */
  get inLog(): readonly string[] {
    return [...this.#inLog.keys()];
  }

  noteInLog(detail: string): void {
    const known = this.#inLog.has(detail);
    if (known || this.#inLog.size < FOUND_MAX) this.#inLog.set(detail, this.#member.runtime.clock.now() + TOLD_FOR);
  }

  /** All that is stored was read so often. */
  get rounds(): number {
    return this.#rounds;
  }

  /** A read met it. */
  note(damage: string): void {
    if (this.#found.size < FOUND_MAX) this.#found.add(damage);
  }

  /** Some ten times a second. */
  tick(now: Millis): void {
    const { options, started } = this.#member;
    if (!started) return;
    const every = options.scrubEvery ?? DEFAULT_SCRUB_EVERY;
    this.#beginAt ??= now + every;
    if (now >= this.#passAt) {
      this.#passAt = now + PASS_EVERY;
      for (const group of this.#member.groups) this.#passDamage(group);
      if (this.#found.size > 0) this.#leadNothing();
    }
    if (this.#work.length === 0 && now >= this.#beginAt) {
      this.#beginAt = now + every;
      this.#work = [...this.#member.groups].map((group) => ({ kind: 'log', group, from: group.log.base.index + 1 }));
    }
    const [work] = this.#work;
    if (work !== undefined && this.#step(work) === 'done') this.#next(work);
  }

  #next(done: Work): void {
    const rest = this.#work.slice(1);
    const { group } = done;
    this.#work = done.kind === 'log' ? [{ kind: 'state', group, job: group.space.scrubJob() }, ...rest] : rest;
    if (this.#work.length > 0) return;
    this.#rounds++;
    this.#member.runtime.log.log('info', 'all that is stored was read and checked', { damaged: this.#found.size });
  }

  #step(work: Work): 'more' | 'done' {
    if (work.kind === 'log') return scrubLog(work);
    const result = work.job.step();
    if (result === undefined) return 'more';
    for (const { message } of result.damaged) {
      this.#member.runtime.log.log('error', 'the disk has changed the stored state', {
        keyspace: work.group.name,
        cause: message,
      });
      this.note(`keyspace ${work.group.name}: ${message}`);
    }
    return 'done';
  }

  #passDamage({ name, log, space, pass }: Group): void {
    const { damaged } = log;
    if (damaged.length === 0) return;
    this.noteInLog(describeDamage(name, damaged));
    const worst = damaged.findLast((index) => index <= space.applied.index);
    if (worst !== undefined) pass(worst);
  }

  /** Somebody else can serve what this one cannot. */
  #leadNothing(): void {
    const others = new Set(this.#member.cluster.members.map(({ nodeId }) => nodeId).filter((node) => this.#member.reaches(node)));
    others.delete(this.#member.self.nodeId);
    for (const group of this.#member.groups) if (group.status.role === 'leader') group.handOver(others);
  }
}

/** What cannot be read, the log itself notes. */
function scrubLog(work: Extract<Work, { kind: 'log' }>): 'more' | 'done' {
  const { log } = work.group;
  const from = Math.max(work.from, log.base.index + 1);
  if (from > log.lastIndex) return 'done';
  const last = log.read(from, log.lastIndex, LOG_BYTES).at(-1);
  work.from = (last?.index ?? from) + 1;
  return 'more';
}
