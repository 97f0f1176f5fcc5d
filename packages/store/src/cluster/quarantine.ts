// A peer whose log ends below what it acknowledged to this leader has lost a write: its disk, or whoever copied it, took back
// what others rest on. It may have forgotten a vote as well, so nothing of it counts any more: the leader stops counting it and
// listens to it no longer, and tells it, which makes it end for good, its data kept. A new directory is the way back, as a learner.
//
// Whoever starts a session says first what its log holds; only a leader that it has acknowledged something to can judge that.
import type { ByteReader, ByteWriter } from '@reknit/base';
import type { NodeId } from '@reknit/consensus';
import { lostWriteError } from '../data-directory.js';
import type { Group } from '../group/group.js';
import type { StoreMember } from '../member.js';
import { beginPart, endPart, PartKind, readAddress, writeAddress } from '../peers/frames.js';
import type { StartError } from '../start-error.js';
import { speaks } from './level.js';

export interface QuarantineOutlets {
  /** Where to put parts for a peer, which leave with the turn; undefined when they would be lost. */
  writer(peer: NodeId): ByteWriter | undefined;
  /** This member itself is quarantined. */
  failed(error: StartError): void;
}

/** What a peer says of its log. */
interface Position {
  readonly epoch: number;
  readonly held: number;
  readonly round: number;
}

export class Quarantine {
  readonly #member: StoreMember;
  readonly #outlets: QuarantineOutlets;
  /** For the life of this process: ids are never given twice. */
  readonly #distrusted = new Map<NodeId, string>();

  constructor(member: StoreMember, outlets: QuarantineOutlets) {
    this.#member = member;
    this.#outlets = outlets;
  }

  /** Members of the cluster that nobody may count on, and why. */
  get reports(): readonly { readonly name: string; readonly detail: string }[] {
    return this.#member.cluster.members.flatMap(({ nodeId, name }) => {
      const detail = this.#distrusted.get(nodeId);
      return detail === undefined ? [] : [{ name, detail }];
    });
  }

  onPeerUp(peer: NodeId): void {
    if (this.#distrusted.has(peer)) this.#tell(peer);
    else if (speaks(this.#member.reconfiguration.applied, 'log-positions')) this.#sayPositions(peer);
  }

  /** @returns whether the part is not for anybody else */
  onPart(from: NodeId, kind: number, reader: ByteReader, fresh: boolean): boolean {
    if (this.#distrusted.has(from)) return kind !== PartKind.pulse;
    if (kind === PartKind.distrusted && fresh) this.#onDistrusted(reader.string());
    else if (kind === PartKind.positions && fresh) this.#onPositions(from, reader);
    return kind === PartKind.distrusted || kind === PartKind.positions;
  }

  #sayPositions(peer: NodeId): void {
    this.#write(peer, PartKind.positions, (writer) => {
      const groups = [...this.#member.groups];
      writer.u32(groups.length);
      for (const { identity, log } of groups) {
        writeAddress(writer, identity);
        writer.u64(log.heldThrough).u64(log.hardState?.round ?? 0);
      }
    });
  }

  #onPositions(from: NodeId, reader: ByteReader): void {
    for (let left = reader.u32(); left > 0; left--) {
      const { group: id, branch, epoch } = readAddress(reader);
      const at = { epoch, held: reader.u64(), round: reader.u64() };
      const group = [...this.#member.groups].find(({ identity }) => identity.group === id && identity.branch === branch);
      const lost = group && lostBy(group, from, at);
      if (lost !== undefined) this.#distrust(from, lost);
    }
  }

  #distrust(peer: NodeId, detail: string): void {
    this.#distrusted.set(peer, detail);
    this.#member.runtime.log.log('error', 'a peer lost writes that it had acknowledged: it counts no more', { peer, detail });
    for (const group of this.#member.groups) group.distrust(peer);
    this.#tell(peer);
  }

  #tell(peer: NodeId): void {
    this.#write(peer, PartKind.distrusted, (writer) => writer.string(this.#distrusted.get(peer) ?? ''));
  }

  /** As it was told by a leader that had proved that it knows the cluster secret. */
  #onDistrusted(detail: string): void {
    const { directory } = this.#member;
    directory.quarantine({ reason: detail });
    this.#outlets.failed(lostWriteError(directory.path, detail));
  }

  #write(peer: NodeId, kind: number, write: (writer: ByteWriter) => void): void {
    const writer = this.#outlets.writer(peer);
    if (writer === undefined) return;
    const lengthAt = beginPart(writer, kind);
    write(writer);
    endPart(writer, lengthAt);
  }
}

/** If this member leads, and that peer had acknowledged more than its log holds now. */
function lostBy({ name, status }: Group, peer: NodeId, at: Position): string | undefined {
  const { role, epoch, round, progress } = status;
  // In a later round another leader may have taken back what only this one knew of.
  if (role !== 'leader' || at.epoch > epoch || (at.epoch === epoch && at.round > round)) return undefined;
  const match = progress.find(({ id }) => id === peer)?.match ?? 0;
  const held = at.epoch === epoch ? at.held : 0;
  return match > held ? `it acknowledged entry ${match} of keyspace ${name}, and its log ends at ${at.held}` : undefined;
}
