// How far those are who receive the log without a vote: they say so themselves, to everybody, a few times a second. It answers
// whether a learner may be promoted, on whichever member that is asked.
import type { ByteReader, ByteWriter, Millis } from '@reknit/base';
import type { NodeId } from '@reknit/consensus';
import type { Group } from '../group/group.js';
import { KEYSPACES, type KeyspaceName } from '../options.js';
import { beginPart, endPart, PartKind } from '../peers/frames.js';

/** As etcd's: a learner that has so much of the log is in sync. */
const READY_SHARE = 0.9;
/** Older reports say nothing of now. */
const FRESH_FOR: Millis = 2000;

export interface ProgressMember {
  readonly self: NodeId;
  group(keyspace: KeyspaceName): Group | undefined;
  writer(peer: NodeId): ByteWriter | undefined;
  upPeers(): Iterable<NodeId>;
  now(): Millis;
}

interface Report {
  readonly at: Millis;
  /** Applied, in the order of the keyspaces. */
  readonly applied: readonly number[];
}

export class Progress {
  readonly #member: ProgressMember;
  readonly #reports = new Map<NodeId, Report>();

  constructor(member: ProgressMember) {
    this.#member = member;
  }

  inSync(node: NodeId): boolean {
    const report = this.#reports.get(node);
    if (report === undefined || this.#member.now() - report.at > FRESH_FOR) return false;
    return KEYSPACES.every(({ name }, at) => {
      const commit = this.#member.group(name)?.status.commit ?? 0;
      return report.applied[at]! >= commit * READY_SHARE;
    });
  }

  /** Throws MalformedBytesError. */
  onReport(from: NodeId, reader: ByteReader): void {
    this.#reports.set(from, { at: this.#member.now(), applied: KEYSPACES.map(() => reader.u64()) });
  }

  /** A few times a second. */
  tick(): void {
    const groups = KEYSPACES.map(({ name }) => this.#member.group(name));
    if (!groups.some((group) => group?.status.role === 'learner')) return;
    for (const peer of this.#member.upPeers()) {
      const writer = this.#member.writer(peer);
      if (writer === undefined) continue;
      const lengthAt = beginPart(writer, PartKind.progress);
      for (const group of groups) writer.u64(group?.space.applied.index ?? 0);
      endPart(writer, lengthAt);
    }
  }
}
